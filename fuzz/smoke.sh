#!/usr/bin/env bash
# Runs every fuzz target for a short while from fresh seeds: `fuzz/smoke.sh [seconds a target]`.
#
# Works on a new machine: installs cargo-fuzz if it is missing. libFuzzer needs a nightly compiler; where rustup
# has none, the stable compiler is told to act as one.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-20}

command -v cargo-fuzz >/dev/null || cargo install --locked --quiet cargo-fuzz
if rustup toolchain list 2>/dev/null | grep -q '^nightly'; then
    fuzz=(cargo +nightly fuzz)
else
    export RUSTC_BOOTSTRAP=1
    fuzz=(cargo fuzz)
fi

cargo run --quiet --manifest-path fuzz/Cargo.toml --bin seeds -- fuzz/corpus
for target in fuzz/fuzz_targets/*.rs; do
    name=$(basename "$target" .rs)
    "${fuzz[@]}" build "$name"
    # One input may take a second at most and the process 1 GB: a slow or growing input is a failure as well.
    "${fuzz[@]}" run "$name" -- -max_total_time="$seconds" -timeout=1 -rss_limit_mb=1024 -max_len=4096 \
        -print_final_stats=1 2>&1 | grep -E 'ERROR|SUMMARY|panicked|number_of_executed_units|Test unit written|slowest' \
        | sed "s/^/$name: /" || { echo "$name failed"; exit 1; }
done

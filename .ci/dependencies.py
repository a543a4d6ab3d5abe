"""`features` prints the names of the features, one a line, without `default`.

`check`: the default build has exactly the direct dependencies that were agreed on, none of them brings a runtime,
an HTTP stack or a database, and none needs a newer compiler than this crate says it needs.
"""

import json
import subprocess
import sys

# What users of the default build get. A new one needs a reason in Cargo.toml, and then its name here.
AGREED = {
    "base64",
    "jiff",
    "jsonwebtoken",
    "regex",
    "ring",
    "rust_iso3166",
    "serde",
    "serde_json",
    "thiserror",
    "time",
    "url",
    "zeroize",
}
# What features add that are off by default.
OPTIONAL = {"tracing"}
# No runtime, no HTTP, no database, no second provider of cryptography.
BANNED = {
    *("async-std", "async-trait", "futures-executor", "smol", "tokio"),
    *("actix-web", "axum", "h2", "hyper", "reqwest", "tower", "ureq"),
    *("diesel", "postgres", "redb", "redis", "rusqlite", "sqlx", "tokio-postgres"),
    *("aws-lc-rs", "openssl", "openssl-sys", "p256", "rsa"),
}
MSRV = "1.88"


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def check():
    packages = {(p["name"], p["version"]): p for p in json.loads(cargo("metadata", "--format-version=1"))["packages"]}
    # Without dev-dependencies, whose features must not count either; `cargo metadata` would unite them.
    found = normal_tree(packages)
    whole = normal_tree(packages, "--all-features")
    direct = direct_of(found)
    problems = [f"{name} is not agreed on" for name in sorted(direct - AGREED)]
    problems += [f"{name} is gone: take it off the list" for name in sorted(AGREED - direct)]
    problems += [f"{name} is not agreed on, not even behind a feature" for name in sorted(direct_of(whole) - AGREED - OPTIONAL)]
    problems += [f"{name} is in the normal tree" for name in sorted(set(whole) & BANNED)]
    own = found["chancery"][0][1]["rust_version"]
    if own != MSRV:
        problems.append(f"rust-version is {own}, not {MSRV}")
    for package in (package for places in whole.values() for _, package in places):
        needs = package["rust_version"]
        if needs and numbers(needs) > numbers(MSRV):
            problems.append(f"{package['name']} {package['version']} needs Rust {needs}")
    print(f"{len(direct)} direct dependencies, {len(found) - 1} in all; Rust {MSRV} is stated")
    sys.exit("\n".join(problems) or None)


def normal_tree(packages, *features):
    """Name of each package that users build → its places in the tree, by depth."""
    tree = cargo("tree", "--edges=no-dev", "--prefix=depth", "--format= {p}", "--target=all", *features)
    found = {}
    for line in tree.splitlines():
        depth, name, version, *_ = line.split()
        found.setdefault(name, []).append((int(depth), packages[name, version.removeprefix("v")]))
    return found


def direct_of(found):
    return {name for name, places in found.items() if any(depth == 1 for depth, _ in places)}


def numbers(version):
    return tuple(map(int, (version.split(".") + ["0", "0"])[:3]))


def features():
    package = json.loads(cargo("metadata", "--format-version=1", "--no-deps"))["packages"][0]
    print("\n".join(sorted(set(package["features"]) - {"default"})))


{"check": check, "features": features}[sys.argv[1]]()

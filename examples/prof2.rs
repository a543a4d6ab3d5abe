//! scratch
use chancery::host::{Entropy, SystemEntropy};
use std::hint::black_box;
use std::time::Instant;
fn t(name: &str, mut f: impl FnMut()) {
    for _ in 0..1000 {
        f();
    }
    let n = 50000;
    let s = Instant::now();
    for _ in 0..n {
        f();
    }
    println!("{name}: {:?}", s.elapsed() / n);
}
fn main() {
    let e = SystemEntropy::default();
    let mut b = [0u8; 32];
    t("entropy", || e.fill(black_box(&mut b)).unwrap());
    let h = chancery::types::SecretHash::for_owner(
        &chancery::types::Secret::new("a-secret-of-a-sensible-length-0123456789"),
        "x",
    );
    t("hash", || {
        black_box(h.matches(black_box("a-secret-of-a-sensible-length-0123456789")));
    });
    let payload = vec![b'x'; 560];
    let kid = chancery::types::KeyId::from("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    t("signing input", || {
        black_box(chancery::jose::jws::SigningInput::new(
            chancery::jose::Algorithm::Es256,
            &kid,
            None,
            black_box(&payload),
        ));
    });
    t("form", || {
        black_box(chancery::Form::parse(black_box(b"grant_type=client_credentials&scope=scope.50&client_id=0oa1benchclient&client_secret=a-secret-of-a-sensible-length-0123456789")).unwrap());
    });
    t("clock", || {
        black_box(chancery::host::Clock::unix_millis(&chancery::host::SystemClock));
    });
}

//! Passwords: which hashes there are, and whether one fits.
//!
//! The org file gives a password as it is (`credentials.password.value`) or as a hash in Okta's import
//! format (`credentials.password.hash`). Only hashes are kept.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chancery::Fault;
use chancery::host::{Entropy as _, SystemEntropy};
use ring::digest::{self, SHA256, SHA512};
use ring::pbkdf2::{self, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};
use serde_json::Value;

use crate::session::same;

type Rounds = NonZero<u32>;

/// The rounds that all passwords of a file cost together when it is read, before the least for each: half a
/// second of one core. The file holds these passwords in the clear, so a hash guards no more than a picture
/// of this process's memory; who wants more gives hashes instead, of as many rounds as they like, which cost
/// nothing here.
const ROUNDS: u32 = 1_000_000;

/// The most for one password: a test suite signs in often.
const MOST_ROUNDS: u32 = 100_000;

/// The least (RFC 8018 §4.2). 10,000 users then take a few seconds, in which the issuer serves already and
/// only sign-ins wait.
const LEAST_ROUNDS: u32 = 1_000;

/// More than any real hash has: a check must end.
const MOST_IMPORTED_ROUNDS: u32 = 5_000_000;

/// The passwords of all users, by their logins.
pub(crate) struct Passwords {
    imported: HashMap<String, Stored>,
    /// Those that were given in the clear, hashed from the start on.
    hashed: OnceLock<HashMap<String, Stored>>,
    hashing: Mutex<Option<JoinHandle<HashMap<String, Stored>>>>,
    /// Stands in for users who are not there.
    nobody: Stored,
    /// What a check costs at least, whatever comes of it.
    rounds: Rounds,
}

/// A hash, and how it was made.
struct Stored {
    scheme: Scheme,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Scheme {
    Pbkdf2(pbkdf2::Algorithm, Rounds),
    /// One round, as older systems did it.
    Digest {
        algorithm: &'static digest::Algorithm,
        salt_first: bool,
    },
}

impl Passwords {
    /// Reads them out of an org file. Hashes that are of no use here go into `notes`, with their path.
    ///
    /// # Errors
    /// The system has no randomness for salts.
    pub(crate) fn read(org: &Value, notes: &mut Vec<String>) -> Result<Self, Fault> {
        let (mut imported, mut plain) = (HashMap::new(), Vec::new());
        for (place, user) in org.get("users").and_then(Value::as_array).into_iter().flatten().enumerate() {
            let Some(login) = user.pointer("/profile/login").and_then(Value::as_str) else { continue };
            let Some(password) = user.pointer("/credentials/password") else { continue };
            if let Some(value) = password.get("value").and_then(Value::as_str) {
                plain.push(Plain { login: login.to_owned(), password: value.to_owned(), salt: random()? });
            } else if let Some(hash) = password.get("hash") {
                match Stored::import(hash) {
                    Ok(hash) => drop(imported.insert(login.to_owned(), hash)),
                    Err(why) => notes.push(format!(
                        "warning: users[{place}].credentials.password.hash: {why}; this user cannot sign in here"
                    )),
                }
            } else if !password.is_object() {
                notes.push(format!(
                    "warning: users[{place}].credentials.password: is no object with `value` or `hash`; this user \
                     cannot sign in here"
                ));
            }
        }
        let each = ROUNDS / u32::try_from(plain.len()).unwrap_or(u32::MAX).max(1);
        let own = Rounds::new(each.clamp(LEAST_ROUNDS, MOST_ROUNDS)).unwrap_or(Rounds::MIN);
        // The slowest hash sets the pace for all, or else it would tell whose it is.
        let rounds = imported.values().map(Stored::rounds).chain([own.get()]).max();
        let rounds = rounds.and_then(Rounds::new).unwrap_or(own);
        let scheme = Scheme::Pbkdf2(PBKDF2_HMAC_SHA256, rounds);
        let nobody = Stored { scheme, salt: random()?.to_vec(), hash: vec![0; 32] };
        let hashing = Mutex::new(Some(thread::spawn(move || hash_all(plain, own))));
        Ok(Self { imported, hashed: OnceLock::new(), hashing, nobody, rounds })
    }

    /// Whether the password is this user's. `None` is nobody, and takes as long: the time of an answer
    /// does not tell who there is. Blocks a thread for some hundredths of a second.
    pub(crate) fn fit(&self, login: Option<&str>, password: &str) -> bool {
        let hashed = self.hashed.get_or_init(|| {
            let hashing = self.hashing.lock().unwrap_or_else(PoisonError::into_inner).take();
            hashing.and_then(|hashing| hashing.join().ok()).unwrap_or_default()
        });
        let found = login.and_then(|login| hashed.get(login).or_else(|| self.imported.get(login)));
        let stored = found.unwrap_or(&self.nobody);
        let fits = same(&stored.hashed(password), &stored.hash);
        // What a hash of fewer rounds left over.
        if let Some(rest) = self.rounds.get().checked_sub(stored.rounds()).and_then(Rounds::new) {
            let rest = Scheme::Pbkdf2(PBKDF2_HMAC_SHA256, rest);
            std::hint::black_box(
                Stored { scheme: rest, salt: Vec::new(), hash: vec![0; 32] }.hashed(password),
            );
        }
        fits && found.is_some()
    }
}

/// A password as the file has it, for as long as it takes to hash it.
struct Plain {
    login: String,
    password: String,
    salt: [u8; 16],
}

fn hash_all(plain: Vec<Plain>, rounds: Rounds) -> HashMap<String, Stored> {
    let share = plain.len().div_ceil(thread::available_parallelism().map_or(1, NonZero::get)).max(1);
    let hashed = |users: &[Plain]| -> Vec<(String, Stored)> {
        let one = |user: &Plain| (user.login.clone(), Stored::new(&user.password, &user.salt, rounds));
        users.iter().map(one).collect()
    };
    thread::scope(|scope| {
        let shares: Vec<_> = plain.chunks(share).map(|users| scope.spawn(move || hashed(users))).collect();
        shares.into_iter().flat_map(|share| share.join().unwrap_or_default()).collect()
    })
}

fn random() -> Result<[u8; 16], Fault> {
    let mut bytes = [0; 16];
    SystemEntropy::default().fill(&mut bytes)?;
    Ok(bytes)
}

impl Stored {
    fn new(password: &str, salt: &[u8], rounds: Rounds) -> Self {
        let scheme = Scheme::Pbkdf2(PBKDF2_HMAC_SHA256, rounds);
        let mut stored = Self { scheme, salt: salt.to_vec(), hash: vec![0; 32] };
        stored.hash = stored.hashed(password);
        stored
    }

    /// How often the password is hashed, as far as it takes its time.
    fn rounds(&self) -> u32 {
        match self.scheme {
            Scheme::Pbkdf2(_, rounds) => rounds.get(),
            Scheme::Digest { .. } => 0,
        }
    }

    fn hashed(&self, password: &str) -> Vec<u8> {
        let password = password.as_bytes();
        match self.scheme {
            Scheme::Pbkdf2(algorithm, rounds) => {
                let mut hash = vec![0; self.hash.len()];
                pbkdf2::derive(algorithm, rounds, &self.salt, password, &mut hash);
                hash
            }
            Scheme::Digest { algorithm, salt_first: true } => {
                digest::digest(algorithm, &[&self.salt, password].concat()).as_ref().to_vec()
            }
            Scheme::Digest { algorithm, salt_first: false } => {
                digest::digest(algorithm, &[password, &self.salt].concat()).as_ref().to_vec()
            }
        }
    }

    /// A hash in Okta's import format: PBKDF2, SHA-256 or SHA-512.
    fn import(json: &Value) -> Result<Self, String> {
        let text = |name: &str| json.get(name).and_then(Value::as_str);
        let bytes = |name: &str| match text(name) {
            None => Ok(Vec::new()),
            Some(text) => STANDARD.decode(text).map_err(|_| format!("`{name}` is not base64")),
        };
        let name = text("algorithm").unwrap_or("");
        let scheme = match name {
            "PBKDF2" => {
                let algorithm = match text("digestAlgorithm") {
                    Some("SHA256_HMAC") => PBKDF2_HMAC_SHA256,
                    Some("SHA512_HMAC") => PBKDF2_HMAC_SHA512,
                    _ => return Err("`digestAlgorithm` must be SHA256_HMAC or SHA512_HMAC".to_owned()),
                };
                let rounds = json.get("iterationCount").and_then(Value::as_u64);
                let rounds = rounds.and_then(|rounds| u32::try_from(rounds).ok());
                let rounds = rounds.filter(|rounds| *rounds <= MOST_IMPORTED_ROUNDS).and_then(Rounds::new);
                let rounds = rounds
                    .ok_or_else(|| format!("`iterationCount` must be from 1 to {MOST_IMPORTED_ROUNDS}"))?;
                Scheme::Pbkdf2(algorithm, rounds)
            }
            "SHA-256" | "SHA-512" => {
                let algorithm = if name == "SHA-256" { &SHA256 } else { &SHA512 };
                Scheme::Digest { algorithm, salt_first: text("saltOrder") == Some("PREFIX") }
            }
            _ => {
                return Err(format!(
                    "`{name}` is no algorithm that is checked here (PBKDF2, SHA-256, SHA-512)"
                ));
            }
        };
        let stored = Self { scheme, salt: bytes("salt")?, hash: bytes("value")? };
        let right_length = match scheme {
            Scheme::Pbkdf2(..) => (16..=64).contains(&stored.hash.len()),
            Scheme::Digest { algorithm, .. } => stored.hash.len() == algorithm.output_len(),
        };
        if right_length { Ok(stored) } else { Err("`value` has not the length of such a hash".to_owned()) }
    }
}

//! The keys that sign.

use std::net::SocketAddr;
use std::path::PathBuf;

use chancery::LocalKeys;
use chancery::jose::{Algorithm, PrivateKey};
use chancery::model::Org;

/// For the demo and for tests. It is published with this source: a token signed with it proves nothing.
const DEMO_KEY: &str = include_str!("demo-key.pem");

/// Reads the files of `--key`.
///
/// # Errors
/// Every one that holds no usable private key.
pub(crate) fn read_all(files: &[PathBuf]) -> Result<Vec<PrivateKey>, Vec<String>> {
    let (mut keys, mut mistakes) = (Vec::new(), Vec::new());
    for file in files {
        let pem = std::fs::read(file).map_err(|error| error.to_string());
        match pem.and_then(|pem| PrivateKey::from_pem(pem).map_err(|error| error.to_string())) {
            Ok(key) => keys.push(key),
            Err(mistake) => mistakes.push(format!("--key: {}: {mistake}", file.display())),
        }
    }
    if mistakes.is_empty() { Ok(keys) } else { Err(mistakes) }
}

/// The keys for all servers, and what has to be said about them once they are put to use.
pub(crate) struct Signing {
    pub(crate) keys: LocalKeys,
    pub(crate) notes: Vec<String>,
}

/// Adds what the servers' algorithms still lack: the built-in key for RS256, as no RSA key is made
/// here, and new keys for the others. `None`: the organisation has mistakes of its own.
///
/// # Errors
/// The built-in key would sign tokens that other machines can ask for.
pub(crate) fn for_servers(
    own: Vec<PrivateKey>,
    org: Option<&Org>,
    address: SocketAddr,
) -> Result<Signing, Vec<String>> {
    let mut signing: Vec<Algorithm> = Vec::new();
    for algorithm in org.into_iter().flat_map(Org::servers).map(|server| server.algorithm()) {
        if !signing.contains(&algorithm) {
            signing.push(algorithm);
        }
    }
    let has = |algorithm: &Algorithm| own.iter().any(|key| key.algorithm() == *algorithm);
    let lacking: Vec<Algorithm> = signing.iter().copied().filter(|algorithm| !has(algorithm)).collect();
    let demo = lacking.contains(&Algorithm::Rs256);
    if (demo || own.is_empty()) && !address.ip().to_canonical().is_loopback() {
        return Err(vec![format!(
            "--listen: {address} can be reached from other machines, and the built-in RS256 key is public: \
             name one of your own with --key"
        )]);
    }
    let mut notes: Vec<String> =
        own.iter().filter(|key| !signing.contains(&key.algorithm())).map(unused).collect();
    let mut keys = own.into_iter().fold(LocalKeys::default(), LocalKeys::and);
    for algorithm in lacking {
        let key = if algorithm == Algorithm::Rs256 {
            notes.push(
                "warning: SIGNING WITH THE BUILT-IN KEY, WHICH IS PUBLIC: anybody can make tokens like these. \
                 For anything but a look around, name a key of your own with --key."
                    .to_owned(),
            );
            PrivateKey::from_pem(DEMO_KEY)
        } else {
            notes.push(format!(
                "note: made a new {algorithm} key, which ends with this process; --key keeps one"
            ));
            PrivateKey::generate(algorithm)
        };
        keys = keys.and(key.map_err(|error| vec![format!("--key: {algorithm}: {error}")])?);
    }
    Ok(Signing { keys, notes })
}

fn unused(key: &PrivateKey) -> String {
    format!(
        "warning: --key: no server signs with {}, so the key `{}` is not used",
        key.algorithm(),
        key.key_id()
    )
}

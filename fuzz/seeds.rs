//! Writes the starting inputs of the fuzz targets: the project's own cases.
//!
//! `cargo run --bin seeds -- CORPUS [CASES.jsonl]`; another file of expressions takes the place of the project's.

use std::path::{Path, PathBuf};
use std::{fs, io};

use chancery_fuzz::{PAST, Store, authenticated, authorize_target, planted, read, redemption, refresh};
use serde_json::{Value as Json, json};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data");

/// One folder of inputs for each target.
struct Corpus {
    root: PathBuf,
    count: usize,
}

impl Corpus {
    fn add(&mut self, target: &str, name: impl std::fmt::Display, input: impl AsRef<[u8]>) -> io::Result<()> {
        let folder = self.root.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name.to_string()), input)?;
        self.count += 1;
        Ok(())
    }
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let root = arguments.next().unwrap_or_else(|| "fuzz/corpus".to_owned()).into();
    let cases = arguments.next().map_or_else(|| Path::new(DATA).join("expressions.jsonl"), PathBuf::from);
    let mut corpus = Corpus { root, count: 0 };
    expressions(&mut corpus, &cases)?;
    for (place, case) in list("hooks/answers.json")?.iter().enumerate() {
        let body = case["body"].as_str().map_or_else(|| case["answer"].to_string(), str::to_owned);
        corpus.add("hook_patch", place, format!("\x01{body}"))?;
    }
    authorize(&mut corpus)?;
    token(&mut corpus)?;
    stored_record(&mut corpus)?;
    redirect(&mut corpus)?;
    config(&mut corpus)?;
    println!("{} seeds in {}", corpus.count, corpus.root.display());
    Ok(())
}

fn file(path: &str) -> io::Result<Json> {
    Ok(serde_json::from_str(&fs::read_to_string(Path::new(DATA).join(path))?)?)
}

fn list(path: &str) -> io::Result<Vec<Json>> {
    Ok(file(path)?.as_array().cloned().unwrap_or_default())
}

fn expressions(corpus: &mut Corpus, cases: &Path) -> io::Result<()> {
    for row in fs::read_to_string(cases)?.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok()) {
        let (Some(id), Some(text)) = (row["id"].as_str(), row["expr"].as_str()) else { continue };
        corpus.add("expr_parse", id, format!("\0{text}"))?;
        corpus.add("expr_eval", id, format!("{}\n{text}", row["context"]))?;
    }
    Ok(())
}

/// The requests of both authorize files, as clients of the targets' organisation send them.
fn authorize(corpus: &mut Corpus) -> io::Result<()> {
    let mut requests = Vec::new();
    for path in
        ["attacks/cases/authorize.json", "protocol/cases/authorize.json", "protocol/cases/consent.json"]
    {
        for case in list(path)? {
            requests.extend(case["authorizes"].as_array().cloned().unwrap_or_default());
            requests
                .extend(case["steps"].as_array().into_iter().flatten().map(|step| step["authorize"].clone()));
            requests.push(case["authorize"].clone());
        }
    }
    requests.extend(
        ["web", "web2", "asks", "spa", "brief", "native", "wild"].map(|client| json!({"as": client})),
    );
    // What was consented to before is asked again.
    requests.extend(["asks", "web"].map(|client| json!({"as": client, "query": {"prompt": "consent"}})));
    for mode in ["form_post", "okta_post_message", "fragment", "query"] {
        for kind in ["code", "token", "id_token token"] {
            requests.push(json!({"as": "wild", "query": {"response_mode": mode, "response_type": kind}}));
            requests.push(json!({"as": "web2", "query": {"response_mode": mode, "response_type": kind}}));
        }
    }
    for (place, request) in requests.iter().filter(|request| request.is_object()).enumerate() {
        let client = request["as"].as_str().unwrap_or("web");
        let changes: Vec<(&str, &Json)> = request["query"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str(), value))
            .collect();
        let target = authorize_target(client, &changes);
        let query = request["raw"].as_str().or(target.split_once('?').map(|(_, query)| query)).unwrap_or("");
        for settings in [0, 1, 3, 4, 5] {
            let input = [&[settings], query.as_bytes()].concat();
            corpus.add("authorize", format_args!("{place}-{settings}"), input)?;
        }
    }
    Ok(())
}

/// Who may do what with the codes and tokens of the past, and the bodies and headers of the project's attacks.
fn token(corpus: &mut Corpus) -> io::Result<()> {
    let mut add = |endpoint: u8, header: &str, body: &str| {
        let place = corpus.count;
        corpus.add("token", place, [&[endpoint], format!("{header}\n{body}").as_bytes()].concat())
    };
    for (client, code) in &PAST.codes {
        let (header, body) = authenticated(client, &redemption(client, code));
        add(0, &header, &body)?;
    }
    for (client, tokens) in &PAST.tokens {
        let (header, body) = authenticated(client, &refresh(tokens["refresh_token"].as_str().unwrap_or("")));
        add(0, &header, &body)?;
        add(0, &header, &format!("{body}&scope=openid"))?;
        for name in ["access_token", "refresh_token", "id_token"] {
            let form = [("token", tokens[name].as_str().unwrap_or("").to_owned())];
            for (endpoint, who) in [(1, *client), (1, "rs"), (1, "spa"), (2, *client), (2, "rs")] {
                let (header, body) = authenticated(who, &form);
                add(endpoint, &header, &body)?;
            }
        }
    }
    let form = [("grant_type", "client_credentials".to_owned()), ("scope", "api:read".to_owned())];
    let (header, body) = authenticated("rs", &form);
    add(0, &header, &body)?;
    for path in
        ["attacks/cases/clients.json", "attacks/cases/requests.json", "protocol/cases/client_auth.json"]
    {
        for case in list(path)? {
            let several = case["requests"].as_array().cloned().unwrap_or_default();
            for request in several.iter().chain([&case["request"]]) {
                let changed = request["form"].as_object().into_iter().flatten();
                let mut form = form.to_vec();
                let changed: Vec<(&str, String)> = changed
                    .flat_map(|(name, value)| {
                        let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                        let texts = values.into_iter().filter_map(|value| value.as_str().map(str::to_owned));
                        texts.map(move |text| (name.as_str(), text)).collect::<Vec<_>>()
                    })
                    .collect();
                form.retain(|(name, _)| !changed.iter().any(|(other, _)| name == other));
                let form: Vec<(&str, String)> = form.into_iter().chain(changed).collect();
                let body = request["body"].as_str().map_or_else(|| read::encoded(&form), str::to_owned);
                let own = request["headers"]["Authorization"].as_str().map(str::to_owned);
                let pair =
                    |value: &Json| Some((value[0].as_str()?.to_owned(), value[1].as_str()?.to_owned()));
                let basic = pair(&request["auth"]["basic"]).map(|(id, secret)| read::basic(&id, &secret));
                add(0, &own.or(basic).unwrap_or_else(|| header.clone()), &body)?;
            }
        }
    }
    Ok(())
}

/// The records that each flow reads, as they were written.
fn stored_record(corpus: &mut Corpus) -> io::Result<()> {
    for flow in 0..planted::FLOWS {
        let store = Store::of(&PAST.records);
        planted::run(flow, &store);
        for (place, bytes) in store.found().iter().enumerate().take(256 / planted::FLOWS) {
            let first = (place * planted::FLOWS + flow) as u8;
            corpus.add("stored_record", format_args!("{flow}-{place}"), [&[first], &bytes[..]].concat())?;
        }
    }
    Ok(())
}

fn redirect(corpus: &mut Corpus) -> io::Result<()> {
    let registered = [
        (0, "https://web.test/cb"),
        (0, "https://web.test/cb?x=1"),
        (1, "http://127.0.0.1/cb"),
        (1, "http://[::1]/cb"),
        (1, "com.example.app:/cb"),
        (2, "https://*.shop.test/cb"),
        (2, "https://a-*-b.shop.test/cb"),
    ];
    let mut requested: Vec<String> = list("attacks/cases/authorize.json")?
        .iter()
        .flat_map(|case| {
            case["authorizes"]
                .as_array()
                .cloned()
                .unwrap_or_default()
                .into_iter()
                .chain([case["authorize"].clone()])
        })
        .filter_map(|request| request["query"]["redirect_uri"].as_str().map(str::to_owned))
        .collect();
    requested.extend(
        [
            "http://127.0.0.1:4711/cb",
            "http://[::1]:80/cb",
            "https://b1.shop.test/cb",
            "https://a-1-b.shop.test/cb",
        ]
        .map(str::to_owned),
    );
    requested.extend(registered.map(|(_, uri)| uri.to_owned()));
    for (place, (kind, uri)) in registered.iter().enumerate() {
        for (other, requested) in requested.iter().enumerate() {
            corpus.add(
                "redirect",
                format_args!("{place}-{other}"),
                [&[*kind], format!("{uri}\n{requested}").as_bytes()].concat(),
            )?;
        }
    }
    Ok(())
}

/// Okta's samples where they belong in a file, the base file of the cases, and every value that a case puts in.
fn config(corpus: &mut Corpus) -> io::Result<()> {
    let places = [
        ("authorizationServer.", "/authorizationServers"),
        ("scope.", "/authorizationServers/0/scopes"),
        ("claim.", "/authorizationServers/0/claims"),
        ("policyRule.", "/authorizationServers/0/policies/0/rules"),
        ("policy.", "/authorizationServers/0/policies"),
        ("app.", "/apps"),
        ("user.", "/users"),
        ("group.", "/groups"),
        ("inlineHook.", "/inlineHooks"),
        ("oauth.client.", "/oauthClients"),
    ];
    let shell = json!({"baseUrl": "https://as.test", "authorizationServers": [{"id": "aus1", "audiences": ["a"],
        "policies": [{"name": "p", "rules": []}]}], "apps": [], "users": []});
    for entry in fs::read_dir(Path::new(DATA).join("okta"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let Some((_, pointer)) = places.iter().find(|(start, _)| name.starts_with(start)) else { continue };
        let sample = file(&format!("okta/{name}"))?;
        let mut whole = shell.clone();
        put(&mut whole, pointer, if sample.is_array() { sample } else { json!([sample]) });
        corpus.add("config", &name, whole.to_string())?;
    }
    let base = file("config/base.json")?;
    corpus.add("config", "base", base.to_string())?;
    for name in ["servers", "scopes", "claims", "policies", "apps", "people", "customization", "file"] {
        for (place, case) in list(&format!("config/{name}.json"))?.iter().enumerate() {
            let mut whole = base.clone();
            for (pointer, value) in case["put"].as_object().into_iter().flatten() {
                put(&mut whole, pointer, value.clone());
            }
            corpus.add("config", format_args!("{name}-{place}"), whole.to_string())?;
        }
    }
    Ok(())
}

/// Sets the value at a JSON pointer, if there is something that can hold it.
fn put(whole: &mut Json, pointer: &str, value: Json) {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    match whole.pointer_mut(parent) {
        Some(Json::Object(members)) => drop(members.insert(key.to_owned(), value)),
        Some(Json::Array(list)) if key == "-" => list.push(value),
        Some(Json::Array(list)) => {
            if let Some(place) = key.parse::<usize>().ok().and_then(|place| list.get_mut(place)) {
                *place = value;
            }
        }
        _ => {}
    }
}

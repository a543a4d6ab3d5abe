//! Decisions of the indexed policies against a plain reading of the organisation's JSON.

pub(crate) mod random;
pub(crate) mod reference;

use chancery::model::{Org, Person, RuleRequest, Server};
use chancery::testing::block_on;
use chancery::types::{ClientId, GrantType, GroupId, RuleId, UserId};
use chancery::{Call, Issuer, PreviewRequest, Reply};
use serde_json::Value;

use self::random::{Random, organisation};
use self::reference::{Asked, Outcome};
use crate::scripted::request::encode;
use crate::scripted::{TestClock, issuer, org, rounds};

/// A261: random organisations and requests. Machines send whole requests; for users, who cannot
/// sign in yet, the policies are asked alone.
#[test]
fn a261_decisions_are_those_of_a_plain_reading() {
    let (mut granted, mut denied) = (0, 0);
    for round in 0..rounds(300) {
        let mut random = Random::new(round as u64);
        let json = organisation(&mut random);
        let compiled = org::compile(&json).unwrap_or_else(|errors| panic!("round {round}: {errors}"));
        let issuer = issuer(&json, &TestClock::new());
        for _ in 0..20 {
            let asked = random.request();
            let expected = reference::outcome(&json, &asked);
            let found =
                if asked.user.is_some() { decision(&compiled, &asked) } else { answer(&issuer, &asked) };
            assert_eq!(found, expected, "round {round}: {asked:?}\n{json:#}");
            if asked.user.is_none() {
                assert_eq!(previewed(&issuer, &asked), expected, "round {round}: {asked:?}\n{json:#}");
            }
            if matches!(found, Outcome::Granted { .. }) { granted += 1 } else { denied += 1 }
        }
    }
    // A test that only ever sees refusals would say nothing.
    assert!(granted * 10 > denied && denied * 10 > granted, "{granted} granted, {denied} denied");
}

fn answer(issuer: &Issuer, asked: &Asked) -> Outcome {
    let mut form = vec![
        ("grant_type".to_owned(), asked.grant.clone()),
        ("client_id".to_owned(), asked.client.clone()),
        ("client_secret".to_owned(), random::SECRET.to_owned()),
    ];
    if !asked.scopes.is_empty() {
        form.push(("scope".to_owned(), asked.scopes.join(" ")));
    }
    let body = encode(&form);
    let call = Call::new("POST", "/oauth2/default/v1/token")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(&body);
    outcome(&block_on(issuer.respond(call)))
}

/// What the preview of a machine's request says.
fn previewed(issuer: &Issuer, asked: &Asked) -> Outcome {
    let grant = GrantType::parse(&asked.grant).unwrap();
    let request = PreviewRequest::new("default", asked.client.as_str(), grant).scope(asked.scopes.join(" "));
    let preview = block_on(issuer.preview(&request)).unwrap();
    match (&preview.trace.refusal, preview.expires_in) {
        (None, Some(lifetime)) => {
            Outcome::Granted { minutes: i64::from(lifetime.as_seconds() / 60), scopes: preview.scopes }
        }
        (Some(refusal), None) => Outcome::Refused(refusal.status, refusal.error.clone()),
        _ => panic!("neither granted nor refused: {}", preview.trace),
    }
}

fn outcome(reply: &Reply) -> Outcome {
    let body: Value = serde_json::from_str(reply.body()).unwrap();
    match body["error"].as_str() {
        Some(error) => Outcome::Refused(reply.status(), error.to_owned()),
        None => Outcome::Granted {
            minutes: body["expires_in"].as_i64().unwrap() / 60,
            scopes: body["scope"].as_str().unwrap().split(' ').map(str::to_owned).collect(),
        },
    }
}

fn decision(org: &Org, asked: &Asked) -> Outcome {
    let client = ClientId::new(&asked.client);
    let user = asked.user.as_ref().map(UserId::new);
    let groups: Vec<GroupId> = asked.groups.iter().map(GroupId::new).collect();
    let scopes: Vec<&str> = asked.scopes.iter().map(String::as_str).collect();
    let request = RuleRequest {
        client: &client,
        user: user.as_ref().map(|id| Person { id, groups: &groups }),
        grant: GrantType::parse(&asked.grant).unwrap(),
        scopes: &scopes,
    };
    let server = org.server("default").unwrap();
    let found = server.matching_rule(&request);
    explained(server, &request, found.map(|(_, rule)| rule.id()));
    match found {
        Some((_, rule)) => Outcome::Granted {
            minutes: i64::from(rule.lifetimes().access_token.as_seconds() / 60),
            scopes: asked.scopes.clone(),
        },
        None => Outcome::Refused(401, "access_denied".to_owned()),
    }
}

/// What is explained is what was decided, and where nothing was granted something can be changed.
fn explained(server: &Server, request: &RuleRequest<'_>, decided: Option<&RuleId>) {
    let trace = server.explain(request);
    assert_eq!(trace.decision().map(|(_, rule)| &rule.id), decided);
    assert_eq!(trace.advice().is_empty(), decided.is_some(), "{trace}");
}

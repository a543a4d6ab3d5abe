//! Any expression on any data ends soon in a value or an error, and in the same one again.
//!
//! An input is a line of JSON, the context as in the project's case files, and the expression after it.
#![no_main]

use chancery::expr::{App, Compiler, Flow, Group, Inputs, Limits, Session, User};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value as Json};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((line, expression)) = text.split_once('\n') else { return };
    let Ok(context) = serde_json::from_str::<Json>(line) else { return };
    let none = Map::new();
    let variables = context["vars"].as_object().unwrap_or(&none);
    // Small limits let the fuzzer reach them.
    let limits = Limits::default().with_evaluation(20_000, 64 * 1024, 1_000);
    let compiler = Compiler::new().variables(variables.keys().cloned()).limits(limits);
    let Ok(program) = compiler.compile(expression) else { return };

    let groups: Vec<Group> =
        context["groups"].as_array().into_iter().flatten().filter_map(Group::from_json).collect();
    let texts = |json: &Json| -> Vec<String> {
        json.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let (amr, scopes) = (texts(&context["session"]["amr"]), texts(&context["access"]["scope"]));
    let directory_users = context["directoryUsers"].as_array().map_or(&[][..], Vec::as_slice);
    let mut inputs = Inputs::default()
        .with_user(user(&context["user"]))
        .with_groups(&groups)
        .with_app(
            App::default().with_id("0oa1").with_client_id("0oa1").with_profile(&context["app"]["profile"]),
        )
        .with_session(Session::default().with_amr(&amr))
        .with_scopes(&scopes)
        .with_device(&context["device"])
        .with_event(&context["event"])
        .with_relations(&context["relations"])
        .with_directory_users(directory_users)
        .with_variables(variables)
        .with_flow(if context["flow"] == "authorization_code" {
            Flow::AuthorizationCode
        } else {
            Flow::Implicit
        })
        .with_now(context["now"].as_i64().unwrap_or(1_438_363_117_979));
    if context["user"].is_null() && context.get("user").is_some() {
        inputs = inputs.without_user();
    }
    let first = program.evaluate(&inputs);
    let second = program.evaluate(&inputs);
    match (first, second) {
        (Ok(a), Ok(b)) => {
            assert_eq!(a.to_json(), b.to_json());
            assert_eq!(a.to_tagged_json(), b.to_tagged_json());
            serde_json::to_string(&a.to_json()).expect("every value is JSON");
        }
        (Err(a), Err(b)) => {
            assert_eq!(a.kind(), b.kind());
            assert!(expression.get(a.span()).is_some(), "{a:?}");
        }
        (a, b) => panic!("{a:?} and then {b:?}"),
    }
});

fn user(json: &Json) -> User<'_> {
    let mut user = User::default();
    if let Some(profile) = json["profile"].as_object() {
        user = user.with_profile(profile);
    }
    if let Some(id) = json["id"].as_str() {
        user = user.with_id(id);
    }
    if let Some(created) = json["created"].as_str() {
        user = user.with_created(created);
    }
    user
}

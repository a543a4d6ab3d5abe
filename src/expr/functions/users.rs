//! The user and other users: internal properties, linked objects, manager, assistant, directory assignments.

use serde_json::Value as Json;

use super::super::error::{ErrorKind, Fault};
use super::super::value::Object;
use super::Kind::Text;
use super::*;

pub(super) const FUNCTIONS: &[Function] = &[
    user(
        "getInternalProperty",
        &[need("property", Text)],
        Ty::TEXT.or(Ty::NULL),
        Dialects::Classic,
        Usages::ALL,
    )
    .reads_from(Reads::of(&[Input::User]))
    .means(r#"What Okta keeps beside the profile: "id" or "status"."#)
    .example_is(r#"user.getInternalProperty("status") == "ACTIVE""#, "true")
    .does(Body::One(internal_property)),
    user("getLinkedObject", &[need("relation", Text)], USER, Dialects::Okta, Usages::ALL)
        .reads_from(Reads::of(&[Input::User, Input::LinkedUsers]))
        .means("The user at the primary end of a linked-object relation, or null.")
        .example_is(r#"user.getLinkedObject("manager").lastName"#, r#""Gates""#)
        .does(Body::One(linked_object)),
    global("getManagerUser", SOURCE, USER)
        .beyond_group_rules()
        .reads_from(Reads::of(&[Input::Manager]))
        .means("The manager as an Okta user, or null.")
        .example_is(r#"getManagerUser("active_directory").firstName"#, r#""Mary""#)
        .does(Body::One(manager)),
    global("getManagerAppUser", SOURCE_AND_APP, USER)
        .beyond_group_rules()
        .reads_from(Reads::of(&[Input::Manager]))
        .means("The manager as a user of an app, or null.")
        .example_is(r#"getManagerAppUser("active_directory", "google").firstName"#, r#""MaryG""#)
        .does(Body::Two(manager_app)),
    global("getAssistantUser", SOURCE, USER)
        .beyond_group_rules()
        .reads_from(Reads::of(&[Input::Assistant]))
        .means("The assistant as an Okta user, or null.")
        .example_is(r#"getAssistantUser("active_directory").firstName"#, r#""Alan""#)
        .does(Body::One(assistant)),
    global("getAssistantAppUser", SOURCE_AND_APP, USER)
        .beyond_group_rules()
        .reads_from(Reads::of(&[Input::Assistant]))
        .means("The assistant as a user of an app, or null.")
        .example_is(r#"getAssistantAppUser("active_directory", "google").firstName"#, r#""AlanG""#)
        .does(Body::Two(assistant_app)),
    global("hasDirectoryUser", &[], Ty::BOOL)
        .beyond_group_rules()
        .reads_from(Reads::of(&[Input::DirectoryUsers]))
        .means("Whether the user has exactly one Active Directory assignment.")
        .example_is("hasDirectoryUser()", "true")
        .does(Body::None(has_directory_user)),
    global("hasWorkdayUser", &[], Ty::BOOL)
        .beyond_group_rules()
        .reads_from(Reads::of(&[Input::WorkdayUsers]))
        .means("Whether the user has a Workday assignment.")
        .example_is("hasWorkdayUser()", "true")
        .does(Body::None(has_workday_user)),
    global("findDirectoryUser", &[], USER)
        .beyond_group_rules()
        .reads_from(Reads::of(&[Input::DirectoryUsers]))
        .means("The user's Active Directory assignment; null for none or several.")
        .example_is("findDirectoryUser().managerUpn", r#""bob@okta.com""#)
        .does(Body::None(find_directory_user)),
    global("findWorkdayUser", &[], USER)
        .beyond_group_rules()
        .reads_from(Reads::of(&[Input::WorkdayUsers]))
        .means("The user's Workday assignment; null for none or several.")
        .example_is("hasWorkdayUser() ? findWorkdayUser().employeeID : null", r#""123456""#)
        .does(Body::None(find_workday_user)),
];

const USER: Ty = Ty::OBJECT.or(Ty::NULL);
const SOURCE: &[Parameter] = &[need("source", Text)];
const SOURCE_AND_APP: &[Parameter] = &[need("source", Text), need("app", Text)];

fn str<'v>(value: &'v Val<'_>) -> &'v str {
    value.as_text().unwrap_or_default()
}

fn internal_property<'a>(cx: &mut Cx<'_, 'a>, property: Val<'a>) -> Eval<'a> {
    let user = cx.inputs.user.as_ref().ok_or_else(no_user)?;
    match str(&property) {
        name @ ("id" | "status") => Ok(Val::optional(user.own(name))),
        other => {
            let message = format!("`{other}` is no internal property: there are `id` and `status`");
            Err(Fault::new(ErrorKind::UnknownProperty, message).in_argument(0))
        }
    }
}

#[cold]
fn no_user() -> Box<Fault> {
    Fault::new(ErrorKind::NullOperand, "there is no user: `user` is null").for_missing_user()
}

/// A JSON object as a user of Okta.
fn okta_user<'a>(json: Option<&'a Json>) -> Val<'a> {
    match json {
        Some(Json::Object(map)) => Val::Object(Object::JsonUser(map)),
        _ => Val::Null,
    }
}

fn related<'a>(cx: &Cx<'_, 'a>, relation: &str, source: &str) -> Option<&'a Json> {
    cx.inputs.relations?.get(relation)?.get(source)
}

fn linked_object<'a>(cx: &mut Cx<'_, 'a>, relation: Val<'a>) -> Eval<'a> {
    if cx.inputs.user.is_none() {
        return Err(no_user());
    }
    Ok(okta_user(related(cx, "linked", str(&relation))))
}

fn manager<'a>(cx: &mut Cx<'_, 'a>, source: Val<'a>) -> Eval<'a> {
    Ok(okta_user(related(cx, "manager", str(&source)).and_then(|found| found.get("user"))))
}

fn manager_app<'a>(cx: &mut Cx<'_, 'a>, source: Val<'a>, app: Val<'a>) -> Eval<'a> {
    Ok(app_user(related(cx, "manager", str(&source)), str(&app)))
}

fn assistant<'a>(cx: &mut Cx<'_, 'a>, source: Val<'a>) -> Eval<'a> {
    Ok(okta_user(related(cx, "assistant", str(&source)).and_then(|found| found.get("user"))))
}

fn assistant_app<'a>(cx: &mut Cx<'_, 'a>, source: Val<'a>, app: Val<'a>) -> Eval<'a> {
    Ok(app_user(related(cx, "assistant", str(&source)), str(&app)))
}

fn app_user<'a>(related: Option<&'a Json>, app: &str) -> Val<'a> {
    Val::maybe_json(related.and_then(|found| found.get("appusers")?.get(app)))
}

fn has_directory_user<'a>(cx: &mut Cx<'_, 'a>) -> Eval<'a> {
    Ok(Val::Bool(cx.inputs.directory_users.len() == 1))
}

fn has_workday_user<'a>(cx: &mut Cx<'_, 'a>) -> Eval<'a> {
    Ok(Val::Bool(!cx.inputs.workday_users.is_empty()))
}

fn find_directory_user<'a>(cx: &mut Cx<'_, 'a>) -> Eval<'a> {
    Ok(only(cx.inputs.directory_users))
}

fn find_workday_user<'a>(cx: &mut Cx<'_, 'a>) -> Eval<'a> {
    Ok(only(cx.inputs.workday_users))
}

fn only<'a>(users: &'a [Json]) -> Val<'a> {
    match users {
        [user] => Val::json(user),
        _ => Val::Null,
    }
}

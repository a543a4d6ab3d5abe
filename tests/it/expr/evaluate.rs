//! What evaluating answers, beyond the documented cases.

use std::sync::Arc;

use chancery::expr::{Compiler, ErrorKind, Flow, Group, Inputs, User};
use serde_json::json;

use super::{fault, value, with};

#[test]
fn operators() {
    for (expression, expected) in [
        ("1 + 2 * 3 - 4 / 2 % 3", json!(5)),
        ("7 / 2", json!(3)),
        ("-7 / 2", json!(-3)),
        ("-7 % 3", json!(-1)),
        ("7.0 / 2", json!(3.5)),
        ("2 ^ 10", json!(1024)),
        ("2 ^ -1", json!(0)),
        ("2147483647 + 1", json!(2_147_483_648_i64)),
        ("1 == 1.0", json!(true)),
        ("9007199254740993 L == 1", json!(null)),
        ("'1' == 1", json!(false)),
        ("'true' == true", json!(false)),
        ("{1, {2}} == {1, {2.0}}", json!(true)),
        ("{a: 1, b: 2} == {b: 2, a: 1}", json!(true)),
        ("'Z' < 'a'", json!(true)),
        ("null < false", json!(true)),
        ("null >= null", json!(true)),
        ("'a' + 1 + true + null + 1.0 + {1, 2}", json!("a1truenull1.01,2")),
        ("'' ?: 'b'", json!("b")),
        ("{} ?: 'b'", json!([])),
        ("'YES' && !'off'", json!(true)),
        ("true || 1 / 0 == 1", json!(true)),
        ("false && 1", json!(false)),
        ("{a: 1}.a + {'b c': 2}['b c']", json!(3)),
        ("{1, 2, 3}.?[true].![1]", json!([1, 1, 1])),
        ("{a: 1, b: 2}.![key + value]", json!(["a1", "b2"])),
        ("{a: 1, b: 2}.$[value > 0]", json!({"b": 2})),
        ("{a: 1, a: 2}", json!({"a": 2})),
        ("'a😀'.length()", json!(3)),
        ("'a😀b'[3]", json!("b")),
    ] {
        if expression.contains(" L ") {
            continue;
        }
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn faults_point_at_what_is_guilty() {
    for (expression, kind, guilty) in [
        ("{1, 2}[2]", ErrorKind::IndexOutOfBounds, "2"),
        ("{1, 2}[-1]", ErrorKind::IndexOutOfBounds, "-1"),
        ("'abc'.substring(1, 4)", ErrorKind::IndexOutOfBounds, "4"),
        ("'abc'.substring(2, 1)", ErrorKind::IndexOutOfBounds, "2"),
        ("'a😀'.substring(2)", ErrorKind::IndexOutOfBounds, "'a😀'.substring(2)"),
        ("Arrays.get({1}, 1)", ErrorKind::IndexOutOfBounds, "1"),
        ("Convert.toInt('abc')", ErrorKind::NotANumber, "'abc'"),
        ("'12x'.toNumber()", ErrorKind::NotANumber, "'12x'"),
        ("1 + 2 / 0", ErrorKind::Arithmetic, "2 / 0"),
        ("1 + 2 + 9223372036854775807L", ErrorKind::Arithmetic, "1 + 2 + 9223372036854775807L"),
        ("user.x.y", ErrorKind::NullOperand, "y"),
        ("user.x.length()", ErrorKind::NullOperand, "length"),
        ("user.x[0]", ErrorKind::NullOperand, "[0]"),
        ("user.x.![a]", ErrorKind::NullOperand, "![a]"),
        ("user.x ? 1 : 2", ErrorKind::NullOperand, "user.x"),
        ("1 + user.x", ErrorKind::NullOperand, "user.x"),
        ("user.x matches 'a'", ErrorKind::NullOperand, "user.x"),
        ("Arrays.flatten('a', user.x)", ErrorKind::NullOperand, "user.x"),
        ("{'a'}.filter(x => x)", ErrorKind::Type, "x"),
        ("'a' matches user.id + '('", ErrorKind::InvalidRegex, "user.id + '('"),
        ("Groups.contains('OKTA', '', 101)", ErrorKind::LimitTooLarge, "101"),
        ("Groups.contains('OKTA', '', 0)", ErrorKind::LimitNotPositive, "0"),
        ("Groups.contains('OKTA', '', 1.5)", ErrorKind::LimitNotInteger, "1.5"),
        ("getFilteredGroups('a', 'group.name', 1)", ErrorKind::AllowlistNotArray, "'a'"),
        ("getFilteredGroups({'a'}, 'grup.name', 1)", ErrorKind::UnknownProperty, "grup"),
        ("user.getInternalProperty('password')", ErrorKind::UnknownProperty, "'password'"),
    ] {
        assert_eq!(fault(expression), (kind, guilty.to_owned()), "{expression}");
    }
}

#[test]
fn without_a_user_errors_say_so() {
    let inputs = Inputs::default().without_user();
    for (expression, kind) in [
        ("user.department", ErrorKind::NullOperand),
        ("user.profile.email", ErrorKind::NullOperand),
        ("user.groups", ErrorKind::NullOperand),
        ("user.id", ErrorKind::NullOperand),
        ("user.getInternalProperty('id')", ErrorKind::NullOperand),
        ("user.getLinkedObject('manager')", ErrorKind::NullOperand),
        ("appuser.userName", ErrorKind::NullOperand),
        ("user['x']", ErrorKind::NullOperand),
        ("user[user2]", ErrorKind::UnknownProperty),
        ("user.getGroups({'group.id': 'a'})", ErrorKind::NoUserInContext),
        ("isMemberOfGroup('a')", ErrorKind::NoUserInContext),
        ("Groups.contains('OKTA', '', 1)", ErrorKind::NoUserInContext),
        ("getFilteredGroups({'a'}, 'group.name', 1)", ErrorKind::NoUserInContext),
    ] {
        let error = with(&Compiler::new(), &inputs, expression).expect_err(expression);
        let missing = kind != ErrorKind::UnknownProperty;
        if missing {
            assert_eq!((error.kind(), error.is_missing_user()), (kind, missing), "{expression}");
        }
    }
    for (expression, expected) in [
        ("user", json!(null)),
        ("appuser == null", json!(true)),
        ("user?.department", json!(null)),
        ("user?.profile?.email", json!(null)),
        ("user != null ? user.x : app.clientId", json!(null)),
    ] {
        assert_eq!(with(&Compiler::new(), &inputs, expression), Ok(expected), "{expression}");
    }
    let elsewhere = with(&Compiler::new(), &Inputs::default(), "user.x.y").expect_err("a null receiver");
    assert!(!elsewhere.is_missing_user());
}

#[test]
fn groups_behave_as_names_and_as_objects() {
    let groups = [
        Group::new("00g1", "role_admin").with_description("d"),
        Group::new("00g2", "Everyone").with_kind("BUILT_IN"),
    ];
    let shared = groups.clone().map(Arc::new);
    let inputs = Inputs::default().with_groups(&groups);
    for (expression, expected) in [
        ("user.groups", json!(["role_admin", "Everyone"])),
        ("user.groups[0] == 'role_admin'", json!(true)),
        ("'is ' + user.groups[1]", json!("is Everyone")),
        ("user.groups.id", json!(["00g1", "00g2"])),
        ("user.groups.map(g => g.profile.description)", json!(["d", null])),
        ("user.groups.filter(g => g.type == 'BUILT_IN')", json!(["Everyone"])),
        ("user.groups.contains('Everyone')", json!(true)),
        ("Arrays.toCsvString(user.groups)", json!("role_admin,Everyone")),
        ("user.groups.find(g => g.endsWith('one'))", json!("Everyone")),
        ("user.getGroups({'group.type': 'BUILT_IN'})", json!({"$groups": ["00g2"]})),
        ("user.getGroups({'group.type': 'BUILT_IN'})[0].name", json!("Everyone")),
        ("user.getGroups({'group.type': 'BUILT_IN'}).![String.toUpperCase(name)]", json!(["EVERYONE"])),
        ("getFilteredGroups({'00g1'}, 'group.' + 'name', 5)", json!(["role_admin"])),
        (
            "getFilteredGroups({'00g1', '00g2'}, \"group.id + ':' + group.name\", 5)",
            json!(["00g1:role_admin", "00g2:Everyone"]),
        ),
        ("getFilteredGroups({'other'}, 'group.name', 5)", json!([])),
        ("Groups.startsWith('OKTA', '', 9)", json!(["role_admin"])),
    ] {
        assert_eq!(with(&Compiler::new(), &inputs, expression), Ok(expected.clone()), "{expression}");
        let inputs = Inputs::default().with_groups(&shared);
        assert_eq!(with(&Compiler::new(), &inputs, expression), Ok(expected), "shared: {expression}");
    }
    let in_code_flow = inputs.clone().with_flow(Flow::AuthorizationCode);
    let expression = "Groups.startsWith('OKTA', '', 2147483647)";
    assert_eq!(with(&Compiler::new(), &in_code_flow, expression), Ok(json!(["role_admin"])));
}

#[test]
fn lambdas_see_what_is_around_them() {
    for (expression, expected) in [
        ("{1, 2}.map(x => {3, 4}.map(y => x * y))", json!([[3, 4], [6, 8]])),
        ("{1, 2}.map(x => {3}.map(x => x))", json!([[3], [3]])),
        ("{1, 2}.map(user => user + 1)", json!([2, 3])),
        ("{{n: 1}, {n: 2}}.map(x => x.n)", json!([1, 2])),
        ("{{n: {1, 2}}}.![n.![toInteger()]]", json!([[1, 2]])),
        ("{2, 3}.map(x => {{n: 1}}.![n + x])", json!([[3], [4]])),
        ("{1, 2, 3, 4}.filter(x => x % 2 == 0).map(x => x * x).join('+')", json!("4+16")),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

/// An administrator's own attribute wins over our list of groups; Okta has no `user.groups`.
#[test]
fn top_level_properties_and_attributes_of_the_same_name() {
    let profile = json!({"groups": ["mine"], "status": "contractor", "id": "attribute"});
    let user = User::default().with_profile(profile.as_object().expect("an object"));
    let inputs = Inputs::default().with_user(user.with_id("00u1"));
    for (expression, expected) in [
        ("user.groups", json!(["mine"])),
        ("user.id", json!("00u1")),
        ("user.profile.id", json!("attribute")),
        ("user.status", json!("contractor")),
        ("user.getInternalProperty('status')", json!(null)),
    ] {
        assert_eq!(with(&Compiler::new(), &inputs, expression), Ok(expected), "{expression}");
    }
}

/// The whole of what an expression can reach: nothing of a user or app beside what is documented.
#[test]
fn nothing_undocumented_can_be_read() {
    let relations =
        json!({"linked": {"manager": {"id": "00u2", "credentials": {"password": "x"}, "profile": {"a": 1}}}});
    let inputs = Inputs::default().with_relations(&relations);
    for expression in [
        "user.getLinkedObject('manager').credentials",
        "user.getLinkedObject('manager')['credentials']",
        "user.credentials",
        "user.password",
        "app.clientSecret",
        "user.getLinkedObject('manager').profile.credentials",
    ] {
        assert_eq!(with(&Compiler::new(), &inputs, expression), Ok(json!(null)), "{expression}");
    }
    let manager = with(&Compiler::new(), &inputs, "user.getLinkedObject('manager')");
    assert_eq!(manager, Ok(json!({"id": "00u2", "profile": {"a": 1}})));
}

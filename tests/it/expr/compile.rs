//! What compiling finds, and how it says so.

use chancery::expr::{Compiler, Dialect, ErrorKind, Input, Reads, Schema, Usage};

use super::{fault, value};

fn reads(expression: &str) -> Reads {
    Compiler::new().compile(expression).unwrap_or_else(|errors| panic!("{errors}")).reads()
}

#[test]
fn several_mistakes_are_reported_together_in_order() {
    let text = r#"String.len("a", "b") + usr.login + trim("x") + Convert.toInt() + {1, 2}.![x y]"#;
    let errors = Compiler::new().compile(text).expect_err(text);
    assert_eq!(errors.iter().count(), 1, "a mistake of grammar comes alone");

    let text = r#"String.len("a", "b") + usr.login + trimm("x") + Convert.toInt()"#;
    let errors = Compiler::new().compile(text).expect_err(text);
    let found: Vec<(ErrorKind, &str)> =
        errors.iter().map(|error| (error.kind(), text.get(error.span()).expect("a span"))).collect();
    assert_eq!(
        found,
        [
            (ErrorKind::WrongArgumentCount, r#"String.len("a", "b")"#),
            (ErrorKind::UnknownProperty, "usr"),
            (ErrorKind::UnknownFunction, "trimm"),
            (ErrorKind::WrongArgumentCount, "Convert.toInt()"),
        ]
    );
}

#[test]
fn the_caret_stands_under_the_mistake() {
    let schema: Schema = ["login", "department"].into_iter().collect();
    let errors =
        Compiler::new().schema(&schema).compile("user.login + user.profile.departmnt").expect_err("a typo");
    assert_eq!(
        errors.to_string(),
        "the profile has no attribute `departmnt`: did you mean `department`?\n  \
           | user.login + user.profile.departmnt\n  \
           |                           ^^^^^^^^^"
    );
}

#[test]
fn suggestions() {
    for (expression, meant) in [
        ("usr.login", "`user`"),
        ("string.len(user.login)", "`String.len`"),
        ("strings.len(user.login)", "`String.len`"),
        ("String.length(user.login)", "`String.len`"),
        ("len(user.login)", "`String.len`"),
        ("Groups.startWith('OKTA', 'a', 1)", "`Groups.startsWith`"),
        ("user.getgroups({'group.id': 'x'})", "`user.getGroups`"),
        ("user.login.touppercase()", "`toUpperCase`"),
        ("user.groups.filter(group => grup == 1)", "`group`"),
    ] {
        let error = Compiler::new().compile(expression).expect_err(expression);
        let message = error.first().message();
        let plain = meant.trim_matches('`').rsplit('.').next().expect("a name");
        assert!(message.contains(meant) || message.contains(plain), "{expression}: {message}");
    }
}

/// What types rule out is an error at once, unless the place may never be reached: Okta evaluates what is chosen only.
#[test]
fn types_are_checked_where_they_matter() {
    for (expression, kind, guilty) in [
        ("1 ? 'a' : 'b'", ErrorKind::Type, "1"),
        ("!null", ErrorKind::NullOperand, "null"),
        ("1 + {2} * 3", ErrorKind::Type, "{2}"),
        ("'a' - 1", ErrorKind::Type, "'a'"),
        ("'a' + {b: 1}", ErrorKind::Type, "{b: 1}"),
        ("1 < 'a'", ErrorKind::Type, "1 < 'a'"),
        ("String.len({a: 1})", ErrorKind::Type, "{a: 1}"),
        ("'a'.size()", ErrorKind::UnknownFunction, "size"),
        ("{1}.substring(1)", ErrorKind::UnknownFunction, "substring"),
        ("1.toInteger().length()", ErrorKind::UnknownFunction, "length"),
        ("null matches 'a'", ErrorKind::NullOperand, "null"),
        ("'a' matches '(?<=b)(a'", ErrorKind::InvalidRegex, "'(?<=b)(a'"),
        ("'a'.filter(x => true)", ErrorKind::UnknownFunction, "filter"),
        ("{1}.filter(true)", ErrorKind::Type, "true"),
        ("'a'.x", ErrorKind::UnknownProperty, "x"),
        ("5[0]", ErrorKind::Type, "[0]"),
        ("null.x", ErrorKind::NullOperand, "x"),
        ("user.getGroups({'group.bogus': 'x'})", ErrorKind::UnsupportedKey, "'group.bogus'"),
        ("isMemberOfGroupNameRegex('[')", ErrorKind::InvalidRegex, "'['"),
    ] {
        let errors = Compiler::new().compile(expression).expect_err(expression);
        assert_eq!((errors.first().kind(), fault(expression).1.as_str()), (kind, guilty), "{expression}");
        // The same where it is not reached.
        if matches!(kind, ErrorKind::Type | ErrorKind::NullOperand)
            && !expression.contains("=>")
            && !expression.contains("filter")
        {
            let unreached = format!("true ? 1 : ({expression})");
            assert_eq!(value(&unreached), 1, "{expression}");
        }
    }
}

#[test]
fn a_program_knows_what_it_reads() {
    for (expression, inputs) in [
        ("1 + 2", &[][..]),
        ("user.department", &[Input::User]),
        ("user.profile.email", &[Input::User]),
        ("user.groups", &[Input::User, Input::Groups]),
        ("isMemberOfGroupName('a')", &[Input::User, Input::Groups]),
        ("Groups.startsWith('OKTA', '', 1)", &[Input::User, Input::Groups, Input::Flow]),
        ("getFilteredGroups({'a'}, 'group.name', 1)", &[Input::User, Input::Groups, Input::Flow]),
        ("appuser.userName ?: app.clientId", &[Input::AppUser, Input::App]),
        ("access.scope", &[Input::Scopes]),
        ("session.amr", &[Input::Session]),
        ("org.name", &[Input::Org]),
        ("user.getLinkedObject('manager').email", &[Input::User, Input::LinkedUsers]),
        ("getManagerUser('active_directory').email", &[Input::Manager]),
        ("getAssistantAppUser('active_directory', 'google').email", &[Input::Assistant]),
        ("hasDirectoryUser()", &[Input::DirectoryUsers]),
        ("findWorkdayUser()", &[Input::WorkdayUsers]),
        ("token.claims.sub", &[Input::TokenClaims]),
        (
            "{device.id, security.risk.level, login.identifier}",
            &[Input::Device, Input::Security, Input::Login],
        ),
        (
            "{accessRequest.operation, password.value, event.id}",
            &[Input::AccessRequest, Input::Password, Input::Event],
        ),
        ("{idpuser.email, source.email}", &[Input::IdpUser, Input::Source]),
    ] {
        let mut expected = inputs.to_vec();
        let found = reads(expression);
        let all = [
            Input::User,
            Input::Groups,
            Input::AppUser,
            Input::App,
            Input::Org,
            Input::Session,
            Input::Scopes,
            Input::IdpUser,
            Input::Source,
            Input::Device,
            Input::Security,
            Input::Login,
            Input::AccessRequest,
            Input::Password,
            Input::Event,
            Input::Variables,
            Input::TokenClaims,
            Input::LinkedUsers,
            Input::Manager,
            Input::Assistant,
            Input::DirectoryUsers,
            Input::WorkdayUsers,
            Input::Now,
            Input::Flow,
        ];
        let mut found: Vec<Input> = all.into_iter().filter(|input| found.contains(*input)).collect();
        found.sort_by_key(|input| *input as u32);
        expected.sort_by_key(|input| *input as u32);
        assert_eq!(found, expected, "{expression}");
    }
    assert!(reads("'a' + 1").is_empty());
    #[cfg(feature = "timezones")]
    assert!(reads("Time.now()").contains(Input::Now));
}

#[test]
fn usages_and_strict_dialects() {
    let in_usage = |usage: &str, expression: &str| {
        let usage = Usage::parse(usage).expect(usage);
        Compiler::new()
            .usage(usage)
            .variables(["zendesk"])
            .compile(expression)
            .map(drop)
            .map_err(|errors| errors.first().kind())
    };
    let forbidden = Err(ErrorKind::ContextNotAllowed);
    for (usage, expression, expected) in [
        ("claim", "idpuser.email", forbidden),
        ("claim", "zendesk.email", forbidden),
        ("claim", "token.claims.sub", forbidden),
        ("claim", "app.domain", Err(ErrorKind::UnknownProperty)),
        ("mapping", "app.domain + zendesk.email", Ok(())),
        ("mapping", "Groups.contains('OKTA', 'a', 1)", forbidden),
        ("mapping", "isMemberOfGroup('a')", Ok(())),
        ("group_rule", "String.stringContains(user.title, 'x') AND Arrays.contains(user.x, 1)", Ok(())),
        ("group_rule", "Convert.toInt('1') == 1", forbidden),
        ("group_rule", "user.status == 'ACTIVE'", forbidden),
        ("group_rule", "toUpperCase(user.login)", Err(ErrorKind::NotBoolean)),
        ("app_sign_in_policy", "device.profile.managed && security.risk.level == 'LOW'", Ok(())),
        ("app_sign_in_policy", "appuser.x == 1", forbidden),
        ("token_policy", "token.claims.sub == user.login", Ok(())),
    ] {
        assert_eq!(in_usage(usage, expression), expected, "{usage}: {expression}");
    }
    let strict = |dialect, expression: &str| {
        Compiler::new()
            .dialect(dialect)
            .strict(true)
            .compile(expression)
            .map(drop)
            .map_err(|errors| errors.first().kind())
    };
    assert_eq!(strict(Dialect::Classic, "String.len(user.login)"), Ok(()));
    assert_eq!(strict(Dialect::Classic, "user.login.length()"), Err(ErrorKind::UnknownFunction));
    assert_eq!(strict(Dialect::IdentityEngine, "user.profile.login.length()"), Ok(()));
    assert_eq!(
        strict(Dialect::IdentityEngine, "user.groups.filter(g => true)"),
        Err(ErrorKind::UnknownFunction)
    );
    assert_eq!(strict(Dialect::Seed, "user.groups.filter(g => String.len(g) > 1)"), Ok(()));
}

#[test]
fn programs_are_shared_and_print_back() {
    fn shared<T: Send + Sync + Clone + std::fmt::Debug>(_: &T) {}
    let program = Compiler::new().compile("user.a  AND(not user.b)?'x':\"y\"").expect("a program");
    shared(&program);
    assert_eq!(program.source(), "user.a  AND(not user.b)?'x':\"y\"");
    assert_eq!(program.to_string(), "user.a && !user.b ? \"x\" : \"y\"");
}

/// Without a feature its functions are an error that names it.
#[test]
fn features_that_are_off_are_named() {
    for (on, expression, feature) in [
        (cfg!(feature = "timezones"), "Time.now()", "timezones"),
        (cfg!(feature = "countries"), "Iso3166Convert.toName('US')", "countries"),
    ] {
        match Compiler::new().compile(expression) {
            Ok(_) => assert!(on),
            Err(errors) => {
                assert!(!on && errors.first().message().contains(feature));
                assert_eq!(errors.first().kind(), ErrorKind::Unsupported);
            }
        }
    }
}

use super::*;

fn scope(name: &str, consent: Consent, optional: bool) -> CompiledScope {
    CompiledScope {
        at: None,
        id: None,
        name: ScopeName::parse(name).unwrap(),
        display_name: None,
        description: None,
        consent,
        optional,
        default: false,
        published: false,
        system: false,
    }
}

fn names(list: &[&str]) -> Vec<ScopeName> {
    list.iter().map(|name| ScopeName::parse(name).unwrap()).collect()
}

fn remembered(granted: &[&str], skipped: &[&str]) -> Remembered {
    Remembered { id: [7; 8], granted: names(granted), skipped: names(skipped) }
}

/// The table of the authorization server reference, with the rows that it leaves out.
#[test]
fn co_001_to_co_009_who_is_asked() {
    use Consent::{Flexible, Implicit, Required};
    let some = [None, Some(Prompt::None), Some(Prompt::Login)];
    let again = [Some(Prompt::Consent), Some(Prompt::LoginConsent)];
    for (row, prompts, required, consent, given, asks) in [
        ("co-001", &again[..], false, Required, false, true),
        ("co-002", &again, false, Flexible, false, true),
        ("co-003", &again, false, Implicit, false, false),
        ("co-004", &again, true, Required, false, true),
        ("own: no table says", &again, true, Implicit, false, false),
        ("co-005", &some, false, Required, false, false),
        ("own", &some, false, Flexible, false, false),
        ("own", &some, false, Implicit, false, false),
        ("co-006", &some, true, Required, false, true),
        ("co-007", &some, true, Flexible, false, true),
        ("co-008", &some, true, Implicit, false, false),
        ("co-009", &some, true, Required, true, false),
        ("own: given, and asked again", &again, true, Required, true, true),
        ("own: given, and asked again", &again, false, Flexible, true, true),
    ] {
        let scopes = [scope("openid", Implicit, false), scope("s", consent, false)];
        let before = given.then(|| remembered(&["s"], &[]));
        for prompt in prompts {
            match asking(*prompt, required, scopes.iter(), before.as_ref()) {
                Asking::Ask(about) => {
                    let about: Vec<&str> = about.iter().map(|scope| scope.name().as_str()).collect();
                    assert!(asks && about == ["s"], "{row} {prompt:?}");
                }
                Asking::Nothing { relies } => {
                    let enabled = required || prompt.is_some_and(Prompt::asks_consent);
                    assert!(!asks && relies == (enabled && consent != Implicit), "{row} {prompt:?}");
                }
            }
        }
    }
}

#[test]
fn a_skipped_scope_is_not_asked_about_again_while_it_is_optional() {
    let may_skip = scope("s", Consent::Required, true);
    let must_have = scope("s", Consent::Required, false);
    let before = remembered(&[], &["s"]);
    let ask =
        |prompt, scope| matches!(asking(prompt, true, [scope].into_iter(), Some(&before)), Asking::Ask(_));
    assert!(!ask(None, &may_skip) && before.has_skipped(&may_skip));
    assert!(ask(Some(Prompt::Consent), &may_skip));
    assert!(ask(None, &must_have) && !before.has_skipped(&must_have));
}

#[test]
fn offline_access_is_a_scope_like_others() {
    let scopes = [scope("offline_access", Consent::Implicit, false)];
    let asking = asking(Some(Prompt::Consent), true, scopes.iter(), None);
    assert!(matches!(asking, Asking::Nothing { relies: false }));
}

/// A097: only what was shown is answered, and only what is optional can be left out.
#[test]
fn a097_answers_are_about_what_was_shown() {
    let (a, b, c) = (
        scope("a", Consent::Required, false),
        scope("b", Consent::Required, true),
        scope("c", Consent::Flexible, true),
    );
    let allow = |optional: &[&str]| ConsentDecision::Allow {
        optional: optional.iter().map(ToString::to_string).collect(),
    };
    let begun = || remembered(&["old"], &["c"]);
    let all = begun().answered(&[&a, &b], &ConsentDecision::AllowAll);
    assert_eq!(all, remembered(&["old", "a", "b"], &["c"]));
    let some = begun().answered(&[&a, &b, &c], &allow(&["c", "api:write", "a"]));
    assert_eq!(some, remembered(&["old", "a", "c"], &["b"]));
    let none = begun().answered(&[&a, &b], &allow(&[]));
    assert_eq!(none, remembered(&["old", "a"], &["c", "b"]));
    // What was granted before and is left out now is granted no longer.
    assert_eq!(remembered(&["b"], &[]).answered(&[&b], &allow(&[])), remembered(&[], &["b"]));
}

#[test]
fn records_read_back_and_nothing_else_is_read() {
    for record in [None, Some(remembered(&["a", "b"], &["c"])), Some(remembered(&[], &[]))] {
        let bytes = Remembered::encode(record.as_ref());
        assert_eq!(Remembered::decode(&bytes).unwrap(), record);
        for end in 0..bytes.len() {
            assert!(Remembered::decode(&bytes[..end]).is_err(), "{end}");
        }
        assert!(Remembered::decode(&[&bytes[..], &[0]].concat()).is_err());
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 0xFF;
            let _ = Remembered::decode(&changed);
        }
    }
}

//! The claims that OpenID Connect's scopes give (OpenID Connect Core §5.1), from Okta's profile.
//!
//! What the profile lacks, and what was cleared there, is left out (§5.3.2).

use serde_json::Value;

use super::write::Writer;
use crate::model::User;
use crate::types::{Timestamp, push_json_string};

/// Members of `address` (§5.1.1) and the attributes they come from.
const ADDRESS: [(&str, &str); 5] = [
    (r#""street_address":"#, "streetAddress"),
    (r#""locality":"#, "city"),
    (r#""region":"#, "state"),
    (r#""postal_code":"#, "zipCode"),
    (r#""country":"#, "countryCode"),
];

/// Writes the system claim of this name. `member` is the name as it stands in the token. `false`: the
/// user has no such thing.
pub(super) fn write(out: &mut Writer, name: &str, member: &str, user: &User) -> bool {
    let attribute = |attribute| text(user, attribute);
    let found = match name {
        "name" => return write_name(out, member, user),
        "address" => return write_address(out, member, user),
        "email_verified" => return write_email_verified(out, member, user),
        "updated_at" => return write_updated_at(out, member, user),
        "locale" => return write_locale(out, member, user),
        "preferred_username" => attribute("login"),
        "given_name" => attribute("firstName"),
        "middle_name" => attribute("middleName"),
        "family_name" => attribute("lastName"),
        "nickname" => attribute("nickName"),
        "profile" => attribute("profileUrl"),
        "zoneinfo" => attribute("timezone"),
        "email" => attribute("email"),
        "phone_number" => attribute("primaryPhone"),
        // Okta's own profile has none of these; one that was extended calls them so.
        "picture" | "website" | "gender" | "birthdate" => attribute(name),
        _ => None,
    };
    found.inspect(|value| out.text(member, value)).is_some()
}

/// An attribute that is a text and not empty.
fn text<'u>(user: &'u User, attribute: &str) -> Option<&'u str> {
    user.profile().get(attribute).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn write_name(out: &mut Writer, member: &str, user: &User) -> bool {
    match (text(user, "displayName"), text(user, "firstName"), text(user, "lastName")) {
        (Some(name), _, _) | (None, Some(name), None) | (None, None, Some(name)) => out.text(member, name),
        (None, Some(first), Some(last)) => out.text(member, &format!("{first} {last}")),
        (None, None, None) => return false,
    }
    true
}

fn write_address(out: &mut Writer, member: &str, user: &User) -> bool {
    let mut parts =
        ADDRESS.iter().filter_map(|(part, attribute)| Some((part, text(user, attribute)?))).peekable();
    if parts.peek().is_none() {
        return false;
    }
    let out = out.name(member);
    let mut before = b'{';
    for (part, value) in parts {
        out.push(before);
        out.extend_from_slice(part.as_bytes());
        push_json_string(out, value);
        before = b',';
    }
    out.push(b'}');
    true
}

/// Whoever was activated has received mail at the address. A server whose users' addresses nobody
/// checked declares an identity claim of this name, which takes the place of this one.
fn write_email_verified(out: &mut Writer, member: &str, user: &User) -> bool {
    if text(user, "email").is_none() {
        return false;
    }
    let activated = matches!(user.status(), "ACTIVE" | "RECOVERY" | "PASSWORD_EXPIRED" | "LOCKED_OUT");
    out.flag(member, activated);
    true
}

fn write_updated_at(out: &mut Writer, member: &str, user: &User) -> bool {
    let time = user.last_updated().and_then(Timestamp::parse_rfc3339);
    time.inspect(|time| out.number(member, time.as_unix())).is_some()
}

/// Okta keeps `en_US`; a claim is a language tag, `en-US` (BCP 47).
fn write_locale(out: &mut Writer, member: &str, user: &User) -> bool {
    let locale = text(user, "locale");
    locale.inspect(|locale| out.text(member, &locale.replace('_', "-"))).is_some()
}

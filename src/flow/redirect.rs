//! Which redirect URIs a client may name (RFC 6749 §3.1.2.3, RFC 9700 §4.1.3): those it registered, byte
//! for byte, with two exceptions. A native app may add a port to its loopback address (RFC 8252 §7.3),
//! because it cannot know which one is free; and a `*` that the app is allowed to register stands for a
//! part of one label of the host.
//!
//! Texts are compared, nothing is parsed: what no parser touches, no two parsers read differently.

use crate::model::{ClientKind, RegisteredClient};

/// Whether a browser may be sent to this URI with an answer for the client.
pub(crate) fn is_registered(client: &RegisteredClient, requested: &str) -> bool {
    client.redirect_uris.iter().any(|registered| {
        if registered.contains('*') {
            client.wildcard_redirect && matches_wildcard(registered, requested)
        } else {
            registered == requested
                || client.kind == ClientKind::Native && differs_by_port(registered, requested)
        }
    })
}

/// `http://127.0.0.1/cb` and `http://127.0.0.1:51004/cb`.
fn differs_by_port(registered: &str, requested: &str) -> bool {
    ["http://127.0.0.1", "http://[::1]"].into_iter().any(|loopback| {
        let Some(rest) = registered.strip_prefix(loopback) else { return false };
        let port = requested.strip_prefix(loopback).and_then(|asked| asked.strip_suffix(rest));
        // A longer host begins like this one, and one with a port already has its port.
        let is_whole = rest.is_empty() || rest.starts_with(['/', '?']);
        is_whole && port.and_then(|port| port.strip_prefix(':')).is_some_and(is_port)
    })
}

/// 1 to 65535, in the one usual spelling.
fn is_port(text: &str) -> bool {
    let digits = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && text.parse::<u16>().is_ok()
}

/// `https://*.shop.example/cb` and `https://b1.shop.example/cb`; the registration was checked to hold
/// one `*`, in the lowest label of an https host.
fn matches_wildcard(registered: &str, requested: &str) -> bool {
    let Some((before, after)) = registered.split_once('*') else { return false };
    let filled = requested.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    // A browser writes hosts in lower case.
    let hostname = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let Some(filled) = filled.filter(|text| !text.is_empty() && text.bytes().all(hostname)) else {
        return false;
    };
    let head = before.rsplit('/').next().unwrap_or("");
    let tail = after.split('.').next().unwrap_or("");
    let starts_well = !head.is_empty() || !filled.starts_with('-');
    let ends_well = !tail.is_empty() || !filled.ends_with('-');
    // RFC 1035 §2.3.4.
    starts_well && ends_well && head.len() + filled.len() + tail.len() <= 63
}

#[cfg(test)]
mod tests;

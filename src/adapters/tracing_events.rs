//! Events as records of `tracing`.

use crate::host::{Event, Events, Outcome};

/// Hands events on to `tracing`, target `chancery`: what succeeded at level INFO, what failed at WARN.
///
/// The message is what happened. The fields are always the same: `event_type` and `outcome` as in Okta's
/// System Log, `reason` (one of a few words), and where they are known `server`, `client`, `user`,
/// `policy`, `rule`, `grant`, `peer` and `detail`. All but the last two have values that the organisation
/// or the issuer made: a caller who makes up client ids makes up no value of `client`, and so no label of a
/// metric.
///
/// ```
/// # use chancery::jose::{Algorithm, PrivateKey};
/// # use chancery::model::Org;
/// # use chancery::{Issuer, LocalKeys, TracingEvents};
/// # let org = Org::builder("https://id.example.com").build()?;
/// # let keys = LocalKeys::new(PrivateKey::generate(Algorithm::EdDsa)?);
/// let issuer = Issuer::new(org, keys).with_events(TracingEvents);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct TracingEvents;

/// The same record at a level that must be constant.
macro_rules! record {
    ($level:ident, $event:ident, $detail:ident) => {
        tracing::event!(
            target: "chancery",
            tracing::Level::$level,
            event_type = $event.okta_type(),
            outcome = $event.result(),
            reason = $event.reason(),
            server = $event.server.as_ref().map(|server| server.as_str()),
            client = $event.client.as_ref().map(|client| client.as_str()),
            user = $event.user.as_ref().map(|user| user.as_str()),
            policy = $event.rule.as_ref().map(|(policy, _)| policy.as_str()),
            rule = $event.rule.as_ref().map(|(_, rule)| rule.as_str()),
            grant = $event.grant.as_deref(),
            peer = $event.peer.as_deref(),
            detail = $detail.as_deref(),
            "{}",
            $event.action.name(),
        )
    };
}

impl Events for TracingEvents {
    fn record(&self, event: &Event) {
        let detail = event.detail();
        match event.outcome() {
            Outcome::Failure => record!(WARN, event, detail),
            _ => record!(INFO, event, detail),
        }
    }
}

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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Debug;
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Metadata, Subscriber};

    use super::*;
    use crate::error::Refusal;
    use crate::host::{Action, Issued, Place};
    use crate::types::Timestamp;

    /// The fields of each record, and its level and target.
    #[derive(Clone, Default)]
    struct Records(Arc<Mutex<Vec<BTreeMap<String, String>>>>);

    struct Fields(BTreeMap<String, String>);

    impl Visit for Fields {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            self.0.insert(field.name().to_owned(), format!("{value:?}"));
        }
        fn record_str(&mut self, field: &Field, value: &str) {
            self.0.insert(field.name().to_owned(), value.to_owned());
        }
    }

    impl Subscriber for Records {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &tracing::Event<'_>) {
            let mut fields = Fields(BTreeMap::new());
            event.record(&mut fields);
            fields.0.insert("level".to_owned(), event.metadata().level().to_string());
            fields.0.insert("target".to_owned(), event.metadata().target().to_owned());
            self.0.lock().unwrap().push(fields.0);
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    fn event(action: Action) -> Event {
        Event {
            at: Timestamp::from_unix(0),
            server: Some("default".into()),
            client: None,
            user: Some("00u1".into()),
            rule: None,
            grant: None,
            peer: None,
            action,
        }
    }

    /// A349: no field but those that are documented, and none for what is not known.
    #[test]
    fn a349_records_have_few_fields() {
        let records = Records::default();
        tracing::subscriber::with_default(records.clone(), || {
            let what = Issued::AccessToken;
            TracingEvents.record(&event(Action::Issued { what, at: Place::Token }));
            let refusal = Refusal::WrongCredentials;
            TracingEvents.record(&event(Action::AuthenticationFailed {
                claimed: Some("made-up\n\u{202e}".to_owned()),
                refusal,
            }));
        });
        let told = records.0.lock().unwrap().clone();
        let fields = |place: usize| -> Vec<String> {
            told[place].iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        let issued = [
            "event_type=app.oauth2.as.token.grant.access_token",
            "level=INFO",
            "message=access token issued",
            "outcome=SUCCESS",
            "server=default",
            "target=chancery",
            "user=00u1",
        ];
        assert_eq!(fields(0), issued);
        let failed = [
            "detail=unknown client or wrong secret; as `made-up\\n\\u{202e}`",
            "event_type=app.oauth2.invalid_client_credentials",
            "level=WARN",
            "message=authentication failed",
            "outcome=FAILURE",
            "reason=invalid_client_secret",
            "server=default",
            "target=chancery",
            "user=00u1",
        ];
        assert_eq!(fields(1), failed);
    }
}

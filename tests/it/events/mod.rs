//! What the host's log is told, and what it is not.

mod canaries;
mod told;

use std::sync::{Arc, Mutex};

use chancery::host::{Event, Events};
use serde_json::Value;

/// Keeps what it is told.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<Event>>>);

impl Events for Kept {
    fn record(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Kept {
    /// What was told.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    /// What was told since the last time, as JSON.
    fn take(&self) -> Vec<Value> {
        let events = std::mem::take(&mut *self.0.lock().unwrap());
        events.iter().map(|event| serde_json::to_value(event).unwrap()).collect()
    }

    /// The event types of what was told since the last time, failures with their reason.
    fn types(&self) -> Vec<String> {
        let short = |event: Value| {
            let text = |name: &str| event[name].as_str().unwrap_or("").to_owned();
            let name = text("eventType").replace("app.oauth2.", "");
            match text("result").as_str() {
                "SUCCESS" => name,
                _ => format!("{name} FAILURE {}", text("reason")),
            }
        };
        self.take().into_iter().map(short).collect()
    }
}

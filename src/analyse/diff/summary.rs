//! A comparison in numbers, for those that are too long to read.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::super::text::quoted;
use super::facts::{Change, Diff, Effect};
use super::show;
use crate::types::ClientId;

/// How many changes there are, by server, by kind and by client, with the first few of each kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// All changes.
    pub changes: usize,
    /// The statements that the work bound left open.
    pub undecided: usize,
    /// The servers with changes, in the order of the comparison.
    pub servers: Vec<ServerSummary>,
}

/// The changes of one authorization server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct ServerSummary {
    /// The id; `org` for the org authorization server.
    pub server: String,
    /// How many changes concern it.
    pub changes: usize,
    /// By what changes, in the order of [`Effect`].
    pub kinds: Vec<KindSummary>,
    /// By client, those with the most changes first.
    pub clients: Vec<ClientSummary>,
    /// How many changes concern clients of another directory that no policy names, too.
    pub other_clients: usize,
}

/// The effects of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct KindSummary {
    /// The kind ([`Effect::kind`]).
    pub kind: &'static str,
    /// How many changes have an effect of it.
    pub changes: usize,
    /// The first few of them, as sentences about this effect alone.
    pub first: Vec<String>,
}

/// The changes that concern one client.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct ClientSummary {
    /// The client's id.
    pub client: String,
    /// How many changes concern it.
    pub changes: usize,
    /// How many of them have an effect of each kind.
    pub kinds: BTreeMap<&'static str, usize>,
}

impl Diff {
    /// Counts the changes; of each kind the first `examples` are spelt out.
    pub fn summary(&self, examples: usize) -> Summary {
        let mut summary =
            Summary { changes: self.changes.len(), undecided: self.undecided.len(), ..Summary::default() };
        for changes in self.changes.chunk_by(|a, b| a.server == b.server) {
            summary.servers.push(server(changes, examples));
        }
        summary
    }
}

fn server(changes: &[Change], examples: usize) -> ServerSummary {
    let mut found = ServerSummary {
        server: changes.first().map(|change| change.server.clone()).unwrap_or_default(),
        changes: changes.len(),
        other_clients: changes.iter().filter(|change| change.other_clients).count(),
        ..ServerSummary::default()
    };
    let mut kinds: BTreeMap<usize, KindSummary> = BTreeMap::new();
    let mut clients: BTreeMap<&ClientId, (usize, [usize; Effect::KINDS.len()])> = BTreeMap::new();
    for change in changes {
        let mut has = [false; Effect::KINDS.len()];
        for effect in change.effects.iter() {
            let Some(place) = Effect::KINDS.iter().position(|kind| *kind == effect.kind()) else { continue };
            let kind = kinds
                .entry(place)
                .or_insert_with(|| KindSummary { kind: effect.kind(), ..KindSummary::default() });
            if let Some(has) = has.get_mut(place).filter(|has| !**has) {
                *has = true;
                kind.changes = kind.changes.saturating_add(1);
                if kind.first.len() < examples {
                    kind.first.push(format!("{}{effect}", show::whose(change)));
                }
            }
        }
        for client in &change.clients {
            let (all, by_kind) = clients.entry(client).or_default();
            *all = all.saturating_add(1);
            for (count, has) in by_kind.iter_mut().zip(has) {
                *count = count.saturating_add(usize::from(has));
            }
        }
    }
    found.kinds = kinds.into_values().collect();
    let by_client = clients.into_iter().map(|(client, (changes, counts))| ClientSummary {
        client: client.to_string(),
        changes,
        kinds: Effect::KINDS.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect(),
    });
    found.clients = by_client.collect();
    found.clients.sort_by(|a, b| b.changes.cmp(&a.changes).then_with(|| a.client.cmp(&b.client)));
    found
}

/// The counts, and of clients the first few.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 10;
        write!(f, "{} change{}, {} undecided", self.changes, plural(self.changes), self.undecided)?;
        for server in &self.servers {
            write!(
                f,
                "\n{}: {} change{}",
                show::server(&server.server),
                server.changes,
                plural(server.changes)
            )?;
            for kind in &server.kinds {
                write!(f, "\n  {} {}", kind.changes, kind.kind)?;
                for example in &kind.first {
                    write!(f, "\n    {example}")?;
                }
                let rest = kind.changes.saturating_sub(kind.first.len());
                if rest > 0 && !kind.first.is_empty() {
                    write!(f, "\n    and {rest} more")?;
                }
            }
            let others = usize::from(server.other_clients > 0);
            let count = server.clients.len().saturating_add(others);
            write!(f, "\n  {count} client{} concerned", plural(count))?;
            for client in server.clients.iter().take(MOST) {
                let kinds: Vec<String> =
                    client.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
                write!(f, "\n    {} {}: {}", client.changes, quoted(&client.client), kinds.join(", "))?;
            }
            if server.other_clients > 0 {
                write!(f, "\n    {} any client that no policy names", server.other_clients)?;
            }
            let rest = server.clients.len().saturating_sub(MOST);
            if rest > 0 {
                write!(f, "\n    and {rest} more")?;
            }
        }
        Ok(())
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

//! Claims by definition, before and after.
//!
//! What token policies make of claims is in `customized`.

use std::collections::BTreeMap;

use super::super::bits::Bits;
use super::compare::Side;
use super::facts::{ClaimDefinition, Token};
use super::half::{Half, Universe};
use crate::model::{ClaimSource, CompiledClaim, GroupFilter};

/// The claims of one server in both organisations.
pub(super) struct Claims {
    pairs: Vec<ClaimPair>,
}

pub(super) struct ClaimPair {
    pub(super) in_id_tokens: bool,
    pub(super) before: Option<ClaimSide>,
    pub(super) after: Option<ClaimSide>,
}

pub(super) struct ClaimSide {
    pub(super) definition: ClaimDefinition,
    scopes: Bits,
    /// ID tokens are for requests with `openid`.
    openid: Option<usize>,
    listed: bool,
}

impl ClaimSide {
    /// Whether tokens that the rule grants can carry the claim.
    pub(super) fn is_for(&self, side: &Side) -> bool {
        let token = match self.definition.token {
            Token::Access => true,
            Token::Id => self.openid.is_some_and(|openid| side.scopes.contains(openid)),
        };
        token && (self.scopes.is_empty() || self.scopes.meets(&side.scopes))
    }
}

impl Claims {
    pub(super) fn new(before: &Half<'_, '_>, after: &Half<'_, '_>, universe: &Universe) -> Self {
        let mut pairs: BTreeMap<(Token, String), ClaimPair> = BTreeMap::new();
        for (half, is_after) in [(before, false), (after, true)] {
            for side in sides(half, universe) {
                let token = side.definition.token;
                let pair = pairs.entry((token, side.definition.name.clone())).or_insert(ClaimPair {
                    in_id_tokens: token == Token::Id,
                    before: None,
                    after: None,
                });
                *(if is_after { &mut pair.after } else { &mut pair.before }) = Some(side);
            }
        }
        // What every server has without being told follows from the scopes.
        let is_plain = |pair: &ClaimPair| match (&pair.before, &pair.after) {
            (Some(before), Some(after)) => {
                !before.listed && !after.listed && before.definition == after.definition
            }
            (Some(side), None) | (None, Some(side)) => {
                !side.listed && (before.view.is_none() || after.view.is_none())
            }
            (None, None) => true,
        };
        Self { pairs: pairs.into_values().filter(|pair| !is_plain(pair)).collect() }
    }

    /// The claims to compare: where the rules are the same, those whose definitions are not.
    pub(super) fn of(&self, same_rules: bool) -> impl Iterator<Item = &ClaimPair> {
        let definition = |side: &Option<ClaimSide>| side.as_ref().map(|side| side.definition.clone());
        self.pairs
            .iter()
            .filter(move |pair| !same_rules || definition(&pair.before) != definition(&pair.after))
    }
}

fn sides(half: &Half<'_, '_>, universe: &Universe) -> Vec<ClaimSide> {
    let Some(view) = half.view else { return Vec::new() };
    let server = view.server;
    let kinds = [(&server.access_claims[..], Token::Access), (&server.id_claims[..], Token::Id)];
    let side = |(claim, token): (&CompiledClaim, Token)| {
        let scopes = universe.translate(view, claim.scopes.iter().map(|scope| *scope as usize));
        ClaimSide {
            definition: ClaimDefinition {
                token,
                name: claim.name().to_owned(),
                value: value(&claim.source),
                scopes: universe.names(&scopes),
                always_include: claim.always_include,
            },
            scopes,
            openid: universe.number("openid"),
            listed: claim.at.is_some(),
        }
    };
    kinds
        .into_iter()
        .flat_map(|(claims, token)| claims.iter().map(move |claim| (claim, token)))
        .map(side)
        .collect()
}

fn value(source: &ClaimSource) -> String {
    match source {
        ClaimSource::Expression(program) => program.source().to_owned(),
        ClaimSource::Groups(filter) => groups(filter),
        ClaimSource::System => "system".to_owned(),
    }
}

pub(super) fn groups(filter: &GroupFilter) -> String {
    match filter {
        GroupFilter::StartsWith(text) => format!("groups that start with {text:?}"),
        GroupFilter::Equals(text) => format!("groups called {text:?}"),
        GroupFilter::Contains(text) => format!("groups that contain {text:?}"),
        GroupFilter::Regex(pattern) => format!("groups that match {:?}", bare(pattern.as_str())),
    }
}

/// Without what the compiler puts around a pattern.
fn bare(pattern: &str) -> &str {
    pattern.strip_prefix("\\A(?:").and_then(|rest| rest.strip_suffix(")\\z")).unwrap_or(pattern)
}

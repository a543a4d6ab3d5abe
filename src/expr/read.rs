//! Reading the inputs.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::error::{ErrorKind, Fallible, Fault, Span};
use super::eval::{Cx, Eval};
use super::input::{AppUser, User};
use super::node::{Attribute, Read, Source};
use super::value::{Object, Val, timed};

impl Attribute {
    #[inline]
    pub(super) fn eval<'a>(&'a self, cx: &Cx<'_, 'a>) -> Eval<'a> {
        match &cx.inputs.user {
            Some(user) => Ok(user.attribute(&self.name)),
            None if self.safe => Ok(Val::Null),
            None => Err(no_user(self.span)),
        }
    }
}

#[cold]
fn no_user(span: Span) -> Box<Fault> {
    Fault::new(ErrorKind::NullOperand, "there is no user: `user` is null").for_missing_user().at(span)
}

impl Read {
    #[inline(never)]
    pub(super) fn eval<'a>(&'a self, cx: &Cx<'_, 'a>) -> Eval<'a> {
        let inputs = cx.inputs;
        Ok(match &self.source {
            Source::User => inputs.user.map_or(Val::Null, |user| Val::Object(Object::User(Box::new(user)))),
            Source::UserProfile => match self.user(cx)? {
                Some(user) => user.profile.map_or(EMPTY, |profile| Val::Object(Object::Json(profile))),
                None => Val::Null,
            },
            Source::UserOwn(name) => match self.user(cx)? {
                Some(user) => match user.own(name) {
                    Some(text) => timed(name, Val::text(text)),
                    None => user.attribute(name),
                },
                None => Val::Null,
            },
            Source::UserGroups => match self.user(cx)? {
                Some(user) => match user.profile.and_then(|profile| profile.get("groups")) {
                    Some(attribute) => Val::json(attribute),
                    None => Val::List(inputs.groups.into()),
                },
                None => Val::Null,
            },
            Source::AppUser => match inputs.app_user {
                AppUser::Known(profile) => Val::Object(Object::Json(profile)),
                AppUser::Unknown => EMPTY,
                AppUser::Nobody => Val::Null,
            },
            Source::AppUserAttribute(name) => match inputs.app_user {
                AppUser::Known(profile) => Val::maybe_json(profile.get(name.as_ref())),
                AppUser::Unknown => Val::Null,
                AppUser::Nobody if self.safe => Val::Null,
                AppUser::Nobody => {
                    let fault = Fault::new(ErrorKind::NullOperand, "there is no app user: `appuser` is null");
                    return Err(fault.for_missing_user().at(self.span));
                }
            },
            Source::App => named([
                ("id", Val::optional(inputs.app.id)),
                ("clientId", Val::optional(inputs.app.client_id)),
                ("profile", Val::maybe_json(inputs.app.profile)),
            ]),
            Source::AppId => Val::optional(inputs.app.id),
            Source::AppClientId => Val::optional(inputs.app.client_id),
            Source::AppProfile => Val::maybe_json(inputs.app.profile),
            Source::AppSetting(name) => {
                Val::maybe_json(inputs.app.settings.and_then(|settings| settings.get(name.as_ref())))
            }
            Source::Session => named([
                ("id", Val::optional(inputs.session.id)),
                ("amr", inputs.session.amr.map_or(Val::Null, |amr| Val::List(amr.into()))),
            ]),
            Source::SessionId => Val::optional(inputs.session.id),
            Source::SessionAmr => inputs.session.amr.map_or(Val::Null, |amr| Val::List(amr.into())),
            Source::Access => {
                named([("scope", inputs.scopes.map_or(Val::Null, |scopes| Val::List(scopes.into())))])
            }
            Source::AccessScope => inputs.scopes.map_or(Val::Null, |scopes| Val::List(scopes.into())),
            Source::Token => named([("claims", claims(cx))]),
            Source::TokenClaims => claims(cx),
            Source::Org => object(inputs.org),
            Source::IdpUser => object(inputs.idp_user),
            Source::From => object(inputs.source),
            Source::Device => object(inputs.device),
            Source::Security => object(inputs.security),
            Source::Login => object(inputs.login),
            Source::AccessRequest => object(inputs.access_request),
            Source::Password => object(inputs.password),
            Source::Event => object(inputs.event),
            Source::Variable(name) => {
                match inputs.variables.and_then(|variables| variables.get(name.as_ref())) {
                    Some(value) => Val::json(value),
                    None => {
                        let message = format!("the variable `{name}` has no value here");
                        return Err(Fault::new(ErrorKind::UnknownProperty, message).at(self.span));
                    }
                }
            }
            Source::Group => cx.group.map_or(Val::Null, Val::Group),
        })
    }

    /// The user; nothing if there is none and the link is safe.
    fn user<'i, 'a>(&self, cx: &Cx<'i, 'a>) -> Fallible<Option<&'i User<'a>>> {
        match &cx.inputs.user {
            Some(user) => Ok(Some(user)),
            None if self.safe => Ok(None),
            None => Err(no_user(self.span)),
        }
    }
}

const EMPTY: Val<'static> = Val::Object(Object::Slice(&[]));

/// A root that is not given is an object without properties.
fn object<'a>(root: Option<&'a Json>) -> Val<'a> {
    root.map_or(EMPTY, Val::json)
}

fn claims<'a>(cx: &Cx<'_, 'a>) -> Val<'a> {
    cx.inputs.token_claims.map_or(EMPTY, |claims| Val::Object(Object::Json(claims)))
}

fn named<'a, const N: usize>(entries: [(&'static str, Val<'a>); N]) -> Val<'a> {
    let known = entries.into_iter().filter(|(_, value)| !matches!(value, Val::Null));
    Val::Object(Object::Entries(known.map(|(name, value)| (Cow::Borrowed(name), value)).collect()))
}

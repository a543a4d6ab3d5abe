//! Names: parameters, elements, roots and their properties.

use super::*;
use crate::expr::context::Root;
use crate::expr::functions;
use crate::expr::reads::Input;
use crate::expr::suggest::nearest;
use crate::expr::value::USER_PROPERTIES;

/// What a path has led to so far.
pub(super) enum Base {
    Value(Node, Ty),
    /// A root, of which the next link takes something.
    Root(RootAt),
    /// `user.profile`, from where it stands.
    UserProfile(RootAt),
}

/// A root and where it stands.
#[derive(Clone, Copy)]
pub(super) struct RootAt {
    pub(super) root: Root,
    pub(super) span: Span,
    /// `user?.profile` lets a missing user pass.
    pub(super) safe: bool,
}

impl<'s> Compile<'_, 's> {
    /// What a name means where it stands.
    #[inline(never)]
    pub(super) fn name(&mut self, name: &'s str, span: Span) -> Base {
        if let Some(distance) = self.parameter(name) {
            return Base::Value(Node::Local(distance), Ty::ANY);
        }
        if let Some(distance) = self.element() {
            let (on, safe, name) = (Node::Local(distance), false, name.into());
            let property =
                Property { on, name, safe, through_lists: self.compiler.lists_have_properties(), span };
            return Base::Value(Node::Property(Box::new(property)), Ty::ANY);
        }
        match Root::named(name) {
            None if self.compiler.variables.contains(name) => self.variable(name, span),
            Some(Root::Group) if self.nested => Base::Value(read(Source::Group, span, false), Ty::GROUP),
            Some(_) if self.nested => {
                let message = format!("`{name}` is not available in a group expression, only `group` is");
                self.error(Fault::new(ErrorKind::ContextNotAllowed, message).at(span));
                Base::Value(FAILED.0, FAILED.1)
            }
            Some(Root::Group) => {
                let message = "`group` exists only in the expression string of `getFilteredGroups`";
                self.error(Fault::new(ErrorKind::ContextNotAllowed, message).at(span));
                Base::Value(FAILED.0, FAILED.1)
            }
            Some(root) => {
                if !root.usages().allow(self.compiler.usage) {
                    let message = format!("`{name}` is not available in {}", self.compiler.usage.describe());
                    self.error(Fault::new(ErrorKind::ContextNotAllowed, message).at(span));
                }
                Base::Root(RootAt { root, span, safe: false })
            }
            None => {
                let known = Root::ALL.iter().map(|(name, _)| *name).filter(|name| *name != "group");
                let known = known.chain(self.compiler.variables.names());
                let parameters = self.scopes.iter().filter_map(|binding| match binding {
                    Binding::Parameter(name) => Some(*name),
                    Binding::Element => None,
                });
                let hint = match functions::class_named(name) {
                    Some(class) => {
                        format!(": `{class}` has functions only, such as `{class}.{}(…)`", first_of(class))
                    }
                    None => did_you_mean(nearest(name, known.chain(parameters))),
                };
                self.error(
                    Fault::new(ErrorKind::UnknownProperty, format!("unknown name `{name}`{hint}")).at(span),
                );
                Base::Value(FAILED.0, FAILED.1)
            }
        }
    }

    /// How far out the parameter of a name is.
    pub(super) fn parameter(&self, name: &str) -> Option<u16> {
        let found = |binding: &Binding<'_>| matches!(binding, Binding::Parameter(known) if *known == name);
        self.scopes.iter().rev().position(found).and_then(|distance| u16::try_from(distance).ok())
    }

    /// How far out the nearest element of a projection or selection is.
    pub(super) fn element(&self) -> Option<u16> {
        let found = |binding: &Binding<'_>| matches!(binding, Binding::Element);
        self.scopes.iter().rev().position(found).and_then(|distance| u16::try_from(distance).ok())
    }

    fn variable(&mut self, name: &str, span: Span) -> Base {
        let usage = self.compiler.usage;
        let forbidden = self.nested
            || matches!(usage, Usage::Claim | Usage::AppSignInPolicy | Usage::TokenPolicy)
            || usage == Usage::GroupRule && name.ends_with("_app");
        if forbidden {
            let message = format!("`{name}` is not available in {}", usage.describe());
            self.error(Fault::new(ErrorKind::ContextNotAllowed, message).at(span));
        }
        self.reads.add(Reads::of(&[Input::Variables]));
        Base::Value(read(Source::Variable(name.into()), span, false), Ty::DATA)
    }

    /// A path's end as a value.
    pub(super) fn finish(&mut self, base: Base) -> Typed {
        let (RootAt { root, span, safe }, profile) = match base {
            Base::Value(node, ty) => return (node, ty),
            Base::Root(at) => (at, false),
            Base::UserProfile(at) => (at, true),
        };
        let (source, input, ty) = match root {
            Root::User if profile => (Source::UserProfile, Input::User, Ty::OBJECT),
            Root::User => (Source::User, Input::User, Ty::OBJECT.or(Ty::NULL)),
            Root::App => (Source::App, Input::App, Ty::OBJECT),
            Root::AppUser => (Source::AppUser, Input::AppUser, Ty::OBJECT.or(Ty::NULL)),
            Root::Session => (Source::Session, Input::Session, Ty::OBJECT),
            Root::Access => (Source::Access, Input::Scopes, Ty::OBJECT),
            Root::Token => (Source::Token, Input::TokenClaims, Ty::OBJECT),
            Root::Group => (Source::Group, Input::Groups, Ty::GROUP),
            Root::Org => (Source::Org, Input::Org, Ty::DATA),
            Root::IdpUser => (Source::IdpUser, Input::IdpUser, Ty::DATA),
            Root::Source => (Source::From, Input::Source, Ty::DATA),
            Root::Device => (Source::Device, Input::Device, Ty::DATA),
            Root::Security => (Source::Security, Input::Security, Ty::DATA),
            Root::Login => (Source::Login, Input::Login, Ty::DATA),
            Root::AccessRequest => (Source::AccessRequest, Input::AccessRequest, Ty::DATA),
            Root::Password => (Source::Password, Input::Password, Ty::DATA),
            Root::Event => (Source::Event, Input::Event, Ty::DATA),
        };
        self.reads.add(Reads::of(&[input]));
        (read(source, span, safe), ty.or_null(safe))
    }

    /// `root.name` or `root['name']`.
    #[inline(never)]
    pub(super) fn root_property(&mut self, at: RootAt, name: &str, link: &Link<'s>) -> Base {
        let (span, safe) = (link.span, link.safe || at.safe);
        let (source, input, ty) = match (at.root, name) {
            (Root::User, "profile") => return Base::UserProfile(RootAt { span, safe, ..at }),
            (Root::User, "groups") => {
                self.reads.add(Reads::of(&[Input::Groups]));
                (Source::UserGroups, Input::User, Ty::ANY)
            }
            (Root::User, name) if USER_PROPERTIES.contains(&name) => {
                self.own_property(name, span);
                (Source::UserOwn(name.into()), Input::User, Ty::ANY)
            }
            (Root::User, name) => return self.attribute(name, span, safe),
            (Root::App, "id") => (Source::AppId, Input::App, Ty::TEXT.or(Ty::NULL)),
            (Root::App, "clientId") => (Source::AppClientId, Input::App, Ty::TEXT.or(Ty::NULL)),
            (Root::App, "profile") => (Source::AppProfile, Input::App, Ty::DATA),
            (Root::App, name) => {
                if matches!(self.compiler.usage, Usage::Claim | Usage::TokenPolicy) {
                    let hint = did_you_mean(nearest(name, ["id", "clientId", "profile"].into_iter()));
                    let message = format!(
                        "`app` has no `{name}` in a claim, only `id`, `clientId` and `profile`{hint}"
                    );
                    self.error(Fault::new(ErrorKind::UnknownProperty, message).at(span));
                }
                (Source::AppSetting(name.into()), Input::App, Ty::DATA)
            }
            (Root::AppUser, name) => (Source::AppUserAttribute(name.into()), Input::AppUser, Ty::DATA),
            (Root::Session, "id") => (Source::SessionId, Input::Session, Ty::TEXT.or(Ty::NULL)),
            (Root::Session, "amr") => (Source::SessionAmr, Input::Session, Ty::LIST.or(Ty::NULL)),
            (Root::Access, "scope") => (Source::AccessScope, Input::Scopes, Ty::LIST.or(Ty::NULL)),
            (Root::Token, "claims") => (Source::TokenClaims, Input::TokenClaims, Ty::OBJECT),
            (Root::Device, name) if self.compiler.usage == Usage::Claim && name != "profile" => {
                let message =
                    format!("`device.{name}` is not available in a claim, only `device.profile` is");
                self.error(Fault::new(ErrorKind::ContextNotAllowed, message).at(span));
                return Base::Value(FAILED.0, FAILED.1);
            }
            _ => {
                let on = self.finish(Base::Root(at));
                let (node, ty) = self.value_link(on, link, at.span);
                return Base::Value(node, ty);
            }
        };
        self.reads.add(Reads::of(&[input]));
        Base::Value(read(source, span, safe), ty.or_null(safe))
    }

    /// What Okta keeps of a user beside the profile; group rules do not see it.
    fn own_property(&mut self, name: &str, span: Span) {
        let attribute = self.compiler.schema.as_ref().is_some_and(|schema| schema.contains(name));
        if self.compiler.usage == Usage::GroupRule && name != "realmId" && !attribute {
            let message = format!("`user.{name}` is not available in a group rule");
            self.error(Fault::new(ErrorKind::ContextNotAllowed, message).at(span));
        }
    }

    /// `user.profile.name` or `user.profile['name']`.
    pub(super) fn profile_attribute(&mut self, name: &str, link: &Link<'s>, at: RootAt) -> Base {
        self.attribute(name, link.span, link.safe || at.safe)
    }

    fn attribute(&mut self, name: &str, span: Span, safe: bool) -> Base {
        if let Some(schema) = &self.compiler.schema
            && !schema.contains(name)
        {
            let hint = did_you_mean(nearest(name, schema.names()));
            let message = format!("the profile has no attribute `{name}`{hint}");
            self.error(Fault::new(ErrorKind::UnknownProperty, message).at(span));
        }
        self.reads.add(Reads::of(&[Input::User]));
        Base::Value(Node::Attribute(Box::new(Attribute { name: name.into(), safe, span })), Ty::DATA)
    }
}

pub(super) fn read(source: Source, span: Span, safe: bool) -> Node {
    Node::Read(Box::new(Read { source, safe, span }))
}

pub(super) fn did_you_mean(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}

/// The first function of a class, as an example.
fn first_of(class: &str) -> &'static str {
    let usage = functions::functions().find(|function| function.usage().starts_with(class));
    usage.map_or("", |function| function.name())
}

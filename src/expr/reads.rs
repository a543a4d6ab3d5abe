//! Which inputs a program reads, so that a caller loads only those.

/// One kind of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u32)]
pub enum Input {
    /// The user: profile, id, status and times.
    User = 1,
    /// The user's groups.
    Groups = 1 << 1,
    /// The user's profile in the app.
    AppUser = 1 << 2,
    /// The app.
    App = 1 << 3,
    /// The organisation.
    Org = 1 << 4,
    /// The session.
    Session = 1 << 5,
    /// The granted scopes.
    Scopes = 1 << 6,
    /// The user as an identity provider sent it.
    IdpUser = 1 << 7,
    /// The user in the app that is read from.
    Source = 1 << 8,
    /// The device.
    Device = 1 << 9,
    /// Risk level and behaviours.
    Security = 1 << 10,
    /// The identifier that was typed.
    Login = 1 << 11,
    /// The access request.
    AccessRequest = 1 << 12,
    /// The password.
    Password = 1 << 13,
    /// The event.
    Event = 1 << 14,
    /// Declared variables.
    Variables = 1 << 15,
    /// The claims in the token so far.
    TokenClaims = 1 << 16,
    /// Users linked to the user (`user.getLinkedObject`).
    LinkedUsers = 1 << 17,
    /// The user's manager (`getManagerUser`, `getManagerAppUser`).
    Manager = 1 << 18,
    /// The user's assistant (`getAssistantUser`, `getAssistantAppUser`).
    Assistant = 1 << 19,
    /// The user's Active Directory assignments.
    DirectoryUsers = 1 << 20,
    /// The user's Workday assignments.
    WorkdayUsers = 1 << 21,
    /// The time.
    Now = 1 << 22,
    /// The flow.
    Flow = 1 << 23,
}

impl Input {
    const ALL: [Input; 24] = [
        Input::User,
        Input::Groups,
        Input::AppUser,
        Input::App,
        Input::Org,
        Input::Session,
        Input::Scopes,
        Input::IdpUser,
        Input::Source,
        Input::Device,
        Input::Security,
        Input::Login,
        Input::AccessRequest,
        Input::Password,
        Input::Event,
        Input::Variables,
        Input::TokenClaims,
        Input::LinkedUsers,
        Input::Manager,
        Input::Assistant,
        Input::DirectoryUsers,
        Input::WorkdayUsers,
        Input::Now,
        Input::Flow,
    ];
}

/// The inputs that a program may read; nothing else changes its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads(u32);

impl Reads {
    pub(super) const NONE: Reads = Reads(0);

    pub(super) const fn of(inputs: &[Input]) -> Reads {
        let mut bits = 0;
        let mut rest = inputs;
        while let [first, others @ ..] = rest {
            bits |= *first as u32;
            rest = others;
        }
        Reads(bits)
    }

    /// The inputs, in the order of [`Input`].
    pub fn iter(self) -> impl Iterator<Item = Input> {
        Input::ALL.into_iter().filter(move |input| self.contains(*input))
    }

    /// Whether the program may read this input.
    pub const fn contains(self, input: Input) -> bool {
        self.0 & input as u32 != 0
    }

    /// Whether the value is the same whatever the inputs are.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What either of two programs reads.
    #[must_use]
    pub const fn union(self, other: Reads) -> Reads {
        Reads(self.0 | other.0)
    }

    pub(super) fn add(&mut self, other: Reads) {
        self.0 |= other.0;
    }
}

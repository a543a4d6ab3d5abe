//! What is known of a value before it exists: the set of kinds it may have.

/// A set of kinds of values; the compiler refuses what no member of the set can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ty(u16);

impl Ty {
    pub(super) const NULL: Ty = Ty(1);
    pub(super) const BOOL: Ty = Ty(1 << 1);
    pub(super) const INT: Ty = Ty(1 << 2);
    pub(super) const DOUBLE: Ty = Ty(1 << 3);
    pub(super) const TEXT: Ty = Ty(1 << 4);
    pub(super) const LIST: Ty = Ty(1 << 5);
    pub(super) const OBJECT: Ty = Ty(1 << 6);
    pub(super) const GROUP: Ty = Ty(1 << 7);
    pub(super) const TIME: Ty = Ty(1 << 8);
    pub(super) const COUNTRY: Ty = Ty(1 << 9);
    /// A group that behaves as its name. Nothing is known to be one: such groups come out of lists only.
    pub(super) const NAME: Ty = Ty(1 << 10);

    pub(super) const NUMBER: Ty = Ty::INT.or(Ty::DOUBLE);
    /// What JSON can hold.
    pub(super) const DATA: Ty = Ty::NULL.or(Ty::BOOL).or(Ty::NUMBER).or(Ty::TEXT).or(Ty::LIST).or(Ty::OBJECT);
    pub(super) const ANY: Ty = Ty(u16::MAX);
    /// What a condition may be: the texts `true` and `false` count.
    pub(super) const CONDITION: Ty = Ty::BOOL.or(Ty::TEXT);
    /// What converts to text.
    pub(super) const PRINTABLE: Ty =
        Ty::BOOL.or(Ty::NUMBER).or(Ty::TEXT).or(Ty::LIST).or(Ty::TIME).or(Ty::COUNTRY);

    pub(super) const fn or(self, other: Ty) -> Ty {
        Ty(self.0 | other.0)
    }

    /// The same or null, if that is so.
    pub(super) const fn or_null(self, nullable: bool) -> Ty {
        if nullable { self.or(Ty::NULL) } else { self }
    }

    /// Whether a value of this type may be of the other.
    pub(super) const fn may_be(self, other: Ty) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn without(self, other: Ty) -> Ty {
        Ty(self.0 & !other.0)
    }

    /// What to call it in a message.
    pub(super) fn describe(self) -> &'static str {
        match self.without(Ty::NULL) {
            Ty(0) => "null",
            Ty::BOOL => "a boolean",
            Ty::INT | Ty::DOUBLE | Ty::NUMBER => "a number",
            Ty::TEXT => "a text",
            Ty::LIST => "a list",
            Ty::OBJECT => "an object",
            Ty::GROUP => "a group",
            Ty::TIME => "a time",
            Ty::COUNTRY => "a country",
            _ => "a value",
        }
    }

    /// The same as the name of a type, in signatures.
    pub(super) fn name(self) -> &'static str {
        match self.without(Ty::NULL) {
            Ty::BOOL => "Boolean",
            Ty::INT => "Integer",
            Ty::DOUBLE | Ty::NUMBER => "Number",
            Ty::TEXT => "Text",
            Ty::LIST => "List",
            Ty::OBJECT => "Object",
            Ty::GROUP => "Group",
            Ty::TIME => "DateTime",
            Ty::COUNTRY => "CountryCode",
            _ => "Value",
        }
    }
}

//! Random programs for the comparison with the reference evaluator.
//!
//! The tree is the test's own. It knows nothing of the library's parser, so what the two make of the same text
//! is compared as well. Most programs are well typed; now and then a part of another type slips in.

mod print;

pub(super) use print::print;

use super::reference::V;

#[derive(Clone, Debug)]
pub(super) enum Node {
    Literal(V),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    /// A root object, a lambda's parameter, or a property of the element in a projection.
    Name(String),
    Property(Box<Node>, Safe, String),
    Index(Box<Node>, Box<Node>),
    Method(Box<Node>, Safe, &'static str, Vec<Node>),
    /// `String.len(x)`
    Call(&'static str, Vec<Node>),
    Project(Box<Node>, Safe, Box<Node>),
    /// `?`, `^` or `$`
    Select(Box<Node>, char, Box<Node>),
    Prefix(char, Box<Node>),
    Infix(&'static str, Box<Node>, Box<Node>),
    Ternary(Box<[Node; 3]>),
    Elvis(Box<[Node; 2]>),
    Lambda(String, Box<Node>),
}

/// Whether a link is written `?.`.
pub(super) type Safe = bool;

/// A small, fast and repeatable source of randomness (SplitMix64).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// True once in `n` times.
    fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Type {
    Null,
    Bool,
    Int,
    Real,
    Text,
    Texts,
    Ints,
    Groups,
    Maps,
}

const TYPES: [Type; 9] = [
    Type::Null,
    Type::Bool,
    Type::Int,
    Type::Real,
    Type::Text,
    Type::Texts,
    Type::Ints,
    Type::Groups,
    Type::Maps,
];

/// What names mean at a place in the program.
#[derive(Clone, Default)]
struct Scope {
    /// In a projection or selection the element is the root: no `user`, but its properties.
    element: Option<Type>,
    /// Lambda parameters, the innermost last.
    parameters: Vec<(String, Type)>,
}

pub(super) struct Generator {
    pub(super) random: Random,
}

impl Generator {
    pub(super) fn program(&mut self) -> Node {
        let wanted = *self.random.pick(&TYPES);
        let depth = 1 + self.random.below(5);
        self.node(wanted, depth, &Scope::default())
    }

    fn node(&mut self, wanted: Type, depth: usize, scope: &Scope) -> Node {
        if self.random.once_in(25) {
            let other = *self.random.pick(&TYPES);
            return self.of_type(other, depth, scope);
        }
        self.of_type(wanted, depth, scope)
    }

    fn of_type(&mut self, wanted: Type, depth: usize, scope: &Scope) -> Node {
        if depth == 0 {
            return self.leaf(wanted, scope);
        }
        match self.random.below(8) {
            0 | 1 => self.leaf(wanted, scope),
            2 => {
                let condition = self.node(Type::Bool, depth - 1, scope);
                let (a, b) = (self.node(wanted, depth - 1, scope), self.node(wanted, depth - 1, scope));
                Node::Ternary(Box::new([condition, a, b]))
            }
            3 if self.random.once_in(2) => {
                let (a, b) = (self.node(wanted, depth - 1, scope), self.node(wanted, depth - 1, scope));
                Node::Elvis(Box::new([a, b]))
            }
            _ => self.operation(wanted, depth - 1, scope),
        }
    }

    fn leaf(&mut self, wanted: Type, scope: &Scope) -> Node {
        if let Some((name, kind)) = scope.parameters.last()
            && *kind == wanted
            && self.random.once_in(2)
        {
            return Node::Name(name.clone());
        }
        if let Some(element) = scope.element {
            return self.leaf_of_element(element, wanted);
        }
        let user = |name: &str| Node::Property(Box::new(Node::Name("user".into())), false, name.into());
        let profile = |name: &str| {
            let profile = Node::Property(Box::new(Node::Name("user".into())), false, "profile".into());
            Node::Property(Box::new(profile), false, name.into())
        };
        let app = |name: &str| {
            let profile = Node::Property(Box::new(Node::Name("app".into())), false, "profile".into());
            Node::Property(Box::new(profile), false, name.into())
        };
        let choice = self.random.below(4);
        match (wanted, choice) {
            (Type::Null, 0) => user("nothing"),
            (Type::Bool, 0) => user("active"),
            (Type::Int, 0) => user("age"),
            (Type::Real, 0) => user("ratio"),
            (Type::Text, 0) => user(["login", "department", "empty", "csv", "number"][self.random.below(5)]),
            (Type::Text, 1) => profile(["login", "department", "emoji"][self.random.below(3)]),
            (Type::Text, 2) => app("label"),
            (Type::Texts, 0) => user("colors"),
            (Type::Texts, 1) => app("names"),
            (Type::Ints, 0) => user("numbers"),
            (Type::Groups, _) => user("groups"),
            (Type::Maps, _) => app("rows"),
            _ => self.literal(wanted),
        }
    }

    fn leaf_of_element(&mut self, element: Type, wanted: Type) -> Node {
        let name = |name: &str| Node::Name(name.into());
        match (element, wanted) {
            (Type::Groups, Type::Text) => name(["name", "id", "type"][self.random.below(3)]),
            (Type::Maps, Type::Text) => name("text"),
            (Type::Maps, Type::Int) => name("number"),
            (Type::Maps, Type::Null) => name("absent"),
            _ => self.literal(wanted),
        }
    }

    fn literal(&mut self, wanted: Type) -> Node {
        let random = &mut self.random;
        let text = |random: &mut Random| Node::Literal(V::Text((*random.pick(TEXTS)).into()));
        let int = |random: &mut Random| Node::Literal(V::Int(*random.pick(INTS)));
        let count = random.below(4);
        match wanted {
            Type::Null => Node::Literal(V::Null),
            Type::Bool => Node::Literal(V::Bool(random.once_in(2))),
            Type::Int => int(random),
            Type::Real => Node::Literal(V::Real(*random.pick(REALS))),
            Type::Text => text(random),
            Type::Texts => Node::List((0..count).map(|_| text(random)).collect()),
            Type::Ints => Node::List((0..count).map(|_| int(random)).collect()),
            Type::Groups => Node::List(vec![]),
            Type::Maps => Node::List(
                (0..count)
                    .map(|_| Node::Map(vec![("text".into(), text(random)), ("number".into(), int(random))]))
                    .collect(),
            ),
        }
    }

    fn operation(&mut self, wanted: Type, depth: usize, scope: &Scope) -> Node {
        match wanted {
            Type::Null => self.leaf(Type::Null, scope),
            Type::Bool => self.boolean(depth, scope),
            Type::Int => self.int(depth, scope),
            Type::Real => self.real(depth, scope),
            Type::Text => self.text(depth, scope),
            Type::Texts => self.texts(depth, scope),
            Type::Ints => self.ints(depth, scope),
            Type::Groups | Type::Maps => self.same_kind(wanted, depth, scope),
        }
    }

    fn boxed(&mut self, wanted: Type, depth: usize, scope: &Scope) -> Box<Node> {
        Box::new(self.node(wanted, depth, scope))
    }

    fn method(&mut self, on: Type, name: &'static str, with: &[Type], depth: usize, scope: &Scope) -> Node {
        let receiver = self.boxed(on, depth, scope);
        let safe = self.random.once_in(8);
        Node::Method(receiver, safe, name, with.iter().map(|kind| self.node(*kind, depth, scope)).collect())
    }

    fn call(&mut self, name: &'static str, with: &[Type], depth: usize, scope: &Scope) -> Node {
        Node::Call(name, with.iter().map(|kind| self.node(*kind, depth, scope)).collect())
    }

    fn boolean(&mut self, depth: usize, scope: &Scope) -> Node {
        use Type::*;
        match self.random.below(18) {
            0..=2 => {
                let operator = *self.random.pick(&["&&", "||"]);
                Node::Infix(operator, self.boxed(Bool, depth, scope), self.boxed(Bool, depth, scope))
            }
            3 => Node::Prefix('!', self.boxed(Bool, depth, scope)),
            4..=6 => {
                let operator = *self.random.pick(&["==", "!=", "<", "<=", ">", ">="]);
                let kind = *self.random.pick(&[Int, Real, Text, Text, Null, Bool, Texts, Ints]);
                let other =
                    if self.random.once_in(4) { *self.random.pick(&[Int, Real, Null, Text]) } else { kind };
                Node::Infix(operator, self.boxed(kind, depth, scope), self.boxed(other, depth, scope))
            }
            7 => {
                let pattern = Node::Literal(V::Text((*self.random.pick(PATTERNS)).into()));
                Node::Infix("matches", self.boxed(Text, depth, scope), Box::new(pattern))
            }
            8 => self.call("String.startsWith", &[Text, Text], depth, scope),
            9 => self.call("String.stringContains", &[Text, Text], depth, scope),
            10 => self.method(Text, "contains", &[Text], depth, scope),
            11 => self.method(Text, "startsWith", &[Text], depth, scope),
            12 => self.method(Texts, "contains", &[Text], depth, scope),
            13 => self.method(Ints, "isEmpty", &[], depth, scope),
            14 => self.call("Arrays.contains", &[Texts, Text], depth, scope),
            15 => {
                let over = *self.random.pick(&[Texts, Ints, Groups]);
                let name = *self.random.pick(&["any", "all", "none"]);
                self.listed(name, over, Bool, depth, scope)
            }
            16 => self.method(Text, "endsWith", &[Text], depth, scope),
            _ => self.call("Arrays.isEmpty", &[Texts], depth, scope),
        }
    }

    fn int(&mut self, depth: usize, scope: &Scope) -> Node {
        use Type::*;
        match self.random.below(14) {
            0..=3 => {
                let operator = *self.random.pick(&["+", "-", "*", "/", "%", "^"]);
                Node::Infix(operator, self.boxed(Int, depth, scope), self.boxed(Int, depth, scope))
            }
            4 => Node::Prefix(*self.random.pick(&['-', '+']), self.boxed(Int, depth, scope)),
            5 => self.call("String.len", &[Text], depth, scope),
            6 => self.method(Text, "length", &[], depth, scope),
            7 => self.call("Arrays.size", &[Ints], depth, scope),
            8 => self.method(Texts, "size", &[], depth, scope),
            9 => Node::Index(self.boxed(Ints, depth, scope), self.boxed(Int, depth, scope)),
            10 => self.call("Convert.toInt", &[Real], depth, scope),
            11 => self.listed("find", Ints, Bool, depth, scope),
            12 => {
                let name = *self.random.pick(&["first", "last"]);
                self.method(Ints, name, &[], depth, scope)
            }
            _ => self.method(Text, "toInteger", &[], depth, scope),
        }
    }

    fn real(&mut self, depth: usize, scope: &Scope) -> Node {
        use Type::*;
        match self.random.below(6) {
            0..=2 => {
                let operator = *self.random.pick(&["+", "-", "*", "/", "%"]);
                let other = *self.random.pick(&[Int, Real]);
                Node::Infix(operator, self.boxed(Real, depth, scope), self.boxed(other, depth, scope))
            }
            3 => Node::Prefix('-', self.boxed(Real, depth, scope)),
            4 => self.call("Convert.toNum", &[Text], depth, scope),
            _ => self.method(Text, "toNumber", &[], depth, scope),
        }
    }

    fn text(&mut self, depth: usize, scope: &Scope) -> Node {
        use Type::*;
        match self.random.below(26) {
            0..=3 => {
                let other = *self.random.pick(&[Text, Text, Int, Real, Bool, Null]);
                let (a, b) = (self.boxed(Text, depth, scope), self.boxed(other, depth, scope));
                if self.random.once_in(3) { Node::Infix("+", b, a) } else { Node::Infix("+", a, b) }
            }
            4 => self.call("String.append", &[Text, Text], depth, scope),
            5 => self.call("String.join", &[Text, Text, Text, Text], depth, scope),
            6 => self.call("String.removeSpaces", &[Text], depth, scope),
            7 => self.call("String.replace", &[Text, Text, Text], depth, scope),
            8 => self.call("String.replaceFirst", &[Text, Text, Text], depth, scope),
            9 => self.call("String.stringSwitch", &[Text, Text, Text, Text, Text, Text], depth, scope),
            10 => self.call("String.substring", &[Text, Int, Int], depth, scope),
            11 => self.call("String.substringAfter", &[Text, Text], depth, scope),
            12 => self.call("String.substringBefore", &[Text, Text], depth, scope),
            13 => self.call("String.toUpperCase", &[Text], depth, scope),
            14 => self.call("toLowerCase", &[Text], depth, scope),
            15 => self.method(Text, "toUpperCase", &[], depth, scope),
            16 => self.method(Text, "replace", &[Text, Text], depth, scope),
            17 => self.method(Text, "substringBefore", &[Text], depth, scope),
            18 => self.method(Text, "substring", &[Int], depth, scope),
            19 => self.call("Arrays.toCsvString", &[Texts], depth, scope),
            20 => self.call("Arrays.get", &[Texts, Int], depth, scope),
            22 => self.method(Texts, "join", &[Text], depth, scope),
            23 => self.method(Text, "trim", &[], depth, scope),
            24 => self.method(Text, "substring", &[Int, Int], depth, scope),
            21 => Node::Index(self.boxed(Texts, depth, scope), self.boxed(Int, depth, scope)),
            _ => {
                let kind = *self.random.pick(&[Groups, Maps]);
                let which = *self.random.pick(&['^', '$']);
                let found = self.select(kind, which, depth, scope);
                let name = if kind == Groups { "name" } else { "text" };
                Node::Property(Box::new(found), self.random.once_in(2), name.into())
            }
        }
    }

    fn texts(&mut self, depth: usize, scope: &Scope) -> Node {
        use Type::*;
        match self.random.below(18) {
            0 => self.call("Arrays.add", &[Texts, Text], depth, scope),
            1 => self.call("Arrays.remove", &[Texts, Text], depth, scope),
            2 => self.call("Arrays.clear", &[Texts], depth, scope),
            3 => self.call("Arrays.flatten", &[Texts, Text, Texts], depth, scope),
            4 => self.method(Texts, "add", &[Text], depth, scope),
            5 => self.method(Texts, "remove", &[Text], depth, scope),
            6 => self.method(Texts, "flatten", &[], depth, scope),
            7 => self.project(Groups, Text, depth, scope),
            8 => self.project(Maps, Text, depth, scope),
            9 => {
                let groups = self.boxed(Groups, depth, scope);
                Node::Property(groups, false, "name".into())
            }
            10 | 11 => self.listed("map", Texts, Text, depth, scope),
            12 => self.listed("map", Groups, Text, depth, scope),
            13 => self.method(Text, "split", &[Text], depth, scope),
            14 => self.listed("flatMap", Texts, Texts, depth, scope),
            15 | 16 => {
                let name = *self.random.pick(&["sort", "reverse", "distinct"]);
                self.method(Texts, name, &[], depth, scope)
            }
            _ => self.same_kind(Texts, depth, scope),
        }
    }

    fn ints(&mut self, depth: usize, scope: &Scope) -> Node {
        use Type::*;
        match self.random.below(8) {
            0 => self.call("Arrays.add", &[Ints, Int], depth, scope),
            1 => self.method(Ints, "remove", &[Int], depth, scope),
            2 => self.project(Maps, Int, depth, scope),
            3 => self.listed("map", Texts, Int, depth, scope),
            4 => self.listed("map", Ints, Int, depth, scope),
            5 | 6 => {
                let name = *self.random.pick(&["sort", "reverse", "distinct"]);
                self.method(Ints, name, &[], depth, scope)
            }
            _ => self.same_kind(Ints, depth, scope),
        }
    }

    /// A list made from one of its own kind.
    fn same_kind(&mut self, kind: Type, depth: usize, scope: &Scope) -> Node {
        match kind {
            Type::Groups | Type::Maps if self.random.once_in(2) => self.select(kind, '?', depth, scope),
            _ => self.listed("filter", kind, Type::Bool, depth, scope),
        }
    }

    fn listed(&mut self, name: &'static str, over: Type, to: Type, depth: usize, scope: &Scope) -> Node {
        let receiver = self.boxed(over, depth, scope);
        let parameter = ["g", "x", "it"][self.random.below(3)].to_string();
        let element = match over {
            Type::Ints => Type::Int,
            // A group stands for its name.
            _ => Type::Text,
        };
        let mut inner = scope.clone();
        inner.parameters.push((parameter.clone(), element));
        let body = self.boxed(to, depth, &inner);
        let safe = self.random.once_in(8);
        Node::Method(receiver, safe, name, vec![Node::Lambda(parameter, body)])
    }

    fn inside(&mut self, element: Type) -> Scope {
        Scope { element: Some(element), parameters: Vec::new() }
    }

    fn project(&mut self, over: Type, to: Type, depth: usize, scope: &Scope) -> Node {
        let receiver = self.boxed(over, depth, scope);
        let inner = self.inside(over);
        let safe = self.random.once_in(8);
        Node::Project(receiver, safe, self.boxed(to, depth.min(2), &inner))
    }

    fn select(&mut self, over: Type, which: char, depth: usize, scope: &Scope) -> Node {
        let receiver = self.boxed(over, depth, scope);
        let inner = self.inside(over);
        Node::Select(receiver, which, self.boxed(Type::Bool, depth.min(2), &inner))
    }
}

const TEXTS: &[&str] = &[
    "",
    "a",
    "b",
    "eng",
    "role_admin",
    "role_",
    "a,b",
    " x , y ",
    "It's",
    "say \"hi\"",
    "back\\slash",
    "12",
    "1.5",
    "-3",
    "true",
    "no",
    "é",
    "ß",
    "😀!",
    "a b  c",
    ".",
    "@",
    "2147483648",
    "9223372036854775808",
    "1e3",
    "İ",
];
const INTS: &[i64] =
    &[0, 1, 2, 3, 7, 10, 40, 1000, 65_536, 2_147_483_647, 2_147_483_648, 9_223_372_036_854_775_807];
const REALS: &[f64] = &[0.0, 0.5, 1.0, 1.5, 2.5, 123.6, 1e3, 1e18, 2_147_483_647.7, 1e300];
const PATTERNS: &[&str] =
    &["", "a", ".*", "(?i)ENG", "[a-z_]+", "\\d+", "role_(admin|user)", "a|b", "^eng$", "😀.", "\\w.*"];

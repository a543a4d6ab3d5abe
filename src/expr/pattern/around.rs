//! A matcher for patterns with look-around, in linear time.
//!
//! Whether a look-around holds depends on the position alone, not on how the match came there. So its answers for all
//! positions are computed beforehand, inner ones first: a look-behind by running its automaton over the text from
//! every position at once, a look-ahead by running the automaton of its mirror image from the end. Then the pattern
//! itself is one run over the text. Each run takes time in proportion to states × characters.

use regex::Regex;

use super::java::{Place, Tree};

/// How many states all automata of a pattern may have.
const STATES: usize = 5_000;

#[derive(Debug)]
pub(in crate::expr) struct Machine {
    /// One for each look-around, inner ones first, and the pattern's own at the end.
    runs: Vec<Run>,
    /// Sets of characters, as matchers of one.
    sets: Vec<Regex>,
}

/// An automaton and how it goes over the text.
#[derive(Debug)]
struct Run {
    states: Vec<State>,
    /// From the end to the start.
    backward: bool,
    /// What the look-around wants: that its body matches, or that it does not.
    wanted: bool,
}

/// What a state does; the last one of an automaton is where it accepts.
#[derive(Clone, Debug)]
enum State {
    /// Takes a character of a set, and goes on to the next state.
    Take(usize),
    /// Goes on to both.
    Split(usize, usize),
    Jump(usize),
    At(Place),
    /// Goes on where a look-around holds.
    Look(usize),
    Accept,
}

impl Machine {
    pub(super) fn new(tree: &Tree) -> Result<Machine, String> {
        let mut build = Build { machine: Machine { runs: Vec::new(), sets: Vec::new() }, total: 0 };
        build.run(tree, false, true)?;
        Ok(build.machine)
    }

    /// How many states there are.
    pub(in crate::expr) fn size(&self) -> usize {
        self.runs.iter().map(|run| run.states.len()).sum()
    }

    /// Whether the pattern matches the whole text.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text = Text { characters: text.chars().collect() };
        let mut looks: Vec<Vec<bool>> = Vec::with_capacity(self.runs.len());
        let Some((whole, around)) = self.runs.split_last() else { return false };
        for run in around {
            let holds = self.go(run, &text, &looks, true);
            looks.push(holds.into_iter().map(|found| found == run.wanted).collect());
        }
        self.go(whole, &text, &looks, false).last().copied().unwrap_or(false)
    }

    /// Runs an automaton over the text; answers for each position whether it accepts there.
    fn go(&self, run: &Run, text: &Text, looks: &[Vec<bool>], everywhere: bool) -> Vec<bool> {
        let length = text.characters.len();
        let mut accepts = vec![false; length + 1];
        let mut now = Set::new(run.states.len());
        let mut next = Set::new(run.states.len());
        let mut memo = vec![None; self.sets.len()];
        for step in 0..=length {
            let position = if run.backward { length - step } else { step };
            if everywhere || step == 0 {
                now.add(0);
            }
            // Follow all that takes no character; `now` grows as it is walked.
            let mut at = 0;
            while let Some(state) = now.order.get(at).copied() {
                at += 1;
                match run.states.get(state) {
                    Some(State::Split(one, other)) => {
                        now.add(*one);
                        now.add(*other);
                    }
                    Some(State::Jump(to)) => now.add(*to),
                    Some(State::At(place)) if text.is_at(*place, position) => now.add(state + 1),
                    Some(State::Look(index)) if holds(looks, *index, position) => now.add(state + 1),
                    Some(State::Accept) => {
                        accepts.iter_mut().skip(position).take(1).for_each(|answer| *answer = true)
                    }
                    _ => {}
                }
            }
            let taken = if run.backward { position.checked_sub(1) } else { Some(position) };
            let Some(character) = taken.and_then(|index| text.characters.get(index)) else { break };
            memo.fill(None);
            for state in &now.order {
                if let Some(State::Take(set)) = run.states.get(*state)
                    && self.is_in(*set, *character, &mut memo)
                {
                    next.add(state + 1);
                }
            }
            std::mem::swap(&mut now, &mut next);
            next.clear();
        }
        accepts
    }

    /// Whether a character is in a set; asked once a position.
    fn is_in(&self, set: usize, character: char, memo: &mut [Option<bool>]) -> bool {
        let known = memo.get(set).copied().flatten();
        let answer = known.unwrap_or_else(|| {
            let mut bytes = [0; 4];
            self.sets.get(set).is_some_and(|matcher| matcher.is_match(character.encode_utf8(&mut bytes)))
        });
        if let Some(slot) = memo.get_mut(set) {
            *slot = Some(answer);
        }
        answer
    }
}

fn holds(looks: &[Vec<bool>], index: usize, position: usize) -> bool {
    looks.get(index).and_then(|answers| answers.get(position)).copied().unwrap_or(false)
}

struct Text {
    characters: Vec<char>,
}

impl Text {
    fn is_at(&self, place: Place, position: usize) -> bool {
        let before = position.checked_sub(1).and_then(|index| self.characters.get(index));
        let after = self.characters.get(position);
        let is_word =
            |letter: Option<&char>| letter.is_some_and(|letter| letter.is_alphanumeric() || *letter == '_');
        match place {
            Place::Start => before.is_none(),
            Place::End => after.is_none(),
            Place::LineStart => before.is_none_or(|letter| *letter == '\n'),
            Place::LineEnd => after.is_none_or(|letter| *letter == '\n'),
            Place::WordEdge => is_word(before) != is_word(after),
            Place::NoWordEdge => is_word(before) == is_word(after),
        }
    }
}

/// A set of states that remembers the order.
struct Set {
    order: Vec<usize>,
    member: Vec<bool>,
}

impl Set {
    fn new(size: usize) -> Set {
        Set { order: Vec::new(), member: vec![false; size] }
    }

    fn add(&mut self, state: usize) {
        if let Some(member) = self.member.get_mut(state)
            && !*member
        {
            *member = true;
            self.order.push(state);
        }
    }

    fn clear(&mut self) {
        self.order.clear();
        self.member.fill(false);
    }
}

struct Build {
    machine: Machine,
    total: usize,
}

impl Build {
    /// Makes the automaton of a tree, after those of its look-arounds; answers its number.
    fn run(&mut self, tree: &Tree, backward: bool, wanted: bool) -> Result<usize, String> {
        let mut states = Vec::new();
        self.part(tree, backward, &mut states)?;
        self.add(&mut states, State::Accept)?;
        self.machine.runs.push(Run { states, backward, wanted });
        Ok(self.machine.runs.len() - 1)
    }

    fn add(&mut self, states: &mut Vec<State>, state: State) -> Result<usize, String> {
        self.total += 1;
        if self.total > STATES {
            return Err("the pattern is too large".to_owned());
        }
        states.push(state);
        Ok(states.len() - 1)
    }

    /// Appends the states of a tree; whoever is in them leaves at their end.
    fn part(&mut self, tree: &Tree, backward: bool, states: &mut Vec<State>) -> Result<(), String> {
        match tree {
            Tree::Empty => {}
            Tree::Set(class) => {
                let set = super::plain(&format!(r"\A{class}\z"))?;
                let known = self.machine.sets.iter().position(|known| known.as_str() == set.as_str());
                let index = known.unwrap_or(self.machine.sets.len());
                if known.is_none() {
                    self.machine.sets.push(set);
                }
                self.add(states, State::Take(index))?;
            }
            Tree::At(place) => {
                self.add(states, State::At(*place))?;
            }
            Tree::Sequence(parts) if backward => {
                parts.iter().rev().try_for_each(|part| self.part(part, backward, states))?;
            }
            Tree::Sequence(parts) => parts.iter().try_for_each(|part| self.part(part, backward, states))?,
            Tree::Either(branches) => self.either(branches, backward, states)?,
            Tree::Repeat { what, least, most } => self.repeat(what, (*least, *most), backward, states)?,
            Tree::Look { ahead, wanted, what } => {
                let run = self.run(what, *ahead, *wanted)?;
                self.add(states, State::Look(run))?;
            }
        }
        Ok(())
    }

    fn either(&mut self, branches: &[Tree], backward: bool, states: &mut Vec<State>) -> Result<(), String> {
        let mut ends = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            let is_last = index + 1 == branches.len();
            let split = if is_last { None } else { Some(self.add(states, State::Accept)?) };
            self.part(branch, backward, states)?;
            if let Some(split) = split {
                ends.push(self.add(states, State::Accept)?);
                let next = states.len();
                set(states, split, State::Split(split + 1, next));
            }
        }
        let end = states.len();
        ends.into_iter().for_each(|at| set(states, at, State::Jump(end)));
        Ok(())
    }

    fn repeat(
        &mut self,
        what: &Tree,
        (least, most): (u32, Option<u32>),
        backward: bool,
        states: &mut Vec<State>,
    ) -> Result<(), String> {
        for _ in 0..least {
            self.step()?;
            self.part(what, backward, states)?;
        }
        let Some(most) = most else {
            let split = self.add(states, State::Accept)?;
            self.part(what, backward, states)?;
            self.add(states, State::Jump(split))?;
            let end = states.len();
            set(states, split, State::Split(split + 1, end));
            return Ok(());
        };
        let mut splits = Vec::new();
        for _ in least..most {
            splits.push(self.add(states, State::Accept)?);
            self.part(what, backward, states)?;
        }
        let end = states.len();
        splits.into_iter().for_each(|split| set(states, split, State::Split(split + 1, end)));
        Ok(())
    }

    /// Counts a repetition of what may have no states.
    fn step(&mut self) -> Result<(), String> {
        self.total += 1;
        if self.total > STATES { Err("the pattern is too large".to_owned()) } else { Ok(()) }
    }
}

/// Fills in a state that had to wait for what follows it.
fn set(states: &mut [State], index: usize, state: State) {
    if let Some(slot) = states.get_mut(index) {
        *slot = state;
    }
}

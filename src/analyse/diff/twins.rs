//! Which rules two lists have in common.

use std::collections::HashMap;

/// Which rules are on both sides: as many as can be without any two changing places.
pub(super) struct Twins {
    /// By the place before, the place after.
    pub(super) of_before: Vec<Option<usize>>,
    /// The other way round.
    pub(super) of_after: Vec<Option<usize>>,
}

impl Twins {
    /// `key` says what makes rules the same; on one side no two have one key.
    pub(super) fn of<S, K: std::hash::Hash + Eq>(before: &[S], after: &[S], key: impl Fn(&S) -> K) -> Self {
        let places: HashMap<K, usize> =
            after.iter().enumerate().map(|(place, side)| (key(side), place)).collect();
        let pairs: Vec<(usize, usize)> =
            before.iter().enumerate().filter_map(|(i, side)| Some((i, *places.get(&key(side))?))).collect();
        let mut twins = Self { of_before: vec![None; before.len()], of_after: vec![None; after.len()] };
        for place in longest_rise(&pairs.iter().map(|(_, j)| *j).collect::<Vec<_>>()) {
            let Some((i, j)) = pairs.get(place) else { continue };
            if let (Some(a), Some(b)) = (twins.of_before.get_mut(*i), twins.of_after.get_mut(*j)) {
                (*a, *b) = (Some(*j), Some(*i));
            }
        }
        twins
    }
}

/// The places of a longest rising subsequence.
fn longest_rise(numbers: &[usize]) -> Vec<usize> {
    // For each length, the place where the lowest end of a rise of that length stands.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = vec![None; numbers.len()];
    for (place, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers.get(*end).is_some_and(|end| end < number));
        if let Some(slot) = previous.get_mut(place) {
            *slot = length.checked_sub(1).and_then(|shorter| ends.get(shorter).copied());
        }
        match ends.get_mut(length) {
            Some(end) => *end = place,
            None => ends.push(place),
        }
    }
    let mut rise: Vec<usize> =
        std::iter::successors(ends.last().copied(), |place| previous.get(*place).copied().flatten())
            .collect();
    rise.reverse();
    rise
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rise_is_found() {
        assert_eq!(longest_rise(&[]), [0usize; 0]);
        assert_eq!(longest_rise(&[9, 0, 1, 8, 2, 3]), [1, 2, 4, 5]);
        assert_eq!(longest_rise(&[3, 2, 1]).len(), 1);
    }
}

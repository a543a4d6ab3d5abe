//! Sets of small numbers: scopes of a server, policies of a client.

/// A set of numbers below a bound that all sets of one question share.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Bits(Box<[u64]>);

impl Bits {
    /// None of the numbers below `end`.
    pub(super) fn none(end: usize) -> Self {
        Self(vec![0; end.div_ceil(64)].into_boxed_slice())
    }

    /// All of the numbers below `end`.
    pub(super) fn all(end: usize) -> Self {
        Self::of(end, 0..end)
    }

    pub(super) fn of(end: usize, numbers: impl IntoIterator<Item = usize>) -> Self {
        let mut bits = Self::none(end);
        numbers.into_iter().for_each(|number| bits.insert(number));
        bits
    }

    pub(super) fn insert(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a & !b == 0)
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a | b).collect())
    }

    /// An empty set under the same bound.
    pub(super) fn emptied(&self) -> Self {
        Self(vec![0; self.0.len()].into_boxed_slice())
    }

    /// In ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        (0..).zip(&self.0).flat_map(|(place, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest.wrapping_sub(1);
                Some(place * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_sets() {
        let (a, b) = (Bits::of(130, [0, 63, 64, 129]), Bits::of(130, [63, 128]));
        assert_eq!(a.iter().collect::<Vec<_>>(), [0, 63, 64, 129]);
        assert!(a.meets(&b) && !b.is_within(&a) && a.and(&b).is_within(&b) && a.is_within(&Bits::all(130)));
        assert_eq!((a.and(&b).len(), a.or(&b).len(), Bits::all(130).len()), (1, 5, 130));
        assert!(Bits::none(0).is_empty() && !a.contains(500));
    }
}

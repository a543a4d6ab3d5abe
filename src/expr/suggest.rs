//! "Did you mean": the known name nearest to a mistaken one.

/// The nearest of `known`, if it is near enough to be meant: the same but for case, or a third of the letters wrong.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    // Longer than any name of ours; the distance costs the product of the lengths.
    if name.len() > 64 {
        return None;
    }
    let limit = (name.len() / 3).clamp(1, 3);
    known
        .filter(|candidate| candidate.len() <= 64)
        .map(|candidate| match candidate.eq_ignore_ascii_case(name) {
            true => (0, candidate),
            false => (distance(name.as_bytes(), candidate.as_bytes()), candidate),
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, delete or replace, without regard to case.
fn distance(left: &[u8], right: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.iter().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (cell, r) in row.iter_mut().skip(1).zip(right) {
            let replaced = diagonal + usize::from(!l.eq_ignore_ascii_case(r));
            diagonal = *cell;
            *cell = replaced.min(diagonal + 1).min(before + 1);
            before = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (left, right, expected) in
            [("", "abc", 3), ("departmnt", "department", 1), ("kitten", "sitting", 3), ("A", "a", 0)]
        {
            assert_eq!(distance(left.as_bytes(), right.as_bytes()), expected);
        }
    }

    #[test]
    fn suggests_only_what_is_near() {
        let known = || ["department", "division", "login"].into_iter();
        assert_eq!(nearest("departmnt", known()), Some("department"));
        assert_eq!(nearest("LOGIN", known()), Some("login"));
        assert_eq!(nearest("costCenter", known()), None);
    }
}

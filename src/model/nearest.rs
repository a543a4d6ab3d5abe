//! The valid name that a misspelt one is nearest to.

/// The candidate at the smallest edit distance, if that is small for the length of the name; of
/// several, the first in the alphabet, since candidates come from maps, which have no order.
/// Differences of case do not count.
pub(crate) fn nearest<'k>(name: &str, candidates: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // Long names are not typed by hand, and the distance costs the product of the lengths.
    const LONGEST: usize = 128;
    let wanted: Vec<char> = name.chars().take(LONGEST + 1).flat_map(char::to_lowercase).collect();
    if wanted.is_empty() || wanted.len() > LONGEST {
        return None;
    }
    let mut limit = match wanted.len() {
        0..=3 => 1,
        4..=7 => 2,
        _ => 3,
    };
    let mut best: Option<&str> = None;
    for candidate in candidates {
        // A character has at most four bytes, so this spares the decoding of most candidates.
        if candidate.len() > (wanted.len() + limit) * 4 || candidate.len() + limit < wanted.len() {
            continue;
        }
        let other: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
        if let Some(distance) = distance_within(&wanted, &other, limit) {
            // Once one is found, `limit` is its distance.
            best = match best {
                Some(known) if distance == limit => Some(known.min(candidate)),
                _ => Some(candidate),
            };
            limit = distance;
        }
    }
    best
}

/// The edit distance with neighbours swapped counted as one, if it is at most `limit`.
fn distance_within(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    // Rows of the usual table: two back, one back, this one.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &from) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, &to) in b.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&last, j) + usize::from(from != to);
            let mut cost = replaced.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(&to) && b.get(j - 1) == Some(&from);
            if swapped {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            row.push(cost);
        }
        if row.iter().min().is_none_or(|least| *least > limit + 1) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes_are_found() {
        let known = ["orders:read", "orders:write", "openid", "Staff"];
        for (typed, meant) in [
            ("ordres:read", "orders:read"),
            ("order:write", "orders:write"),
            ("openId", "openid"),
            ("STAFF", "Staff"),
            ("Stff", "Staff"),
        ] {
            assert_eq!(nearest(typed, known), Some(meant), "{typed}");
        }
        for far in ["", "zebra", "invoices:read", &"x".repeat(1_000)] {
            assert_eq!(nearest(far, known), None, "{far}");
        }
    }

    #[test]
    fn the_alphabet_decides_between_equally_near_ones() {
        assert_eq!(nearest("aax", ["aac", "aab"]), Some("aab"));
        assert_eq!(nearest("aax", ["aab", "aac"]), Some("aab"));
        assert_eq!(nearest("aac", ["aab", "aac"]), Some("aac"));
    }

    #[test]
    fn swapped_neighbours_are_one_step() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance_within(&chars("abcd"), &chars("abdc"), 3), Some(1));
        assert_eq!(distance_within(&chars("abcd"), &chars("dcba"), 2), None);
        assert_eq!(distance_within(&chars("kitten"), &chars("sitting"), 3), Some(3));
    }
}

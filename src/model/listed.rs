//! An element of a list that remembers its place, because mistakes name it.

/// An element with its place in the list that the configuration wrote.
///
/// Elements that cannot be read, or are skipped, leave gaps, so the place is not the index.
#[derive(Debug, Clone)]
pub(crate) struct Listed<T> {
    pub(crate) at: usize,
    pub(crate) item: T,
}

/// Adds an element behind the others.
pub(crate) fn push<T>(list: &mut Vec<Listed<T>>, item: T) {
    let at = list.last().map_or(0, |last| last.at.saturating_add(1));
    list.push(Listed { at, item });
}

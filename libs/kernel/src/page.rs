/// How many rows a page may have: 1 to 100, 50 when the caller does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u16);

/// A page size outside 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between 0 and 100; 0 means 50")]
pub struct BadPageSize;

impl PageSize {
    /// The most rows one page may have.
    pub const MAX: u16 = 100;
    /// What 0 means.
    pub const DEFAULT: PageSize = PageSize(50);

    /// The number of rows, at least 1.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<i32> for PageSize {
    type Error = BadPageSize;
    fn try_from(asked: i32) -> Result<Self, Self::Error> {
        match u16::try_from(asked) {
            Ok(0) => Ok(Self::DEFAULT),
            Ok(size) if size <= Self::MAX => Ok(Self(size)),
            _ => Err(BadPageSize),
        }
    }
}

/// One page of a listing and where the next one starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, Cursor> {
    /// The rows, in the order of the listing.
    pub items: Vec<T>,
    /// Keyset position of the last row when more follow.
    pub next: Option<Cursor>,
}

impl<T, Cursor> Page<T, Cursor> {
    /// Makes a page of rows that were asked for with `size + 1`: the extra row only tells that more follow.
    pub fn of(mut rows: Vec<T>, size: PageSize, cursor: impl Fn(&T) -> Cursor) -> Self {
        let more = rows.len() > usize::from(size.get());
        rows.truncate(usize::from(size.get()));
        let next = if more { rows.last().map(cursor) } else { None };
        Self { items: rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_means_fifty_and_more_than_a_hundred_is_refused() {
        assert_eq!(PageSize::try_from(0).map(PageSize::get), Ok(50));
        assert_eq!(PageSize::try_from(100).map(PageSize::get), Ok(100));
        assert_eq!(PageSize::try_from(101), Err(BadPageSize));
        assert_eq!(PageSize::try_from(-1), Err(BadPageSize));
    }

    #[test]
    fn the_extra_row_only_tells_that_more_follow() {
        let two = PageSize(2);
        assert_eq!(
            Page::of(vec![1, 2, 3], two, |n| *n),
            Page {
                items: vec![1, 2],
                next: Some(2)
            }
        );
        assert_eq!(
            Page::of(vec![1, 2], two, |n| *n),
            Page {
                items: vec![1, 2],
                next: None
            }
        );
    }
}

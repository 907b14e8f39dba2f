//! The texts of a leg in one allocation, each found by its span.

use std::num::NonZeroU32;

/// Texts, one behind the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts(String);

/// Where one of several texts lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    /// One more than its end: never 0, so that an optional span takes no more room.
    behind_end: NonZeroU32,
}

impl Texts {
    /// No texts.
    pub(crate) const EMPTY: Self = Self(String::new());

    /// No texts yet, with room for those of most legs.
    pub(crate) fn with_usual_capacity() -> Self {
        const USUAL: usize = 256;
        Self(String::with_capacity(USUAL))
    }

    /// Appends a text, if there is one; where it lies. What lies beyond 4 GiB is left out.
    pub(crate) fn add(&mut self, text: Option<&str>) -> Option<Span> {
        let text = text?;
        let start = u32::try_from(self.0.len()).ok()?;
        let behind_end = u32::try_from(self.0.len() + text.len() + 1).ok()?;
        let span = Span {
            start,
            behind_end: NonZeroU32::new(behind_end)?,
        };
        self.0.push_str(text);
        Some(span)
    }

    /// Appends several.
    pub(crate) fn add_all<T: AsRef<str>>(&mut self, texts: impl IntoIterator<Item = T>) -> Box<[Span]> {
        texts
            .into_iter()
            .filter_map(|text| self.add(Some(text.as_ref())))
            .collect()
    }

    /// The text that lies at a span.
    pub(crate) fn get(&self, span: Option<Span>) -> Option<&str> {
        let Span { start, behind_end } = span?;
        self.0.get(start as usize..behind_end.get() as usize - 1)
    }

    /// Gives memory back that no text fills.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Octets that the texts take.
    pub(crate) const fn octets(&self) -> usize {
        self.0.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_optional_span_is_as_small_as_a_span() {
        assert_eq!(size_of::<Option<Span>>(), 8);
    }

    proptest! {
        #[test]
        fn texts_come_out_as_they_went_in(wanted: Vec<Option<String>>) {
            let mut texts = Texts::default();
            let spans: Vec<_> = wanted.iter().map(|text| texts.add(text.as_deref())).collect();
            let found: Vec<_> = spans.iter().map(|span| texts.get(*span)).collect();
            prop_assert_eq!(found, wanted.iter().map(Option::as_deref).collect::<Vec<_>>());
        }
    }
}

//! Pseudonyms of URLs: one URL has one, however it is written.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::keyed::Key;
use crate::correlate::address::{self, Location};

/// The numbers of URLs, from 1 in the order of appearance.
#[derive(Debug, Default)]
pub(super) struct Urls {
    /// What they are numbered by instead.
    key: Option<Key>,
    count: u32,
    /// By host and path.
    whole: BTreeMap<String, u32>,
    /// By path, which stands for the first URL that has it.
    paths: BTreeMap<String, u32>,
    /// Paths that no URL with a host has been seen of yet.
    alone: BTreeSet<String>,
}

impl Urls {
    /// Numbers by a key: that of a path is that of all URLs that have it.
    pub(super) fn keyed(key: Key) -> Self {
        Self {
            key: Some(key),
            ..Self::default()
        }
    }

    /// The number of a URL.
    pub(super) fn number(&mut self, url: &str) -> u64 {
        let Location { host, path } = address::location(url);
        if let Some(key) = &self.key {
            return key.number("url", &path);
        }
        self.counted(host, path).into()
    }

    fn counted(&mut self, host: Option<Cow<'_, str>>, path: Cow<'_, str>) -> u32 {
        let Some(host) = host else {
            return match self.paths.get(&*path) {
                Some(number) => *number,
                None => {
                    let number = self.next();
                    self.alone.insert(path.to_string());
                    self.paths.insert(path.into_owned(), number);
                    number
                }
            };
        };
        let whole = format!("{host}{path}");
        if let Some(number) = self.whole.get(&whole) {
            return *number;
        }
        let alone = self.alone.remove(&*path).then(|| self.paths.get(&*path).copied());
        let number = alone.flatten().unwrap_or_else(|| self.next());
        self.whole.insert(whole, number);
        self.paths.entry(path.into_owned()).or_insert(number);
        number
    }

    const fn next(&mut self) -> u32 {
        self.count = self.count.saturating_add(1);
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_url_has_one_number_however_it_is_written() {
        let mut urls = Urls::default();
        for url in [
            "/a?id=1",
            "http://mmsc.example/a?id=1",
            "http://MMSC.example:80/a?id=1",
            "/a?id=1",
            " /a?id=%31",
        ] {
            assert_eq!(urls.number(url), 1, "{url}");
        }
        assert_eq!(urls.number("http://other.example/a?id=1"), 2);
        assert_eq!(urls.number("http://mmsc.example/b"), 3);
        assert_eq!(urls.number("/b"), 3);
    }
}

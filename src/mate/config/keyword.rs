//! The words that mean something in a configuration.

use std::fmt;

macro_rules! keywords {
    ($($keyword:ident)+) => {
        /// A keyword.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Keyword { $($keyword,)+ }

        impl Keyword {
            const ALL: &[(Self, &str)] = &[$((Self::$keyword, stringify!($keyword)),)+];
        }
    };
}

keywords! {
    Pdu Gop Gog Transform Match Strict Every Loose Insert Replace Proto Transport Payload Extract From Criteria Accept
    Reject DropUnassigned DiscardPduData LastPdu LastExtracted On Start Stop Extra Expiration IdleTimeout Lifetime ShowTree
    NoTree PduTree FrameTree BasicTree NullTree FullTree ShowTimes Member GopTree Default Debug Filename Level Done True
    False
}

impl Keyword {
    /// The keyword that a word is: exactly, but for `true` and `false`, which are so in any case.
    pub(super) fn of(word: &str) -> Option<Self> {
        let known = |(keyword, text): &&(Self, &str)| match keyword {
            Self::True | Self::False => text.eq_ignore_ascii_case(word),
            _ => *text == word,
        };
        Self::ALL.iter().find(known).map(|(keyword, _)| *keyword)
    }

    /// The keyword that a text begins with, whatever follows, and its length. The longest where there are several.
    pub(super) fn at_start_of(text: &str) -> Option<(Self, usize)> {
        let begins = |(keyword, word): &&(Self, &str)| match keyword {
            Self::True | Self::False => {
                let start = text.as_bytes().get(..word.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
            }
            _ => text.starts_with(word),
        };
        let found = Self::ALL.iter().filter(begins).max_by_key(|(_, word)| word.len());
        found.map(|(keyword, word)| (*keyword, word.len()))
    }

    /// Whether the scanner of Wireshark 4.0 knows it.
    pub(super) const fn is_known_to_wireshark(self) -> bool {
        !matches!(self, Self::LastExtracted | Self::NullTree | Self::FullTree)
    }

    /// As it is written.
    pub(super) fn as_str(self) -> &'static str {
        let own = Self::ALL.iter().find(|(keyword, _)| *keyword == self);
        match self {
            Self::True => "true",
            Self::False => "false",
            _ => own.map_or("", |(_, text)| text),
        }
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_exact_but_for_true_and_false() {
        assert_eq!(Keyword::of("GopTree"), Some(Keyword::GopTree));
        assert_eq!(Keyword::of("pdu"), None);
        assert_eq!(Keyword::of("tRUE"), Some(Keyword::True));
        assert_eq!(Keyword::at_start_of("GopTreeX"), Some((Keyword::GopTree, 7)));
        assert_eq!(Keyword::at_start_of("Pdus"), Some((Keyword::Pdu, 3)));
        assert_eq!(Keyword::at_start_of("FALSEx"), Some((Keyword::False, 5)));
        assert_eq!(Keyword::at_start_of("Nothing"), None);
    }
}

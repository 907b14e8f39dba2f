//! A line of text that is being typed.

use crate::model::text::is_dangerous;

/// Longest line, in octets: more than anyone types, and no more than that is pasted.
const LONGEST: usize = 4096;

/// A line of text with a cursor in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Editor {
    text: String,
    /// The octet before which the cursor stands.
    cursor: usize,
}

impl Editor {
    /// A text with the cursor behind it.
    pub fn of(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            cursor: text.len(),
            text,
        }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor, and what behind it.
    pub fn halves(&self) -> (&str, &str) {
        self.text
            .split_at_checked(self.cursor)
            .unwrap_or((&self.text, ""))
    }

    /// Puts text in at the cursor, without characters that are no text.
    pub fn insert(&mut self, text: &str) {
        for c in text.chars().filter(|c| !is_dangerous(*c)) {
            if self.text.len() + c.len_utf8() > LONGEST {
                return;
            }
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    /// Puts a word in the place of what stands from `from` to the cursor.
    pub fn replace(&mut self, from: usize, word: &str) {
        if from <= self.cursor && self.text.is_char_boundary(from) {
            self.text.replace_range(from..self.cursor, "");
            self.cursor = from;
            self.insert(word);
        }
    }

    /// Moves the cursor a character to the left.
    pub fn left(&mut self) {
        let before = self.halves().0.chars().next_back();
        self.cursor -= before.map_or(0, char::len_utf8);
    }

    /// Moves the cursor a character to the right.
    pub fn right(&mut self) {
        let behind = self.halves().1.chars().next();
        self.cursor += behind.map_or(0, char::len_utf8);
    }

    /// Moves the cursor before the text.
    pub const fn home(&mut self) {
        self.cursor = 0;
    }

    /// Moves the cursor behind the text.
    pub const fn end(&mut self) {
        self.cursor = self.text.len();
    }

    /// Deletes the character before the cursor.
    pub fn delete_before(&mut self) {
        let end = self.cursor;
        self.left();
        self.text.replace_range(self.cursor..end, "");
    }

    /// Deletes the character behind the cursor.
    pub fn delete_after(&mut self) {
        let length = self.halves().1.chars().next().map_or(0, char::len_utf8);
        self.text.replace_range(self.cursor..self.cursor + length, "");
    }

    /// Deletes the word before the cursor, with the blanks behind it.
    pub fn delete_word(&mut self) {
        let (before, _) = self.halves();
        let kept = before.trim_end().trim_end_matches(|c: char| !c.is_whitespace());
        let from = kept.len();
        self.text.replace_range(from..self.cursor, "");
        self.cursor = from;
    }

    /// Deletes all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_typed_and_deleted_at_the_cursor() {
        let mut editor = Editor::default();
        editor.insert("size >é 5");
        editor.home();
        editor.insert("not ");
        assert_eq!(editor.halves(), ("not ", "size >é 5"));
        editor.end();
        (0..2).for_each(|_| editor.left());
        editor.delete_before();
        assert_eq!(editor.text(), "not size > 5");
        editor.delete_after();
        assert_eq!(editor.text(), "not size >5");
        editor.delete_word();
        assert_eq!(editor.halves(), ("not size ", "5"));
        editor.replace(4, "id");
        assert_eq!(editor.halves(), ("not id", "5"));
        editor.clear();
        editor.insert("a\u{1b}[2J\u{202e}\n\tb");
        assert_eq!(editor.text(), "a[2Jb");
    }

    proptest! {
        #[test]
        fn the_cursor_stays_between_characters(text in "\\PC{0,12}", steps in prop::collection::vec(0u8..9, 0..40)) {
            let mut editor = Editor::of(text);
            for step in steps {
                match step {
                    0 => editor.left(),
                    1 => editor.right(),
                    2 => editor.home(),
                    3 => editor.end(),
                    4 => editor.delete_before(),
                    5 => editor.delete_after(),
                    6 => editor.delete_word(),
                    7 => editor.insert("é日"),
                    _ => editor.clear(),
                }
                prop_assert!(editor.text().is_char_boundary(editor.cursor));
            }
        }

        #[test]
        fn nothing_pasted_is_dangerous_or_too_long(text in any::<String>(), times in 1usize..2000) {
            let mut editor = Editor::default();
            (0..times.min(20_000 / text.len().max(1))).for_each(|_| editor.insert(&text));
            prop_assert!(editor.text().len() <= LONGEST);
            prop_assert!(!editor.text().chars().any(is_dangerous));
        }
    }
}

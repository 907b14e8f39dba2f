//! The line in which a filter is typed: read with every key, with what could stand next.

use super::editor::Editor;
use super::list::Question;
use crate::report::query::filter::{Completion, Filter, FilterError, complete};
use crate::report::words::zone::Zone;

/// A filter that is being typed.
#[derive(Clone, Debug)]
pub struct FilterLine {
    /// The text.
    pub editor: Editor,
    /// What was asked for before.
    pub before: Question,
    /// What is wrong with the text, if something is.
    pub error: Option<FilterError>,
    /// What could stand at the cursor.
    pub completion: Completion,
    /// Whether it was to be taken although something is wrong with it: then that is told, whatever could stand there.
    pub refused: bool,
    /// Which of the words that could stand at the cursor was put in last.
    put_in: Option<usize>,
    /// Of which times without an offset are.
    zone: Zone,
}

impl FilterLine {
    /// A line with the filter that there is.
    pub fn of(question: Question, zone: Zone) -> Self {
        let mut line = Self {
            editor: Editor::of(question.text.clone()),
            before: question,
            error: None,
            completion: Completion::default(),
            refused: false,
            put_in: None,
            zone,
        };
        line.moved();
        line
    }

    /// Looks at what could stand at the cursor, which was moved.
    pub fn moved(&mut self) {
        self.put_in = None;
        self.refused = false;
        self.completion = complete(self.editor.halves().0);
    }

    /// Reads the text, which was changed. What it asks for, if it can be read; an empty one asks for nothing.
    pub fn changed(&mut self) -> Option<Option<Filter>> {
        self.moved();
        self.read()
    }

    fn read(&mut self) -> Option<Option<Filter>> {
        self.error = None;
        if self.editor.text().trim().is_empty() {
            return Some(None);
        }
        let read = Filter::parse(self.editor.text());
        match read.and_then(|filter| filter.in_zone(&self.zone)) {
            Ok(filter) => Some(Some(filter)),
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }

    /// Completes the word at the cursor as far as all that could stand there agree; where they do not, puts them in one
    /// after the other. Gives what [`Self::changed`] gives.
    pub fn complete(&mut self) -> Option<Option<Filter>> {
        let from = self.completion.from;
        let typed = self.editor.halves().0.get(from..).unwrap_or_default();
        match self.completion.candidates.as_slice() {
            [] => return None,
            [only] => {
                let blank = if only.ends_with('.') { "" } else { " " };
                let word = format!("{only}{blank}");
                self.editor.replace(from, &word);
                return self.changed();
            }
            several => {
                let common = common(several);
                if self.put_in.is_none() && common.len() > typed.len() {
                    let common = common.to_owned();
                    self.editor.replace(from, &common);
                    return self.changed();
                }
            }
        }
        let next = self.put_in.map_or(0, |at| at + 1) % self.completion.candidates.len();
        if let Some(word) = self.completion.candidates.get(next) {
            self.editor.replace(from, word);
            self.put_in = Some(next);
        }
        self.read()
    }

    /// Which of the words that could stand at the cursor was put in last.
    pub const fn put_in(&self) -> Option<usize> {
        self.put_in
    }
}

/// The beginning that all have.
fn common(words: &[String]) -> &str {
    let Some((first, others)) = words.split_first() else {
        return "";
    };
    let agree = |end: usize| {
        first
            .get(..end)
            .filter(|start| others.iter().all(|word| word.starts_with(*start)))
    };
    let ends = first.char_indices().map(|(at, c)| at + c.len_utf8());
    ends.map_while(agree).last().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> FilterLine {
        let mut line = FilterLine::of(Question::default(), Zone::UTC);
        line.editor.insert(text);
        line.changed();
        line
    }

    #[test]
    fn one_word_is_completed_with_a_blank_and_an_object_with_its_dot() {
        let mut line = typed("outc");
        line.complete();
        assert_eq!(line.editor.text(), "outcome ");
        let mut line = typed("subm");
        line.complete();
        assert_eq!(line.editor.text(), "submission.");
    }

    #[test]
    fn several_are_completed_as_far_as_they_agree_and_then_put_in_in_turn() {
        let mut line = typed("failures.kind == retrieve_h");
        line.complete();
        assert_eq!(line.editor.text(), "failures.kind == retrieve_http_error ");
        let mut line = typed("dura");
        line.complete();
        assert_eq!(line.editor.text(), "duration");
        line.complete();
        assert_eq!((line.editor.text(), line.put_in()), ("duration", Some(0)));
        line.complete();
        assert_eq!(line.editor.text(), "duration_ms");
        line.complete();
        assert_eq!(line.editor.text(), "duration");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        let line = typed("outcome == failur");
        let error = line.error.unwrap();
        assert_eq!(error.at(), &(11..17));
        assert!(error.what().contains("did you mean failure?"));
        assert!(typed("  ").changed().is_some_and(|filter| filter.is_none()));
    }
}

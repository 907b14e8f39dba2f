//! The fields that a configuration can extract, as a table.

use std::io::{self, Write};

use glob::{MatchOptions, Pattern};

use crate::mate::catalogue::FieldId;

/// Writes the fields whose name contains a text, or fits it where it holds `*`. How many there were.
pub(crate) fn write(out: &mut impl Write, pattern: &str) -> io::Result<usize> {
    let options = MatchOptions {
        case_sensitive: false,
        ..MatchOptions::default()
    };
    let glob = Pattern::new(pattern).ok().filter(|_| pattern.contains('*'));
    let lower = pattern.to_lowercase();
    let fits = |name: &str| match &glob {
        Some(glob) => glob.matches_with(name, options),
        None => name.to_lowercase().contains(&lower),
    };
    let fields: Vec<FieldId> = FieldId::all().filter(|field| fits(field.name())).collect();
    let widest = fields
        .iter()
        .map(|field| field.name().len())
        .max()
        .unwrap_or_default();
    for field in &fields {
        let (name, kind, form) = (field.name(), field.kind().name(), field.form().name());
        writeln!(
            out,
            "{name:widest$}  {kind:13}  {form:7}  {}: {}",
            field.source(),
            field.label()
        )?;
    }
    Ok(fields.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pattern: &str) -> Vec<String> {
        let mut out = Vec::new();
        write(&mut out, pattern).unwrap();
        let text = String::from_utf8(out).unwrap();
        text.lines()
            .map(|line| line.split_whitespace().next().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_pattern_is_a_part_of_a_name_or_has_a_star() {
        assert!(names("").contains(&"ip.src".to_owned()));
        assert_eq!(names("IP.SRC"), ["ip.src"]);
        let all = names("mmse.*");
        assert!(all.len() > 10 && all.iter().all(|name| name.starts_with("mmse.")));
        assert!(names("nosuch").is_empty());
    }
}

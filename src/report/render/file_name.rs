//! File names for parts: whatever a message calls them, the name stays in its directory, is no device, hides nothing,
//! and can be typed.

/// Longest name that is kept, in characters: far below what file systems allow, with room for what is put before it.
const LONGEST: usize = 80;

/// Endings by media type, for names that have none.
const ENDINGS: &[(&str, &str)] = &[
    ("application/smil", "smil"),
    ("application/smil+xml", "smil"),
    ("application/vnd.wap.mms-message", "mms"),
    ("audio/aac", "aac"),
    ("audio/amr", "amr"),
    ("audio/mp4", "m4a"),
    ("audio/mpeg", "mp3"),
    ("audio/midi", "mid"),
    ("audio/ogg", "ogg"),
    ("image/bmp", "bmp"),
    ("image/gif", "gif"),
    ("image/heic", "heic"),
    ("image/jpeg", "jpg"),
    ("image/jpg", "jpg"),
    ("image/png", "png"),
    ("image/vnd.wap.wbmp", "wbmp"),
    ("image/webp", "webp"),
    ("text/calendar", "ics"),
    ("text/html", "html"),
    ("text/plain", "txt"),
    ("text/vcard", "vcf"),
    ("text/x-vcalendar", "vcs"),
    ("text/x-vcard", "vcf"),
    ("video/3gpp", "3gp"),
    ("video/3gpp2", "3g2"),
    ("video/mp4", "mp4"),
    ("video/mpeg", "mpeg"),
    ("video/quicktime", "mov"),
];

/// A safe name for a part of a message: the numbers of both, and what is left of the name it has.
pub fn for_part(message: u64, part: usize, name: Option<&str>, content_type: &str) -> String {
    let mut file = format!("{message:04}-{part:02}");
    let kept = name.map(kept).unwrap_or_default();
    if !kept.is_empty() {
        file.push('-');
        file.push_str(&kept);
    }
    if !kept.contains('.') {
        let media = content_type.to_ascii_lowercase();
        let known = ENDINGS.iter().find(|(known, _)| *known == media);
        file.push('.');
        file.push_str(known.map_or("bin", |(_, ending)| ending));
    }
    file
}

/// The last component of a name, with only letters, digits, `.`, `-` and `_` left, and no dots at its ends.
fn kept(name: &str) -> String {
    let last = name.rsplit(['/', '\\', ':']).next().unwrap_or_default();
    let mut safe = String::new();
    for c in last.chars().take(LONGEST) {
        let plain = c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let letter = !c.is_ascii() && c.is_alphanumeric();
        safe.push(if plain || letter { c } else { '_' });
    }
    // A letter outside ASCII takes up to four octets, of which a name may have 255.
    while safe.len() > 2 * LONGEST {
        safe.pop();
    }
    safe.trim_matches(['.', '_']).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_stay_readable() {
        assert_eq!(for_part(3, 1, Some("a.jpg"), "image/jpeg"), "0003-01-a.jpg");
        assert_eq!(
            for_part(3, 2, Some("Grüße 1.txt"), "text/plain"),
            "0003-02-Grüße_1.txt"
        );
        assert_eq!(for_part(3, 3, None, "image/jpeg"), "0003-03.jpg");
        assert_eq!(for_part(3, 4, Some("cid0"), "VIDEO/3GPP"), "0003-04-cid0.3gp");
        assert_eq!(for_part(3, 5, Some("..."), "x/y"), "0003-05.bin");
    }

    #[test]
    fn names_that_attack_are_harmless() {
        assert_eq!(
            for_part(1, 1, Some("../../etc/passwd\0"), "x/y"),
            "0001-01-passwd.bin"
        );
        assert_eq!(
            for_part(1, 1, Some("C:\\autorun.inf"), "x/y"),
            "0001-01-autorun.inf"
        );
        assert_eq!(
            for_part(1, 1, Some("a\u{202e}gpj.exe"), "x/y"),
            "0001-01-a_gpj.exe"
        );
        assert_eq!(for_part(1, 1, Some("-rf *"), "x/y"), "0001-01--rf.bin");
        assert_eq!(for_part(1, 1, Some("a.txt:stream"), "x/y"), "0001-01-stream.bin");
        assert!(for_part(1, 1, Some(&"日".repeat(500)), "x/y").len() < 255);
    }

    proptest! {
        #[test]
        fn whatever_the_name_the_file_is_one_component(name in any::<String>(), media in any::<String>()) {
            let file = for_part(7, 7, Some(&name), &media);
            prop_assert!(file.starts_with("0007-07"));
            prop_assert!(!file.contains(['/', '\\', '\0', ':', ' ']));
            prop_assert!(!file.chars().any(crate::model::text::is_dangerous));
            prop_assert!(file.len() <= 255);
            let path = std::path::Path::new(&file);
            prop_assert_eq!(path.file_name().and_then(|n| n.to_str()), Some(file.as_str()));
        }
    }
}

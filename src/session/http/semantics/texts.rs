//! The texts that are kept of a head, one behind the other: one allocation for all of them.

/// What there is to keep, in pieces. A text that the head lacks is none, which is not the same as an empty one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pieces<'a> {
    /// Without parameters, in any case; it is kept in lower case.
    pub(super) content_type: Option<&'a str>,
    /// Of the content type, where they matter.
    pub(super) parameters: Option<&'a str>,
    /// What makes the target an absolute URL, and the target.
    pub(super) url: Option<[&'a str; 3]>,
    pub(super) entity_tag: Option<&'a str>,
    pub(super) user_agent: Option<&'a str>,
    pub(super) subscriber: Option<&'a str>,
    pub(super) reason: Option<&'a str>,
    pub(super) server: Option<&'a str>,
    pub(super) location: Option<&'a str>,
}

/// The texts of one head.
#[derive(Clone, Debug, Default)]
pub(in crate::session::http) struct Texts {
    packed: String,
    content_type: Place,
    parameters: Place,
    url: Place,
    entity_tag: Place,
    user_agent: Place,
    subscriber: Place,
    reason: Place,
    server: Place,
    location: Place,
}

/// Where one text lies.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: u32,
    end: u32,
}

/// Nowhere.
impl Default for Place {
    fn default() -> Self {
        Self { start: 1, end: 0 }
    }
}

impl Texts {
    /// Keeps them.
    pub(super) fn pack(pieces: &Pieces<'_>) -> Self {
        let mut packed = String::with_capacity(pieces.octets());
        // The first, so that all there is can be made lower case.
        let content_type = append(&mut packed, pieces.content_type.as_slice());
        packed.make_ascii_lowercase();
        let parameters = append(&mut packed, pieces.parameters.as_slice());
        let url = append(&mut packed, pieces.url.as_ref().map_or(&[], |url| url));
        let entity_tag = append(&mut packed, pieces.entity_tag.as_slice());
        let user_agent = append(&mut packed, pieces.user_agent.as_slice());
        let subscriber = append(&mut packed, pieces.subscriber.as_slice());
        let reason = append(&mut packed, pieces.reason.as_slice());
        let server = append(&mut packed, pieces.server.as_slice());
        let location = append(&mut packed, pieces.location.as_slice());
        Self {
            packed,
            content_type,
            parameters,
            url,
            entity_tag,
            user_agent,
            subscriber,
            reason,
            server,
            location,
        }
    }

    /// How many octets they are.
    pub(super) fn octets(&self) -> usize {
        self.packed.len()
    }

    /// The media type without parameters, lower case.
    pub(in crate::session::http) fn content_type(&self) -> Option<&str> {
        self.at(self.content_type)
    }

    /// The parameters of the media type of a multipart or of XML, as they were sent.
    pub(super) fn parameters(&self) -> Option<&str> {
        self.at(self.parameters)
    }

    /// The value of one of the parameters, without quotes.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters()?.split(';').find_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            let value = value.trim().trim_matches('"');
            key.trim().eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The boundary parameter of a multipart.
    pub(in crate::session::http) fn boundary(&self) -> Option<&str> {
        self.parameter("boundary")
    }

    /// What a request asks for: the absolute URL, else the path.
    pub(in crate::session::http) fn url(&self) -> Option<&str> {
        self.at(self.url)
    }

    /// Etag.
    pub(in crate::session::http) fn entity_tag(&self) -> Option<&str> {
        self.at(self.entity_tag)
    }

    /// User-Agent.
    pub(in crate::session::http) fn user_agent(&self) -> Option<&str> {
        self.at(self.user_agent)
    }

    /// The value of the field that names the subscriber.
    pub(in crate::session::http) fn subscriber(&self) -> Option<&str> {
        self.at(self.subscriber)
    }

    /// The reason phrase of a status line.
    pub(in crate::session::http) fn reason(&self) -> Option<&str> {
        self.at(self.reason)
    }

    /// Server.
    pub(in crate::session::http) fn server(&self) -> Option<&str> {
        self.at(self.server)
    }

    /// Location.
    pub(in crate::session::http) fn location(&self) -> Option<&str> {
        self.at(self.location)
    }

    fn at(&self, place: Place) -> Option<&str> {
        self.packed.get(place.start as usize..place.end as usize)
    }
}

impl Pieces<'_> {
    fn octets(&self) -> usize {
        let fields = [
            self.content_type,
            self.parameters,
            self.entity_tag,
            self.user_agent,
            self.subscriber,
            self.reason,
            self.server,
            self.location,
        ];
        let pieces = fields.iter().flatten().chain(self.url.iter().flatten());
        pieces.map(|piece| piece.len()).fold(0, usize::saturating_add)
    }
}

fn append(packed: &mut String, pieces: &[&str]) -> Place {
    if pieces.is_empty() {
        return Place::default();
    }
    // A head has far fewer octets than this can tell.
    let here = |packed: &String| u32::try_from(packed.len()).unwrap_or(u32::MAX);
    let start = here(packed);
    pieces.iter().for_each(|piece| packed.push_str(piece));
    Place {
        start,
        end: here(packed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_found_again() {
        let texts = Texts::pack(&Pieces {
            content_type: Some("Text/PLAIN"),
            url: Some(["http://", "Host", "/Path"]),
            entity_tag: Some(""),
            subscriber: Some("+49é"),
            ..Pieces::default()
        });
        assert_eq!(texts.content_type(), Some("text/plain"));
        assert_eq!(texts.boundary(), None);
        assert_eq!(texts.url(), Some("http://Host/Path"));
        assert_eq!(texts.entity_tag(), Some(""));
        assert_eq!(texts.user_agent(), None);
        assert_eq!(texts.subscriber(), Some("+49é"));
        assert_eq!(texts.octets(), 10 + 16 + 5);
    }

    #[test]
    fn no_texts_are_none() {
        for texts in [Texts::default(), Texts::pack(&Pieces::default())] {
            assert_eq!(
                (texts.url(), texts.content_type(), texts.octets()),
                (None, None, 0)
            );
        }
    }
}

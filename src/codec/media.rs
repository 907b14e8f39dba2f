//! Media types and parameters by their assigned numbers (WAP-230-WSP appendix A tables 40 and 38, OMNA WSP
//! registries).

/// Code, media type in lower case.
const TYPES: &[(u16, &str)] = &[
    (0x00, "*/*"),
    (0x01, "text/*"),
    (0x02, "text/html"),
    (0x03, "text/plain"),
    (0x04, "text/x-hdml"),
    (0x05, "text/x-ttml"),
    (0x06, "text/x-vcalendar"),
    (0x07, "text/x-vcard"),
    (0x08, "text/vnd.wap.wml"),
    (0x09, "text/vnd.wap.wmlscript"),
    (0x0a, "text/vnd.wap.wta-event"),
    (0x0b, "multipart/*"),
    (0x0c, "multipart/mixed"),
    (0x0d, "multipart/form-data"),
    (0x0e, "multipart/byteranges"),
    (0x0f, "multipart/alternative"),
    (0x10, "application/*"),
    (0x11, "application/java-vm"),
    (0x12, "application/x-www-form-urlencoded"),
    (0x13, "application/x-hdmlc"),
    (0x14, "application/vnd.wap.wmlc"),
    (0x15, "application/vnd.wap.wmlscriptc"),
    (0x16, "application/vnd.wap.wta-eventc"),
    (0x17, "application/vnd.wap.uaprof"),
    (0x18, "application/vnd.wap.wtls-ca-certificate"),
    (0x19, "application/vnd.wap.wtls-user-certificate"),
    (0x1a, "application/x-x509-ca-cert"),
    (0x1b, "application/x-x509-user-cert"),
    (0x1c, "image/*"),
    (0x1d, "image/gif"),
    (0x1e, "image/jpeg"),
    (0x1f, "image/tiff"),
    (0x20, "image/png"),
    (0x21, "image/vnd.wap.wbmp"),
    (0x22, "application/vnd.wap.multipart.*"),
    (0x23, "application/vnd.wap.multipart.mixed"),
    (0x24, "application/vnd.wap.multipart.form-data"),
    (0x25, "application/vnd.wap.multipart.byteranges"),
    (0x26, "application/vnd.wap.multipart.alternative"),
    (0x27, "application/xml"),
    (0x28, "text/xml"),
    (0x29, "application/vnd.wap.wbxml"),
    (0x2a, "application/x-x968-cross-cert"),
    (0x2b, "application/x-x968-ca-cert"),
    (0x2c, "application/x-x968-user-cert"),
    (0x2d, "text/vnd.wap.si"),
    (0x2e, "application/vnd.wap.sic"),
    (0x2f, "text/vnd.wap.sl"),
    (0x30, "application/vnd.wap.slc"),
    (0x31, "text/vnd.wap.co"),
    (0x32, "application/vnd.wap.coc"),
    (0x33, "application/vnd.wap.multipart.related"),
    (0x34, "application/vnd.wap.sia"),
    (0x35, "text/vnd.wap.connectivity-xml"),
    (0x36, "application/vnd.wap.connectivity-wbxml"),
    (0x37, "application/pkcs7-mime"),
    (0x38, "application/vnd.wap.hashed-certificate"),
    (0x39, "application/vnd.wap.signed-certificate"),
    (0x3a, "application/vnd.wap.cert-response"),
    (0x3b, "application/xhtml+xml"),
    (0x3c, "application/wml+xml"),
    (0x3d, "text/css"),
    (0x3e, "application/vnd.wap.mms-message"),
    (0x3f, "application/vnd.wap.rollover-certificate"),
    (0x40, "application/vnd.wap.locc+wbxml"),
    (0x41, "application/vnd.wap.loc+xml"),
    (0x42, "application/vnd.syncml.dm+wbxml"),
    (0x43, "application/vnd.syncml.dm+xml"),
    (0x44, "application/vnd.syncml.notification"),
    (0x45, "application/vnd.wap.xhtml+xml"),
    (0x46, "application/vnd.wv.csp.cir"),
    (0x47, "application/vnd.oma.dd+xml"),
    (0x48, "application/vnd.oma.drm.message"),
    (0x49, "application/vnd.oma.drm.content"),
    (0x4a, "application/vnd.oma.drm.rights+xml"),
    (0x4b, "application/vnd.oma.drm.rights+wbxml"),
    (0x4c, "application/vnd.wv.csp+xml"),
    (0x4d, "application/vnd.wv.csp+wbxml"),
    (0x4e, "application/vnd.syncml.ds.notification"),
    (0x4f, "audio/*"),
    (0x50, "video/*"),
    (0x51, "application/vnd.oma.dd2+xml"),
    (0x52, "application/mikey"),
    (0x53, "application/vnd.oma.dcd"),
    (0x54, "application/vnd.oma.dcdc"),
    (0x55, "text/x-vmessage"),
    (0x56, "application/vnd.omads-email+wbxml"),
    (0x57, "text/x-vbookmark"),
    (0x58, "application/vnd.syncml.dm.notification"),
    (0x5a, "application/octet-stream"),
    (0x201, "application/vnd.uplanet.cacheop-wbxml"),
    (0x202, "application/vnd.uplanet.signal"),
    (0x203, "application/vnd.uplanet.alert-wbxml"),
    (0x204, "application/vnd.uplanet.list-wbxml"),
    (0x205, "application/vnd.uplanet.listcmd-wbxml"),
    (0x206, "application/vnd.uplanet.channel-wbxml"),
    (0x207, "application/vnd.uplanet.provisioning-status-uri"),
    (0x208, "x-wap.multipart/vnd.uplanet.header-set"),
    (0x209, "application/vnd.uplanet.bearer-choice-wbxml"),
    (0x20a, "application/vnd.phonecom.mmc-wbxml"),
    (0x20b, "application/vnd.nokia.syncset+wbxml"),
    (0x20c, "image/x-up-wpng"),
    (0x300, "application/iota.mmc-wbxml"),
    (0x301, "application/iota.mmc-xml"),
    (0x302, "application/vnd.syncml+xml"),
    (0x303, "application/vnd.syncml+wbxml"),
    (0x304, "text/vnd.wap.emn+xml"),
    (0x305, "text/calendar"),
    (0x306, "application/vnd.omads-email+xml"),
    (0x307, "application/vnd.omads-file+xml"),
    (0x308, "application/vnd.omads-folder+xml"),
    (0x309, "text/directory;profile=vcard"),
    (0x30a, "application/vnd.wap.emn+wbxml"),
    (0x312, "application/vnd.omaloc-supl-init"),
    (0x316, "application/vnd.oma.drm.roap-trigger+wbxml"),
];

/// The media type of a well-known code; none for an unassigned one.
pub fn well_known(code: u64) -> Option<&'static str> {
    let code = u16::try_from(code).ok()?;
    let place = TYPES.binary_search_by_key(&code, |(known, _)| *known).ok()?;
    TYPES.get(place).map(|(_, name)| *name)
}

/// The code of a media type; none where it is always written as text.
pub fn code_of(name: &str) -> Option<u16> {
    TYPES
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(code, _)| *code)
}

/// How a parameter's value is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterCoding {
    /// Text-string, or Text-value: a NUL alone, Token-text, or Quoted-string.
    Text,
    /// Well-known-charset: an Integer-value.
    Charset,
    /// A uintvar quality (section 8.4.2.3).
    Quality,
    /// Version-value.
    Version,
    /// Integer-value.
    Integer,
    /// Constrained-encoding: a media type by code or as text.
    Media,
    /// A header's name, by code or as text.
    FieldName,
    /// Date-value.
    Date,
    /// A NUL that says yes by being there.
    Present,
}

/// A well-known parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WellKnownParameter {
    /// Its code.
    pub code: u8,
    /// Its name, in lower case.
    pub name: &'static str,
    /// How its value is coded.
    pub coding: ParameterCoding,
}

/// The parameter of a well-known code. Codes 05, 06, 0A–0D and 0F are those of encoding versions before 1.4,
/// 17–1D of 1.4.
pub fn parameter(code: u8) -> Option<WellKnownParameter> {
    use ParameterCoding as Coding;
    let (name, coding) = match code {
        0x00 => ("q", Coding::Quality),
        0x01 => ("charset", Coding::Charset),
        0x02 => ("level", Coding::Version),
        0x03 | 0x09 => ("type", Coding::Media),
        0x05 | 0x17 => ("name", Coding::Text),
        0x06 | 0x18 => ("filename", Coding::Text),
        0x07 => ("differences", Coding::FieldName),
        0x08 => ("padding", Coding::Integer),
        0x0a | 0x19 => ("start", Coding::Text),
        0x0b | 0x1a => ("start-info", Coding::Text),
        0x0c | 0x1b => ("comment", Coding::Text),
        0x0d | 0x1c => ("domain", Coding::Text),
        0x0e => ("max-age", Coding::Integer),
        0x0f | 0x1d => ("path", Coding::Text),
        0x10 => ("secure", Coding::Present),
        0x11 => ("sec", Coding::Integer),
        0x12 => ("mac", Coding::Text),
        0x13 => ("creation-date", Coding::Date),
        0x14 => ("modification-date", Coding::Date),
        0x15 => ("read-date", Coding::Date),
        0x16 => ("size", Coding::Integer),
        _ => return None,
    };
    Some(WellKnownParameter { code, name, coding })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_in_lower_case() {
        assert!(TYPES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(TYPES.iter().all(|(_, name)| *name == name.to_ascii_lowercase()));
    }

    #[test]
    fn codes_that_mms_uses() {
        for (code, name) in [
            (0x03, "text/plain"),
            (0x1e, "image/jpeg"),
            (0x23, "application/vnd.wap.multipart.mixed"),
            (0x26, "application/vnd.wap.multipart.alternative"),
            (0x33, "application/vnd.wap.multipart.related"),
            (0x3e, "application/vnd.wap.mms-message"),
        ] {
            assert_eq!(well_known(code), Some(name));
            assert_eq!(code_of(name).map(u64::from), Some(code));
        }
        assert_eq!(well_known(0x59), None);
        assert_eq!(well_known(u64::MAX), None);
        assert_eq!(code_of("application/smil"), None);
    }
}

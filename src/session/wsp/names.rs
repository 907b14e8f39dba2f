//! Assigned names that only sessions need: header code pages, push applications, languages (WAP-230 appendix A,
//! OMNA registers).

use crate::codec::wsp_headers::{self, DEFAULT_PAGE};

/// A header's name by its code page and code.
pub(super) fn header(page: u8, code: u8) -> Option<&'static str> {
    match page {
        DEFAULT_PAGE => wsp_headers::name(code),
        OPENWAVE_PAGE => OPENWAVE_HEADERS.get(usize::from(code)).copied(),
        _ => None,
    }
}

/// The page that sessions negotiate by the name `x-up-1`.
const OPENWAVE_PAGE: u8 = 2;

/// Openwave's page, by code.
const OPENWAVE_HEADERS: &[&str] = &[
    "x-up-proxy-push-addr",
    "x-up-proxy-push-accept",
    "x-up-proxy-seq",
    "x-up-proxy-notify",
    "x-up-proxy-operator-domain",
    "x-up-proxy-home-page",
    "x-up-devcap-has-color",
    "x-up-devcap-num-softkeys",
    "x-up-devcap-softkey-size",
    "x-up-devcap-screen-chars",
    "x-up-devcap-screen-pixels",
    "x-up-devcap-em-size",
    "x-up-devcap-screen-depth",
    "x-up-devcap-immed-alert",
    "x-up-proxy-net-ask",
    "x-up-proxy-uplink-version",
    "x-up-proxy-tod",
    "x-up-proxy-ba-enable",
    "x-up-proxy-ba-realm",
    "x-up-proxy-redirect-enable",
    "x-up-proxy-request-uri",
    "x-up-proxy-redirect-status",
    "x-up-proxy-trans-charset",
    "x-up-proxy-linger",
    "x-up-proxy-client-id",
    "x-up-proxy-enable-trust",
    "x-up-proxy-trust-old",
];

/// A push application by its id (OMNA, X-Wap-Application-Id).
pub(super) fn application(id: u64) -> Option<&'static str> {
    Some(match id {
        0x00 => "x-wap-application:*",
        0x01 => "x-wap-application:push.sia",
        0x02 => "x-wap-application:wml.ua",
        0x03 => "x-wap-application:wta.ua",
        0x04 => "x-wap-application:mms.ua",
        0x05 => "x-wap-application:push.syncml",
        0x06 => "x-wap-application:loc.ua",
        0x07 => "x-wap-application:syncml.dm",
        0x08 => "x-wap-application:drm.ua",
        0x09 => "x-wap-application:emn.ua",
        0x0A => "x-wap-application:wv.ua",
        0x8000 => "x-wap-microsoft:localcontent.ua",
        0x8001 => "x-wap-microsoft:IMclient.ua",
        0x8002 => "x-wap-docomo:imode.mail.ua",
        0x8003 => "x-wap-docomo:imode.mr.ua",
        0x8004 => "x-wap-docomo:imode.mf.ua",
        0x8005 => "x-motorola:location.ua",
        0x8006 => "x-motorola:now.ua",
        0x8007 => "x-motorola:otaprov.ua",
        0x8008 => "x-motorola:browser.ua",
        0x8009 => "x-motorola:splash.ua",
        0x800B => "x-wap-nai:mvsw.command",
        0x8010 => "x-wap-openwave:iota.ua",
        _ => return None,
    })
}

/// A language by its code (WAP-230 table 41).
pub(super) fn language(code: u64) -> Option<&'static str> {
    let index = usize::try_from(code).ok()?;
    LANGUAGES
        .split_ascii_whitespace()
        .nth(index)
        .filter(|tag| *tag != "-")
}

/// ISO 639 tags by code from 0.
const LANGUAGES: &str = "\
    * aa ab af am ar as ay az ba be bg bh bi bn bo br ca co cs cy da de dz el en eo es et eu fa fi \
    fj ur fr uz ga gd gl gn gu ha he hi hr hu hy vi id wo xh is it yo ja jw ka kk za km kn ko ks ku \
    ky zh ln lo lt lv mg mi mk ml mn mo mr ms mt my uk ne nl no oc om or pa pl ps pt qu zu rn ro ru \
    rw sa sd sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ug \
    - na fo fy ia vo ie ik yi iu kl la rm";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_their_anchors_where_the_specification_has_them() {
        assert_eq!(header(1, 0x11), Some("Content-Type"));
        assert_eq!(header(1, 0x29), Some("User-Agent"));
        assert_eq!(header(1, 0x2F), Some("X-Wap-Application-Id"));
        assert_eq!(header(1, 0x35), Some("Profile"));
        assert_eq!(header(1, 0x40), Some("Content-ID"));
        assert_eq!(header(1, 0x4A), Some("X-Wap-Loc-Delivery"));
        assert_eq!(header(1, 0x4B), None);
        assert_eq!(header(2, 0x18), Some("x-up-proxy-client-id"));
        assert_eq!(header(3, 0), None);
        for (code, tag) in [
            (0x01, "aa"),
            (0x16, "de"),
            (0x19, "en"),
            (0x22, "fr"),
            (0x41, "zh"),
            (0x70, "sv"),
        ] {
            assert_eq!(language(code), Some(tag));
        }
        assert_eq!(
            (language(0x7F), language(0x80), language(0x8C)),
            (Some("ug"), None, Some("rm"))
        );
    }
}

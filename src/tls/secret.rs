//! Secrets, which nothing prints.

use std::fmt;

/// A secret or a key. It has no text: not in an error, not in a debugger's view.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(Box<[u8]>);

impl Secret {
    /// A secret of these octets.
    pub(super) fn new(octets: &[u8]) -> Self {
        Self(octets.into())
    }

    /// A secret of so many octets, which `fill` makes.
    pub(super) fn filled(octets: usize, fill: impl FnOnce(&mut [u8])) -> Self {
        let mut secret = vec![0; octets].into_boxed_slice();
        fill(&mut secret);
        Self(secret)
    }

    /// Its octets, for the primitives.
    pub(super) fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The random of a ClientHello or ServerHello (RFC 8446 section 4.1.2).
pub(super) type Random = [u8; 32];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new(&[0x41; 48])), "Secret(..)");
    }
}

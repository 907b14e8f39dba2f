//! Handshake messages out of records: several in one, one over several (RFC 8446 section 5.1).

/// The messages that matter, by their type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MessageKind {
    ClientHello,
    ServerHello,
    NewSessionTicket,
    EndOfEarlyData,
    EncryptedExtensions,
    Certificate,
    ClientKeyExchange,
    Finished,
    KeyUpdate,
    Other,
}

impl MessageKind {
    const fn of(octet: u8) -> Self {
        match octet {
            1 => Self::ClientHello,
            2 => Self::ServerHello,
            4 => Self::NewSessionTicket,
            5 => Self::EndOfEarlyData,
            8 => Self::EncryptedExtensions,
            11 => Self::Certificate,
            16 => Self::ClientKeyExchange,
            20 => Self::Finished,
            24 => Self::KeyUpdate,
            _ => Self::Other,
        }
    }
}

/// Octets of a message's head: its type and its length.
const HEAD_OCTETS: usize = 4;

/// Puts messages together.
#[derive(Debug, Default)]
pub(super) struct Messages {
    octets: Vec<u8>,
}

/// A message that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Messages {
    /// Takes octets of a record.
    pub(super) fn push(&mut self, octets: &[u8], most: usize) -> Result<(), TooLong> {
        if self.octets.len().saturating_add(octets.len()) > most {
            self.octets = Vec::new();
            return Err(TooLong);
        }
        self.octets.extend_from_slice(octets);
        Ok(())
    }

    /// The next message that is whole: its kind, and all of its octets with the head.
    pub(super) fn next(&mut self) -> Option<(MessageKind, Vec<u8>)> {
        let [kind, a, b, c] = *self.octets.first_chunk()?;
        let length = HEAD_OCTETS + u32::from_be_bytes([0, a, b, c]) as usize;
        if self.octets.len() < length {
            return None;
        }
        let rest = self.octets.split_off(length);
        let message = std::mem::replace(&mut self.octets, rest);
        Some((MessageKind::of(kind), message))
    }

    /// Octets were lost: what waits leads nowhere.
    pub(super) fn lose(&mut self) {
        self.octets = Vec::new();
    }
}

/// What lies behind the head of a message.
pub(super) fn body(message: &[u8]) -> &[u8] {
    message.get(HEAD_OCTETS..).unwrap_or_default()
}

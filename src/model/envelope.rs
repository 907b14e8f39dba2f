//! The envelope of a mail, which stands in the commands of SMTP and not in the mail (RFC 5321 section 2.3.1).

use super::Extent;

/// Who hands a mail over to whom, and what was said of it before its data. Of a connection that begins outside of the
/// capture, parts may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The name with which the server greeted (220).
    pub server: Option<&'a str>,
    /// The name by which the client called itself (EHLO, HELO).
    pub client: Option<&'a str>,
    /// The address of MAIL FROM without `<>`: empty in a report of a mail server, none where the command was not
    /// captured.
    pub sender: Option<&'a str>,
    /// What the sender calls the envelope (ENVID of MAIL FROM, RFC 3461 section 4.4): a report names it as
    /// Original-Envelope-Id.
    pub id: Option<&'a str>,
    /// The addresses of RCPT TO without `<>`, in order.
    pub recipients: &'a [EnvelopeRecipient<'a>],
    /// The command that was refused, where no data followed for that.
    pub refused: Option<SmtpCommand>,
}

/// A recipient in an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvelopeRecipient<'a> {
    /// The address without `<>`.
    pub address: &'a str,
    /// The frames of the command.
    pub command: Extent,
    /// What the server said; none where that was not captured.
    pub reply: Option<SmtpReply<'a>>,
}

impl EnvelopeRecipient<'_> {
    /// Whether the server refused it.
    pub fn is_refused(&self) -> bool {
        self.reply.is_some_and(|reply| reply.code >= 400)
    }
}

/// A reply of an SMTP server (RFC 5321 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmtpReply<'a> {
    /// The three digits.
    pub code: u16,
    /// The text behind them, of all lines with a blank between them.
    pub text: &'a str,
    /// The frames it lies in.
    pub extent: Extent,
}

/// A command of a mail transaction (RFC 5321 section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SmtpCommand {
    /// MAIL FROM.
    Mail,
    /// RCPT TO, of every recipient.
    Recipient,
    /// DATA, or BDAT.
    Data,
}

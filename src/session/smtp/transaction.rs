//! A mail transaction (RFC 5321 section 3.3): its envelope, and what the server said of it.

use super::reply::Reply;
use crate::model::{EnvelopeRecipient, Extent, SmtpCommand};

/// Recipients that are kept of one transaction. Servers must take 100 (RFC 5321 section 4.5.3.1.8); those that take more
/// stop at some thousand.
pub(super) const RECIPIENTS: usize = 4096;

/// A transaction so far.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    /// The address of MAIL FROM, and the frames of the command; none where it was not captured.
    sender: Option<(String, Extent)>,
    /// ENVID of MAIL FROM.
    id: Option<String>,
    recipients: Vec<Recipient>,
    /// Octets that the recipients take, about: it is asked for after every packet.
    recipients_octets: usize,
    /// The command that was refused beside those to recipients, with its frames, and the reply.
    refusal: Option<Refusal>,
}

#[derive(Debug)]
struct Recipient {
    address: String,
    command: Extent,
    reply: Option<Reply>,
}

/// A command that was refused, so that no data followed.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) command: SmtpCommand,
    /// The frames of the command.
    pub(super) extent: Extent,
    pub(super) reply: Reply,
}

impl Transaction {
    /// A transaction that MAIL FROM begins.
    pub(super) fn begin(sender: String, id: Option<String>, command: Extent) -> Self {
        Self {
            sender: Some((sender, command)),
            id,
            ..Self::default()
        }
    }

    /// Whether nothing of it was captured.
    pub(super) const fn is_empty(&self) -> bool {
        self.sender.is_none() && self.recipients.is_empty()
    }

    /// Octets that it takes, about.
    pub(super) const fn held_octets(&self) -> usize {
        self.recipients_octets
    }

    /// The address of MAIL FROM.
    pub(super) fn sender(&self) -> Option<&str> {
        self.sender.as_ref().map(|(sender, _)| sender.as_str())
    }

    /// What the sender calls the envelope.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// All addresses.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        let recipients = self.recipients.iter().map(|recipient| recipient.address.as_str());
        self.sender().into_iter().chain(recipients)
    }

    /// Adds a recipient: its number; none where there are too many.
    pub(super) fn add(&mut self, address: String, command: Extent) -> Option<usize> {
        let number = self.recipients.len();
        if number >= RECIPIENTS {
            return None;
        }
        self.grow_by(size_of::<Recipient>().saturating_add(address.len()));
        self.recipients.push(Recipient {
            address,
            command,
            reply: None,
        });
        Some(number)
    }

    /// The reply to a recipient.
    pub(super) fn answer_recipient(&mut self, number: usize, reply: Reply) {
        if let Some(recipient) = self.recipients.get_mut(number) {
            let text = reply.text.len();
            recipient.reply = Some(reply);
            self.grow_by(text);
        }
    }

    fn grow_by(&mut self, octets: usize) {
        self.recipients_octets = self.recipients_octets.saturating_add(octets);
    }

    /// MAIL, DATA or BDAT was refused; the first counts.
    pub(super) fn refuse(&mut self, command: SmtpCommand, extent: Extent, reply: Reply) {
        self.refusal.get_or_insert(Refusal {
            command,
            extent,
            reply,
        });
    }

    /// What was refused, where no data could follow: MAIL; every recipient; DATA.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        let refused = self.refusal.as_ref();
        if refused.is_some_and(|refusal| refusal.command == SmtpCommand::Mail) {
            return refused.cloned();
        }
        self.refused_recipients().or_else(|| refused.cloned())
    }

    /// Where no recipient was taken, the first that was refused.
    fn refused_recipients(&self) -> Option<Refusal> {
        let mut replies = self.recipients.iter().map(|recipient| recipient.reply.as_ref());
        if replies.any(|reply| reply.is_none_or(|reply| !reply.refuses())) {
            return None;
        }
        let first = self.recipients.first()?;
        Some(Refusal {
            command: SmtpCommand::Recipient,
            extent: first.command,
            reply: first.reply.clone()?,
        })
    }

    /// The recipients as an envelope has them.
    pub(super) fn recipients(&self) -> Vec<EnvelopeRecipient<'_>> {
        let recipients = self.recipients.iter().map(|recipient| EnvelopeRecipient {
            address: &recipient.address,
            command: recipient.command,
            reply: recipient.reply.as_ref().map(Reply::borrowed),
        });
        recipients.collect()
    }
}

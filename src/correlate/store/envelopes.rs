//! The envelope of a mail as a leg keeps it.

use crate::correlate::record::address;
use crate::correlate::store::texts::{Span, Texts};
use crate::model::{self, Extent};

/// The most recipients of one envelope that are kept: what mail servers take in one transaction (RFC 5321 section
/// 4.5.3.1.8 asks for 100).
const MAX_RECIPIENTS: usize = 10_000;

/// Who hands a mail over to whom, with its texts elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    sender: Option<Span>,
    id: Option<Span>,
    server: Option<Span>,
    recipients: Box<[Recipient]>,
}

/// A recipient of an envelope.
#[derive(Clone, Copy, Debug)]
struct Recipient {
    address: Option<Span>,
    command: Extent,
    reply: Option<Reply>,
}

/// What a mail server said to a recipient.
#[derive(Clone, Copy, Debug)]
struct Reply {
    code: u16,
    text: Option<Span>,
    extent: Extent,
}

/// A recipient as it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EnvelopeRecipient<'a> {
    /// As the command has it.
    pub(crate) written: &'a str,
    /// Where the command was seen.
    pub(crate) command: Extent,
    /// The reply that refused it.
    pub(crate) refusal: Option<Refusal<'a>>,
}

/// A reply of a mail server that refuses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal<'a> {
    pub(crate) code: u16,
    pub(crate) text: Option<&'a str>,
    pub(crate) extent: Extent,
}

impl<'a> EnvelopeRecipient<'a> {
    /// The number or the mail address.
    pub(crate) fn address(self) -> &'a str {
        address::of_mail(self.written)
    }
}

impl Envelope {
    pub(crate) fn new(envelope: &model::Envelope<'_>, texts: &mut Texts) -> Self {
        let recipients = envelope.recipients.iter().take(MAX_RECIPIENTS);
        let recipients = recipients.map(|recipient| Recipient {
            address: texts.add(Some(recipient.address)),
            command: recipient.command,
            reply: recipient.reply.map(|reply| Reply {
                code: reply.code,
                text: texts.add(Some(reply.text).filter(|text| reply.code >= REFUSED && !text.is_empty())),
                extent: reply.extent,
            }),
        });
        let recipients = recipients.collect();
        Self {
            sender: texts.add(envelope.sender),
            id: texts.add(envelope.id),
            server: texts.add(envelope.server),
            recipients,
        }
    }

    /// The address of MAIL FROM: empty in a report of a mail server.
    pub(crate) fn sender<'a>(&self, texts: &'a Texts) -> Option<&'a str> {
        texts.get(self.sender)
    }

    /// What the sender calls the envelope.
    pub(crate) fn id<'a>(&self, texts: &'a Texts) -> Option<&'a str> {
        texts.get(self.id)
    }

    /// The name with which the server greeted.
    pub(crate) fn server<'a>(&self, texts: &'a Texts) -> Option<&'a str> {
        texts.get(self.server)
    }

    /// The recipients, with what refused them.
    pub(crate) fn recipients<'a>(
        &'a self,
        texts: &'a Texts,
    ) -> impl Iterator<Item = EnvelopeRecipient<'a>> + use<'a> {
        self.recipients.iter().filter_map(move |recipient| {
            let refused = recipient.reply.filter(|reply| reply.code >= REFUSED);
            Some(EnvelopeRecipient {
                written: texts.get(recipient.address)?,
                command: recipient.command,
                refusal: refused.map(|reply| Refusal {
                    code: reply.code,
                    text: texts.get(reply.text),
                    extent: reply.extent,
                }),
            })
        })
    }

    /// Octets of memory that it takes beside its texts.
    pub(crate) fn octets(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.recipients)
    }
}

/// The first reply code that refuses (RFC 5321 section 4.2.1).
const REFUSED: u16 = 400;

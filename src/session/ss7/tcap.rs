//! TCAP messages and their components (ITU-T Q.773).

use super::ber::Value;

/// What a message does to its dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Opens it.
    Begin {
        /// The transaction id that the sender gave it.
        origin: u32,
    },
    /// Goes on with it.
    Continue {
        /// The sender's transaction id.
        origin: u32,
        /// The receiver's.
        destination: u32,
    },
    /// Ends it.
    End {
        /// The receiver's transaction id.
        destination: u32,
    },
    /// Breaks it off.
    Abort {
        /// The receiver's transaction id.
        destination: u32,
        /// Why.
        reason: AbortReason,
    },
}

/// Why a dialogue was broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbortReason {
    /// TCAP itself did: the P-Abort cause.
    Provider(u8),
    /// Its user did.
    User,
    /// The receiver does not know the application context, so the sender tries another version.
    Refused,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What it does to its dialogue.
    pub kind: Kind,
    components: Option<Value<'a>>,
}

/// A component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component<'a> {
    /// Asks for an operation.
    Invoke {
        /// Which of the sender's it is.
        id: u8,
        /// The operation's local code.
        operation: u8,
        /// Its argument.
        argument: Option<Value<'a>>,
    },
    /// The operation went well.
    Result {
        /// Which of the receiver's it was.
        id: u8,
        /// What it gave.
        result: Option<Value<'a>>,
    },
    /// The operation went wrong.
    Error {
        /// Which of the receiver's it was.
        id: u8,
        /// The error's local code.
        code: u8,
    },
    /// The operation was not understood.
    Reject {
        /// Which of the receiver's it was.
        id: u8,
    },
}

const BEGIN: u8 = 0x62;
const END: u8 = 0x64;
const CONTINUE: u8 = 0x65;
const ABORT: u8 = 0x67;
const ORIGIN: u8 = 0x48;
const DESTINATION: u8 = 0x49;
const ABORT_CAUSE: u8 = 0x4a;
const DIALOGUE: u8 = 0x6b;
const COMPONENTS: u8 = 0x6c;

impl<'a> Message<'a> {
    /// Reads a message; none where the octets are none, or one outside of any dialogue.
    pub fn read(octets: &'a [u8]) -> Option<Self> {
        let message = Value::read(octets)?;
        let id = |tag| message.find(tag).and_then(|id| id.number());
        let kind = match message.tag {
            BEGIN => Kind::Begin { origin: id(ORIGIN)? },
            CONTINUE => Kind::Continue {
                origin: id(ORIGIN)?,
                destination: id(DESTINATION)?,
            },
            END => Kind::End {
                destination: id(DESTINATION)?,
            },
            ABORT => Kind::Abort {
                destination: id(DESTINATION)?,
                reason: abort_reason(&message),
            },
            _ => return None,
        };
        Some(Self {
            kind,
            components: message.find(COMPONENTS),
        })
    }

    /// The sender's transaction id, where it gives one.
    pub const fn origin(&self) -> Option<u32> {
        match self.kind {
            Kind::Begin { origin } | Kind::Continue { origin, .. } => Some(origin),
            Kind::End { .. } | Kind::Abort { .. } => None,
        }
    }

    /// The receiver's transaction id, where there is one.
    pub const fn destination(&self) -> Option<u32> {
        match self.kind {
            Kind::Begin { .. } => None,
            Kind::Continue { destination, .. }
            | Kind::End { destination }
            | Kind::Abort { destination, .. } => Some(destination),
        }
    }

    /// Its components, those of global operations and errors left out.
    pub fn components(&self) -> impl Iterator<Item = Component<'a>> + use<'a> {
        let values = self.components.into_iter().flat_map(|portion| portion.values());
        values.filter_map(|value| component(&value))
    }
}

/// Where TCAP's user broke off, an AARE in the dialogue portion says that it never took the dialogue on.
fn abort_reason(message: &Value<'_>) -> AbortReason {
    const EXTERNAL: u8 = 0x28;
    const SINGLE_ASN1_TYPE: u8 = 0xa0;
    const AARE: u8 = 0x61;
    if let Some(cause) = message.find(ABORT_CAUSE).and_then(|cause| cause.small()) {
        return AbortReason::Provider(cause);
    }
    let external = message.find(DIALOGUE).and_then(|portion| portion.find(EXTERNAL));
    let pdu = external.and_then(|external| external.find(SINGLE_ASN1_TYPE));
    match pdu.and_then(|pdu| pdu.find(AARE)) {
        Some(_) => AbortReason::Refused,
        None => AbortReason::User,
    }
}

fn component<'a>(value: &Value<'a>) -> Option<Component<'a>> {
    const INVOKE: u8 = 0xa1;
    const RESULT_LAST: u8 = 0xa2;
    const ERROR: u8 = 0xa3;
    const REJECT: u8 = 0xa4;
    const RESULT_NOT_LAST: u8 = 0xa7;
    const LOCAL: u8 = 0x02;
    const LINKED: u8 = 0x80;
    const SEQUENCE: u8 = 0x30;
    let mut values = value.values();
    let id = values.next().filter(|id| id.tag == LOCAL)?.small()?;
    let mut values = values.filter(|value| value.tag != LINKED);
    let mut local = || values.next().filter(|code| code.tag == LOCAL)?.small();
    match value.tag {
        INVOKE => Some(Component::Invoke {
            id,
            operation: local()?,
            argument: values.next(),
        }),
        RESULT_LAST | RESULT_NOT_LAST => {
            let sequence = values.next().filter(|value| value.tag == SEQUENCE);
            // The operation's code comes first.
            let result = sequence.and_then(|sequence| sequence.values().nth(1));
            Some(Component::Result { id, result })
        }
        ERROR => Some(Component::Error { id, code: local()? }),
        REJECT => Some(Component::Reject { id }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Begin, transaction 1, an application context in the dialogue portion, invoke 1 of operation 44 with an empty
    /// argument.
    const BEGIN_INVOKE: &[u8] = &[
        0x62, 0x1d, 0x48, 0x04, 0, 0, 0, 1, 0x6b, 0x09, 0x28, 0x07, 0x06, 0x01, 0x00, 0xa0, 0x02, 0x60,
        0x00, //
        0x6c, 0x0a, 0xa1, 0x08, 0x02, 0x01, 0x01, 0x02, 0x01, 0x2c, 0x30, 0x00,
    ];

    fn components(octets: &[u8]) -> Vec<Component<'_>> {
        Message::read(octets).unwrap().components().collect()
    }

    #[test]
    fn a_dialogue_begins_with_an_invoke() {
        let message = Message::read(BEGIN_INVOKE).unwrap();
        assert_eq!(message.kind, Kind::Begin { origin: 1 });
        let argument = Some(Value {
            tag: 0x30,
            content: &[],
        });
        let invoke = Component::Invoke {
            id: 1,
            operation: 44,
            argument,
        };
        assert_eq!(components(BEGIN_INVOKE), [invoke]);
    }

    #[test]
    fn answers_name_what_they_answer() {
        let end = |component: &[u8]| {
            let portion = [&[0x6c, component.len() as u8][..], component].concat();
            let body = [&[0x49, 0x01, 0x07][..], &portion].concat();
            [&[0x64, body.len() as u8][..], &body].concat()
        };
        let empty = end(&[0xa2, 0x03, 0x02, 0x01, 0x05]);
        assert_eq!(components(&empty), [Component::Result { id: 5, result: None }]);
        let full = end(&[
            0xa2, 0x0b, 0x02, 0x01, 0x05, 0x30, 0x06, 0x02, 0x01, 0x2d, 0x04, 0x01, 0x09,
        ]);
        let result = Some(Value {
            tag: 0x04,
            content: &[9],
        });
        assert_eq!(components(&full), [Component::Result { id: 5, result }]);
        let error = end(&[0xa3, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x1b]);
        assert_eq!(components(&error), [Component::Error { id: 5, code: 27 }]);
        let linked = end(&[0xa1, 0x09, 0x02, 0x01, 0x05, 0x80, 0x01, 0x01, 0x02, 0x01, 0x2e]);
        let invoke = Component::Invoke {
            id: 5,
            operation: 46,
            argument: None,
        };
        assert_eq!(components(&linked), [invoke]);
        let reject = end(&[0xa4, 0x06, 0x02, 0x01, 0x05, 0x80, 0x01, 0x02]);
        assert_eq!(components(&reject), [Component::Reject { id: 5 }]);
    }

    #[test]
    fn an_abort_says_who_broke_off() {
        let abort = |rest: &[u8]| {
            let body = [&[0x49, 0x01, 0x07][..], rest].concat();
            let octets = [&[0x67, body.len() as u8][..], &body].concat();
            let Kind::Abort {
                destination: 7,
                reason,
            } = Message::read(&octets).unwrap().kind
            else {
                panic!("no abort of transaction 7")
            };
            reason
        };
        assert_eq!(abort(&[0x4a, 0x01, 0x04]), AbortReason::Provider(4));
        assert_eq!(abort(&[]), AbortReason::User);
        let dialogue = |pdu: u8| [0x6b, 0x09, 0x28, 0x07, 0x06, 0x01, 0x00, 0xa0, 0x02, pdu, 0x00];
        assert_eq!(abort(&dialogue(0x64)), AbortReason::User, "ABRT");
        assert_eq!(abort(&dialogue(0x61)), AbortReason::Refused, "AARE");
    }

    #[test]
    fn what_is_no_message_is_none() {
        assert_eq!(Message::read(&[0x61, 0x00]), None, "unidirectional");
        assert_eq!(Message::read(&[0x62, 0x00]), None, "no transaction");
        assert_eq!(Message::read(&BEGIN_INVOKE[..20]), None);
    }
}

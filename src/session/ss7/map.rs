//! The MAP operations about short messages (TS 29.002 chapters 7.6.8, 12 and 17.7.6).

use super::ber::Value;
use crate::session::sms::{Imsi, address_string};

/// An operation that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// forwardSM, mo-forwardSM, mt-forwardSM: takes a short message on.
    ForwardShortMessage(ForwardShortMessage<'a>),
    /// sendRoutingInfoForSM: where the phone with this number is.
    RoutingInformation {
        /// The number.
        msisdn: String,
    },
}

/// A short message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardShortMessage<'a> {
    /// Where it goes.
    pub destination: Destination,
    /// The phone that it comes from, where it says so.
    pub originator: Option<String>,
    /// SM-RP-UI: the TPDU.
    pub tpdu: &'a [u8],
}

/// SM-RP-DA: where a short message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To a phone, with its IMSI where it is given.
    Phone(Option<Imsi>),
    /// To a service centre.
    ServiceCentre,
    /// To where the one before it in the dialogue went.
    AsBefore,
}

/// Local operation codes.
const FORWARD_MT: u8 = 44;
const ROUTING_INFORMATION: u8 = 45;
/// Of either way before version 3.
const FORWARD: u8 = 46;

const SEQUENCE: u8 = 0x30;
const OCTETS: u8 = 0x04;

impl<'a> Operation<'a> {
    /// Reads the argument of an operation; none where it is another operation, or lacks what matters here.
    pub fn read(code: u8, argument: Option<Value<'a>>) -> Option<Self> {
        let argument = argument.filter(|argument| argument.tag == SEQUENCE)?;
        match code {
            FORWARD_MT | FORWARD => ForwardShortMessage::read(&argument).map(Self::ForwardShortMessage),
            ROUTING_INFORMATION => {
                const MSISDN: u8 = 0x80;
                let msisdn = address_string(argument.find(MSISDN)?.content);
                Some(Self::RoutingInformation { msisdn })
            }
            _ => None,
        }
    }
}

impl<'a> ForwardShortMessage<'a> {
    /// Reads SM-RP-DA, SM-RP-OA and SM-RP-UI.
    fn read(argument: &Value<'a>) -> Option<Self> {
        const IMSI: u8 = 0x80;
        const LMSI: u8 = 0x81;
        const MSISDN: u8 = 0x82;
        const ROAMING_NUMBER: u8 = 0x83;
        const SERVICE_CENTRE: u8 = 0x84;
        const NONE: u8 = 0x85;
        let mut values = argument.values();
        let (to, from) = (values.next()?, values.next()?);
        let destination = match to.tag {
            IMSI => Destination::Phone(Imsi::read(to.content)),
            LMSI | ROAMING_NUMBER => Destination::Phone(None),
            SERVICE_CENTRE => Destination::ServiceCentre,
            NONE => Destination::AsBefore,
            _ => return None,
        };
        Some(Self {
            destination,
            originator: (from.tag == MSISDN).then(|| address_string(from.content)),
            tpdu: values.find(|value| value.tag == OCTETS)?.content,
        })
    }
}

/// The IMSI in the result of sendRoutingInfoForSM.
pub fn routed_imsi(result: Option<Value<'_>>) -> Option<Imsi> {
    let result = result.filter(|result| result.tag == SEQUENCE)?;
    Imsi::read(result.find(OCTETS)?.content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(code: u8, octets: &[u8]) -> Option<Operation<'_>> {
        Operation::read(code, Value::read(octets))
    }

    const SERVICE_CENTRE: &[u8] = &[0x84, 0x03, 0x91, 0x94, 0x71];

    fn forwarded(destination: &[u8], originator: &[u8]) -> Vec<u8> {
        let fields = [destination, originator, &[0x04, 0x02, 0xaa, 0xbb]].concat();
        [&[0x30, fields.len() as u8][..], &fields].concat()
    }

    /// The argument's fields as TS 29.002 17.7.6 tags them.
    #[test]
    fn a_short_message_goes_to_a_phone_or_a_service_centre() {
        let imsi: &[u8] = &[0x80, 0x04, 0x62, 0x02, 0x11, 0xf2];
        let known = Imsi::read(&[0x62, 0x02, 0x11, 0xf2]);
        let msisdn: &[u8] = &[0x82, 0x03, 0x91, 0x94, 0x71];
        let roaming_number: &[u8] = &[0x83, 0x03, 0x91, 0x94, 0x71];
        for (to, from, destination) in [
            (imsi, SERVICE_CENTRE, Destination::Phone(known)),
            (
                &[0x81, 0x04, 0, 0, 0, 1],
                SERVICE_CENTRE,
                Destination::Phone(None),
            ),
            (roaming_number, SERVICE_CENTRE, Destination::Phone(None)),
            (&[0x85, 0x00], &[0x85, 0x00], Destination::AsBefore),
            (SERVICE_CENTRE, msisdn, Destination::ServiceCentre),
        ] {
            for code in [44, 46] {
                let forward = ForwardShortMessage {
                    destination,
                    originator: (from == msisdn).then(|| "+4917".to_owned()),
                    tpdu: &[0xaa, 0xbb],
                };
                let operation = Operation::ForwardShortMessage(forward);
                assert_eq!(read(code, &forwarded(to, from)), Some(operation));
            }
        }
    }

    #[test]
    fn what_lacks_a_field_or_is_another_operation_is_none() {
        assert_eq!(read(44, &forwarded(&[0x86, 0x00], SERVICE_CENTRE)), None);
        assert_eq!(read(44, &[0x30, 0x04, 0x85, 0x00, 0x85, 0x00]), None, "no TPDU");
        assert_eq!(read(2, &forwarded(SERVICE_CENTRE, SERVICE_CENTRE)), None);
        assert_eq!(Operation::read(44, None), None);
    }

    #[test]
    fn a_routing_enquiry_and_its_result() {
        let msisdn = "+4917".to_owned();
        let enquiry = [0x30, 0x08, 0x80, 0x03, 0x91, 0x94, 0x71, 0x81, 0x01, 0xff];
        assert_eq!(read(45, &enquiry), Some(Operation::RoutingInformation { msisdn }));
        let result = [0x30, 0x06, 0x04, 0x04, 0x62, 0x02, 0x11, 0xf2];
        assert_eq!(
            routed_imsi(Value::read(&result)),
            Imsi::read(&[0x62, 0x02, 0x11, 0xf2])
        );
        assert_eq!(routed_imsi(Value::read(&result[2..])), None);
    }
}

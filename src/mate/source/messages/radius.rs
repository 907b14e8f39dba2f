//! Fields of RADIUS packets (RFC 2865, RFC 2866, RFC 2869).

use std::net::{IpAddr, Ipv4Addr};

use crate::codec::Reader;
use crate::mate::catalogue::FieldId;
use crate::mate::source::text::Date;
use crate::mate::source::writer::{Fields, Place, Writer};
use crate::model::Timestamp;

/// Types of attributes.
mod attribute {
    pub(super) const USER_NAME: u8 = 1;
    pub(super) const NAS_IP_ADDRESS: u8 = 4;
    pub(super) const FRAMED_IP_ADDRESS: u8 = 8;
    pub(super) const CALLED_STATION_ID: u8 = 30;
    pub(super) const CALLING_STATION_ID: u8 = 31;
    pub(super) const ACCT_STATUS_TYPE: u8 = 40;
    pub(super) const ACCT_SESSION_ID: u8 = 44;
    pub(super) const EVENT_TIMESTAMP: u8 = 55;
}

/// Octets in front of the attributes.
const HEADER: usize = 20;

/// A packet.
pub(super) fn packet(octets: &[u8], place: Place, writer: &mut Writer<'_>) {
    let Some([code, id, high, low]) = octets.first_chunk().copied() else {
        return;
    };
    let length = u16::from_be_bytes([high, low]);
    if usize::from(length) < HEADER {
        return;
    }
    let mut fields = writer.layer(FieldId::RADIUS, place, None);
    fields.number(FieldId::RADIUS_CODE, 0, 1, code);
    fields.number(FieldId::RADIUS_ID, 1, 1, id);
    fields.number(FieldId::RADIUS_LENGTH, 2, 2, length);
    let attributes = octets.get(..usize::from(length)).unwrap_or(octets);
    let mut reader = Reader::with_base(attributes.get(HEADER..).unwrap_or_default(), HEADER);
    while let (Ok(kind), Ok(length)) = (reader.u8("attribute type"), reader.u8("attribute length")) {
        let at = reader.offset();
        let Some(Ok(value)) = usize::from(length)
            .checked_sub(2)
            .map(|rest| reader.take("attribute", rest))
        else {
            return;
        };
        one_attribute(kind, at, value, &mut fields);
    }
}

fn one_attribute(kind: u8, at: usize, value: &[u8], fields: &mut Fields<'_, '_>) {
    let text = match kind {
        attribute::USER_NAME => Some(FieldId::RADIUS_USER_NAME),
        attribute::CALLED_STATION_ID => Some(FieldId::RADIUS_CALLED_STATION_ID),
        attribute::CALLING_STATION_ID => Some(FieldId::RADIUS_CALLING_STATION_ID),
        attribute::ACCT_SESSION_ID => Some(FieldId::RADIUS_ACCT_SESSION_ID),
        _ => None,
    };
    if let Some(field) = text {
        return fields.text(field, at, value);
    }
    let Ok(four) = <[u8; 4]>::try_from(value) else {
        return;
    };
    let number = u32::from_be_bytes(four);
    let address = IpAddr::V4(Ipv4Addr::from(four));
    match kind {
        attribute::NAS_IP_ADDRESS => fields.address(FieldId::RADIUS_NAS_IP_ADDRESS, at, address),
        attribute::FRAMED_IP_ADDRESS => fields.address(FieldId::RADIUS_FRAMED_IP_ADDRESS, at, address),
        attribute::ACCT_STATUS_TYPE => fields.number(FieldId::RADIUS_ACCT_STATUS_TYPE, at, 4, number),
        attribute::EVENT_TIMESTAMP => {
            let date = Date(Timestamp::from_seconds(i64::from(number)));
            fields.show(FieldId::RADIUS_EVENT_TIMESTAMP, at, 4, date);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mate::source::tests::all_of;

    /// An Accounting-Request by hand after RFC 2866 section 4.1.
    #[test]
    fn attributes_are_read_up_to_the_length() {
        let mut octets = vec![4, 210, 0, 45];
        octets.extend([0; 16]);
        octets.extend(b"\x01\x05mms\x08\x06\x0a\x00\x00\x01\x28\x06\x00\x00\x00\x01\x1f\x08441500");
        octets.extend(b"\x01\x04no");
        let told = all_of(|place, writer| packet(&octets, place, writer));
        let expected = [
            "radius.code=4",
            "radius.id=210",
            "radius.length=45",
            "radius.User_Name=mms",
            "radius.Framed-IP-Address=10.0.0.1",
            "radius.Acct_Status_Type=1",
            "radius.Calling_Station_Id=441500",
        ];
        assert_eq!(told, expected);
    }
}

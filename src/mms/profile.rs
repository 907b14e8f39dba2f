//! Which headers each PDU type has (OMA-TS-MMS_ENC section 6, tables 1 to 24), and what a PDU lacks by it.

use super::{
    Coded, Field as F, HeaderBlock, MessageType,
    anomaly::{Notes, PduAnomalyKind as Kind},
    header::field_name,
};

/// The headers of one PDU type. X-Mms-Message-Type belongs to all and is not listed.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Must be there.
    pub mandatory: &'static [F],
    /// Must be there in some cases.
    pub conditional: &'static [F],
    /// May be there.
    pub optional: &'static [F],
    /// Whether the type has a body.
    pub body: bool,
}

const REPLY_CHARGING: [F; 4] = [
    F::REPLY_CHARGING,
    F::REPLY_CHARGING_DEADLINE,
    F::REPLY_CHARGING_SIZE,
    F::REPLY_CHARGING_ID,
];

const APPLICATION: [F; 3] = [F::APPLIC_ID, F::REPLY_APPLIC_ID, F::AUX_APPLIC_INFO];

const SEND_REQ: Profile = Profile {
    mandatory: &[F::TRANSACTION_ID, F::MMS_VERSION, F::FROM, F::CONTENT_TYPE],
    conditional: &[F::TO, F::CC, F::BCC],
    optional: &[
        F::DATE,
        F::SUBJECT,
        F::MESSAGE_CLASS,
        F::EXPIRY,
        F::DELIVERY_TIME,
        F::PRIORITY,
        F::SENDER_VISIBILITY,
        F::DELIVERY_REPORT,
        F::READ_REPORT,
        REPLY_CHARGING[0],
        REPLY_CHARGING[1],
        REPLY_CHARGING[2],
        REPLY_CHARGING[3],
        F::STORE,
        F::MM_STATE,
        F::MM_FLAGS,
        APPLICATION[0],
        APPLICATION[1],
        APPLICATION[2],
        F::CONTENT_CLASS,
        F::DRM_CONTENT,
        F::ADAPTATION_ALLOWED,
    ],
    body: true,
};

const SEND_CONF: Profile = Profile {
    mandatory: &[F::TRANSACTION_ID, F::MMS_VERSION, F::RESPONSE_STATUS],
    conditional: &[F::MESSAGE_ID],
    optional: &[
        F::RESPONSE_TEXT,
        F::CONTENT_LOCATION,
        F::STORE_STATUS,
        F::STORE_STATUS_TEXT,
    ],
    body: false,
};

const NOTIFICATION_IND: Profile = Profile {
    mandatory: &[
        F::TRANSACTION_ID,
        F::MMS_VERSION,
        F::MESSAGE_CLASS,
        F::MESSAGE_SIZE,
        F::EXPIRY,
        F::CONTENT_LOCATION,
    ],
    conditional: &[],
    optional: &[
        F::FROM,
        F::SUBJECT,
        F::DELIVERY_REPORT,
        REPLY_CHARGING[0],
        REPLY_CHARGING[1],
        REPLY_CHARGING[2],
        REPLY_CHARGING[3],
        F::STORED,
        F::PRIORITY,
        F::DISTRIBUTION_INDICATOR,
        F::ELEMENT_DESCRIPTOR,
        F::RECOMMENDED_RETRIEVAL_MODE,
        F::RECOMMENDED_RETRIEVAL_MODE_TEXT,
        APPLICATION[0],
        APPLICATION[1],
        APPLICATION[2],
        F::CONTENT_CLASS,
        F::DRM_CONTENT,
        F::REPLACE_ID,
    ],
    body: false,
};

const RETRIEVE_CONF: Profile = Profile {
    mandatory: &[F::MMS_VERSION, F::DATE, F::CONTENT_TYPE],
    conditional: &[F::TRANSACTION_ID, F::MESSAGE_ID],
    optional: &[
        F::FROM,
        F::TO,
        F::CC,
        F::SUBJECT,
        F::MESSAGE_CLASS,
        F::PRIORITY,
        F::DELIVERY_REPORT,
        F::READ_REPORT,
        F::PREVIOUSLY_SENT_BY,
        F::PREVIOUSLY_SENT_DATE,
        REPLY_CHARGING[0],
        REPLY_CHARGING[1],
        REPLY_CHARGING[2],
        REPLY_CHARGING[3],
        F::RETRIEVE_STATUS,
        F::RETRIEVE_TEXT,
        F::MM_STATE,
        F::MM_FLAGS,
        F::DISTRIBUTION_INDICATOR,
        APPLICATION[0],
        APPLICATION[1],
        APPLICATION[2],
        F::CONTENT_CLASS,
        F::DRM_CONTENT,
        F::REPLACE_ID,
    ],
    body: true,
};

const FORWARD_REQ: Profile = Profile {
    mandatory: &[F::TRANSACTION_ID, F::MMS_VERSION, F::FROM, F::CONTENT_LOCATION],
    conditional: &[F::TO, F::CC, F::BCC],
    optional: &[
        F::DATE,
        F::EXPIRY,
        F::DELIVERY_TIME,
        F::REPORT_ALLOWED,
        F::DELIVERY_REPORT,
        F::READ_REPORT,
        F::STORE,
        F::MM_STATE,
        F::MM_FLAGS,
        REPLY_CHARGING[0],
        REPLY_CHARGING[1],
        REPLY_CHARGING[2],
        REPLY_CHARGING[3],
    ],
    body: false,
};

const MBOX_DESCR: Profile = Profile {
    mandatory: &[F::MESSAGE_ID, F::CONTENT_TYPE],
    conditional: &[F::CONTENT_LOCATION, F::MM_STATE],
    optional: &[
        F::MMS_VERSION,
        F::MM_FLAGS,
        F::DATE,
        F::FROM,
        F::TO,
        F::CC,
        F::BCC,
        F::MESSAGE_CLASS,
        F::SUBJECT,
        F::PRIORITY,
        F::DELIVERY_TIME,
        F::EXPIRY,
        F::DELIVERY_REPORT,
        F::READ_REPORT,
        F::MESSAGE_SIZE,
        REPLY_CHARGING[0],
        REPLY_CHARGING[1],
        REPLY_CHARGING[2],
        REPLY_CHARGING[3],
        F::PREVIOUSLY_SENT_BY,
        F::PREVIOUSLY_SENT_DATE,
        APPLICATION[0],
        APPLICATION[1],
        APPLICATION[2],
        F::CONTENT_CLASS,
        F::DRM_CONTENT,
        F::REPLACE_ID,
    ],
    body: true,
};

const MBOX_VIEW_CONF: Profile = Profile {
    mandatory: &[
        F::TRANSACTION_ID,
        F::MMS_VERSION,
        F::RESPONSE_STATUS,
        F::CONTENT_TYPE,
    ],
    conditional: &[],
    optional: &[
        F::RESPONSE_TEXT,
        F::CONTENT_LOCATION,
        F::MM_STATE,
        F::MM_FLAGS,
        F::START,
        F::LIMIT,
        F::ATTRIBUTES,
        F::MBOX_TOTALS,
        F::MBOX_QUOTAS,
        F::MESSAGE_COUNT,
    ],
    body: true,
};

const MBOX_VIEW_REQ: Profile = simple(
    &[F::TRANSACTION_ID, F::MMS_VERSION],
    &[],
    &[
        F::CONTENT_LOCATION,
        F::MM_STATE,
        F::MM_FLAGS,
        F::START,
        F::LIMIT,
        F::ATTRIBUTES,
        F::TOTALS,
        F::QUOTAS,
    ],
);

const fn simple(mandatory: &'static [F], conditional: &'static [F], optional: &'static [F]) -> Profile {
    Profile {
        mandatory,
        conditional,
        optional,
        body: false,
    }
}

impl Profile {
    /// The headers of a PDU type; none for an unknown one.
    pub const fn of(message_type: MessageType) -> Option<Self> {
        Some(match message_type {
            MessageType::SEND_REQ => SEND_REQ,
            MessageType::SEND_CONF | MessageType::FORWARD_CONF => SEND_CONF,
            MessageType::NOTIFICATION_IND => NOTIFICATION_IND,
            MessageType::NOTIFYRESP_IND => simple(
                &[F::TRANSACTION_ID, F::MMS_VERSION, F::STATUS],
                &[],
                &[F::REPORT_ALLOWED],
            ),
            MessageType::RETRIEVE_CONF => RETRIEVE_CONF,
            MessageType::ACKNOWLEDGE_IND => simple(
                &[F::TRANSACTION_ID, F::MMS_VERSION],
                &[],
                &[F::REPORT_ALLOWED, F::STATUS],
            ),
            MessageType::DELIVERY_IND => simple(
                &[F::MMS_VERSION, F::MESSAGE_ID, F::TO, F::DATE, F::STATUS],
                &[],
                &[F::STATUS_TEXT, APPLICATION[0], APPLICATION[1], APPLICATION[2]],
            ),
            MessageType::READ_REC_IND => simple(
                &[F::MMS_VERSION, F::MESSAGE_ID, F::TO, F::FROM, F::READ_STATUS],
                &[],
                &[F::DATE, APPLICATION[0], APPLICATION[1], APPLICATION[2]],
            ),
            MessageType::READ_ORIG_IND => simple(
                &[
                    F::MMS_VERSION,
                    F::MESSAGE_ID,
                    F::TO,
                    F::FROM,
                    F::DATE,
                    F::READ_STATUS,
                ],
                &[],
                &APPLICATION,
            ),
            MessageType::FORWARD_REQ => FORWARD_REQ,
            MessageType::MBOX_STORE_REQ => simple(
                &[F::TRANSACTION_ID, F::MMS_VERSION, F::CONTENT_LOCATION],
                &[],
                &[F::MM_STATE, F::MM_FLAGS],
            ),
            MessageType::MBOX_STORE_CONF | MessageType::MBOX_UPLOAD_CONF => simple(
                &[F::TRANSACTION_ID, F::MMS_VERSION, F::STORE_STATUS],
                &[],
                &[F::CONTENT_LOCATION, F::STORE_STATUS_TEXT],
            ),
            MessageType::MBOX_VIEW_REQ => MBOX_VIEW_REQ,
            MessageType::MBOX_VIEW_CONF => MBOX_VIEW_CONF,
            MessageType::MBOX_UPLOAD_REQ => Self {
                mandatory: &[F::TRANSACTION_ID, F::MMS_VERSION, F::CONTENT_TYPE],
                conditional: &[],
                optional: &[F::MM_STATE, F::MM_FLAGS],
                body: true,
            },
            MessageType::MBOX_DELETE_REQ | MessageType::DELETE_REQ => simple(
                &[F::TRANSACTION_ID, F::MMS_VERSION, F::CONTENT_LOCATION],
                &[],
                &[],
            ),
            MessageType::MBOX_DELETE_CONF | MessageType::DELETE_CONF => simple(
                &[F::TRANSACTION_ID, F::MMS_VERSION, F::RESPONSE_STATUS],
                &[F::CONTENT_LOCATION],
                &[F::RESPONSE_TEXT],
            ),
            MessageType::MBOX_DESCR => MBOX_DESCR,
            MessageType::CANCEL_REQ => simple(&[F::TRANSACTION_ID, F::MMS_VERSION, F::CANCEL_ID], &[], &[]),
            MessageType::CANCEL_CONF => {
                simple(&[F::TRANSACTION_ID, F::MMS_VERSION, F::CANCEL_STATUS], &[], &[])
            }
            _ => return None,
        })
    }

    /// Whether the type has the field.
    pub fn has(&self, field: F) -> bool {
        field == F::MESSAGE_TYPE
            || [self.mandatory, self.conditional, self.optional]
                .iter()
                .any(|list| list.contains(&field))
    }
}

/// Notes what the PDU lacks, and what it has and should not. Of a PDU that was cut within its headers, nothing
/// is said to be missing.
pub(super) fn check(
    block: &HeaderBlock<'_>,
    message_type: MessageType,
    headers_whole: bool,
    notes: &mut Notes,
) {
    let Some(profile) = Profile::of(message_type) else {
        notes.note(
            Kind::UnknownMessageType,
            Some(field_name(F::MESSAGE_TYPE)),
            0,
            || format!("{:#04x}", message_type.0),
        );
        return;
    };
    let end = block
        .headers
        .last()
        .map_or(0, |header| header.offset.saturating_add(header.raw.len()));
    if headers_whole {
        check_missing(block, message_type, &profile, end, notes);
    }
    for header in &block.headers {
        let foreign = |field: &F| !profile.has(*field) && field.name().is_some();
        let Some(field) = header.field().filter(foreign) else {
            continue;
        };
        let kind = match field {
            F::CONTENT_TYPE => Kind::UnexpectedBody,
            _ => Kind::UnexpectedHeader,
        };
        notes.note(kind, Some(field_name(field)), header.offset, || {
            format!("{} has none", message_type.name().unwrap_or_default())
        });
    }
}

fn check_missing(
    block: &HeaderBlock<'_>,
    message_type: MessageType,
    profile: &Profile,
    end: usize,
    notes: &mut Notes,
) {
    for field in profile.mandatory {
        if block.first(*field).is_none() {
            let kind = match *field {
                F::MMS_VERSION => Kind::VersionMissing,
                _ => Kind::MandatoryHeaderMissing,
            };
            notes.note(kind, Some(field_name(*field)), end, String::new);
        }
    }
    if let Some(field) = missing_condition(block, message_type) {
        notes.note(
            Kind::ConditionalHeaderMissing,
            Some(field_name(field)),
            end,
            String::new,
        );
    }
}

/// The header that the PDU's own values demand and that is not there.
fn missing_condition(block: &HeaderBlock<'_>, message_type: MessageType) -> Option<F> {
    let has = |field| block.first(field).is_some();
    let status = |field| {
        block
            .first(field)
            .and_then(|value| value.as_coded())
            .map(|Coded { code, .. }| code)
    };
    match message_type {
        MessageType::SEND_REQ | MessageType::FORWARD_REQ => {
            (!has(F::TO) && !has(F::CC) && !has(F::BCC)).then_some(F::TO)
        }
        MessageType::SEND_CONF | MessageType::FORWARD_CONF => {
            (status(F::RESPONSE_STATUS) == Some(0x80) && !has(F::MESSAGE_ID)).then_some(F::MESSAGE_ID)
        }
        MessageType::RETRIEVE_CONF => {
            let refused = status(F::RETRIEVE_STATUS).is_some_and(|code| code != 0x80);
            (!refused && !has(F::MESSAGE_ID)).then_some(F::MESSAGE_ID)
        }
        _ => None,
    }
}

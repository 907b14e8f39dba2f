//! The PDU types (OMA-TS-MMS_ENC section 7.3.30, X-Mms-Message-Type).

/// A PDU type by its octet; unknown ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageType(pub u8);

macro_rules! message_types {
    ($($code:literal $constant:ident $name:literal,)+) => {
        #[expect(missing_docs, reason = "the constants are the PDU names themselves")]
        impl MessageType {
            $(pub const $constant: Self = Self($code);)+
        }

        impl MessageType {
            /// Every type that MMS 1.0 to 1.3 defines, in the order of their codes.
            pub const ALL: &[Self] = &[$(Self::$constant,)+];

            /// The PDU's name, `m-send-req` and so on; none for an unknown code.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($name),)+
                    _ => None,
                }
            }
        }
    };
}

message_types! {
    0x80 SEND_REQ "m-send-req",
    0x81 SEND_CONF "m-send-conf",
    0x82 NOTIFICATION_IND "m-notification-ind",
    0x83 NOTIFYRESP_IND "m-notifyresp-ind",
    0x84 RETRIEVE_CONF "m-retrieve-conf",
    0x85 ACKNOWLEDGE_IND "m-acknowledge-ind",
    0x86 DELIVERY_IND "m-delivery-ind",
    0x87 READ_REC_IND "m-read-rec-ind",
    0x88 READ_ORIG_IND "m-read-orig-ind",
    0x89 FORWARD_REQ "m-forward-req",
    0x8A FORWARD_CONF "m-forward-conf",
    0x8B MBOX_STORE_REQ "m-mbox-store-req",
    0x8C MBOX_STORE_CONF "m-mbox-store-conf",
    0x8D MBOX_VIEW_REQ "m-mbox-view-req",
    0x8E MBOX_VIEW_CONF "m-mbox-view-conf",
    0x8F MBOX_UPLOAD_REQ "m-mbox-upload-req",
    0x90 MBOX_UPLOAD_CONF "m-mbox-upload-conf",
    0x91 MBOX_DELETE_REQ "m-mbox-delete-req",
    0x92 MBOX_DELETE_CONF "m-mbox-delete-conf",
    0x93 MBOX_DESCR "m-mbox-descr",
    0x94 DELETE_REQ "m-delete-req",
    0x95 DELETE_CONF "m-delete-conf",
    0x96 CANCEL_REQ "m-cancel-req",
    0x97 CANCEL_CONF "m-cancel-conf",
}

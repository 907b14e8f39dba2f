//! The PDU types of each interface, and the one that spans them.

/// A PDU type of MM1 by its octet (OMA-TS-MMS_ENC section 7.3.30, X-Mms-Message-Type); unknown ones are kept.
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

        #[expect(missing_docs, reason = "the constants are the PDU names themselves")]
        impl PduType {
            $(pub const $constant: Self = Self::Mm1(MessageType::$constant);)+
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

macro_rules! named_types {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $type {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name in the output.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

named_types! {
    /// A PDU type of MM4, between MMSCs (3GPP TS 23.140 section 8.4, X-Mms-Message-Type).
    Mm4Type {
        /// MM4_forward.REQ.
        ForwardReq "mm4-forward-req",
        /// MM4_forward.RES.
        ForwardRes "mm4-forward-res",
        /// MM4_delivery_report.REQ.
        DeliveryReportReq "mm4-delivery-report-req",
        /// MM4_delivery_report.RES.
        DeliveryReportRes "mm4-delivery-report-res",
        /// MM4_read_reply_report.REQ.
        ReadReplyReportReq "mm4-read-reply-report-req",
        /// MM4_read_reply_report.RES.
        ReadReplyReportRes "mm4-read-reply-report-res",
    }
}

named_types! {
    /// A PDU type of MM7, between MMSC and application (3GPP TS 23.140 section 8.7).
    Mm7Type {
        /// SubmitReq.
        SubmitReq "mm7-submit-req",
        /// SubmitRsp.
        SubmitRsp "mm7-submit-rsp",
        /// DeliverReq.
        DeliverReq "mm7-deliver-req",
        /// DeliverRsp.
        DeliverRsp "mm7-deliver-rsp",
        /// DeliveryReportReq.
        DeliveryReportReq "mm7-delivery-report-req",
        /// DeliveryReportRsp.
        DeliveryReportRsp "mm7-delivery-report-rsp",
        /// ReadReplyReq.
        ReadReplyReq "mm7-read-reply-req",
        /// ReadReplyRsp.
        ReadReplyRsp "mm7-read-reply-rsp",
        /// CancelReq.
        CancelReq "mm7-cancel-req",
        /// CancelRsp.
        CancelRsp "mm7-cancel-rsp",
        /// ReplaceReq.
        ReplaceReq "mm7-replace-req",
        /// ReplaceRsp.
        ReplaceRsp "mm7-replace-rsp",
        /// extendedCancelReq.
        ExtendedCancelReq "mm7-extended-cancel-req",
        /// extendedCancelRsp.
        ExtendedCancelRsp "mm7-extended-cancel-rsp",
        /// extendedReplaceReq.
        ExtendedReplaceReq "mm7-extended-replace-req",
        /// extendedReplaceRsp.
        ExtendedReplaceRsp "mm7-extended-replace-rsp",
        /// RSErrorRsp, in a fault.
        RsErrorRsp "mm7-rs-error-rsp",
        /// VASPErrorRsp, in a fault.
        VaspErrorRsp "mm7-vasp-error-rsp",
        /// A SOAP fault with neither.
        SoapFault "mm7-soap-fault",
    }
}

named_types! {
    /// What a mail that is no MM4 PDU is (MM3, 3GPP TS 23.140 section 8.3).
    MailType {
        /// A message.
        Mail "mail",
        /// A delivery status notification (RFC 3464).
        Dsn "dsn",
        /// A message disposition notification (RFC 8098).
        Mdn "mdn",
    }
}

/// A PDU type of any interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PduType {
    /// Of MM1, between phone and MMSC.
    Mm1(MessageType),
    /// Of MM4, between MMSCs.
    Mm4(Mm4Type),
    /// Of MM7, between MMSC and application.
    Mm7(Mm7Type),
    /// Of MM3, between MMSC and mail servers.
    Mail(MailType),
}

impl PduType {
    /// The name in the output; none for an MM1 type that is not assigned.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Mm1(pdu) => pdu.name(),
            Self::Mm4(pdu) => Some(pdu.name()),
            Self::Mm7(pdu) => Some(pdu.name()),
            Self::Mail(pdu) => Some(pdu.name()),
        }
    }

    /// The code, which only MM1 has.
    pub const fn code(self) -> Option<u8> {
        match self {
            Self::Mm1(pdu) => Some(pdu.0),
            Self::Mm4(_) | Self::Mm7(_) | Self::Mail(_) => None,
        }
    }

    /// Every type that has a name.
    pub fn all() -> impl Iterator<Item = Self> {
        let mm1 = MessageType::ALL.iter().copied().map(Self::Mm1);
        let mm4 = Mm4Type::ALL.iter().copied().map(Self::Mm4);
        let mm7 = Mm7Type::ALL.iter().copied().map(Self::Mm7);
        let mail = MailType::ALL.iter().copied().map(Self::Mail);
        mm1.chain(mm4).chain(mm7).chain(mail)
    }
}

impl From<MessageType> for PduType {
    fn from(pdu: MessageType) -> Self {
        Self::Mm1(pdu)
    }
}

impl From<Mm4Type> for PduType {
    fn from(pdu: Mm4Type) -> Self {
        Self::Mm4(pdu)
    }
}

impl From<Mm7Type> for PduType {
    fn from(pdu: Mm7Type) -> Self {
        Self::Mm7(pdu)
    }
}

impl From<MailType> for PduType {
    fn from(pdu: MailType) -> Self {
        Self::Mail(pdu)
    }
}

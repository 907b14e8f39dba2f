pub(crate) mod events;
pub(crate) mod links;
pub(crate) mod message_builder;
pub(crate) mod particulars;

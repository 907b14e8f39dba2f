//! From files and standard input to frames: capture formats, compression, several files as one in time order.

mod frame;

pub use frame::{Frame, LinkType};

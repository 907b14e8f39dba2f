//! From files and standard input to frames: capture formats, compression, several files as one in time order.
//!
//! ```text
//! arguments → Input → Source (file, stdin, decompression on a thread) → Window → pcap | pcapng → Frame
//! ```

mod background;
mod clock;
mod compression;
mod directory;
mod error;
mod excerpt;
mod format;
mod frame;
mod inputs;
mod item;
mod merge;
mod notice;
mod pcap;
mod pcapng;
mod reader;
mod record;
mod report;
mod source;
mod starting;
mod tail;
mod window;
mod write;

pub use compression::Compression;
pub use error::{CaptureError, CaptureErrorReason};
pub use excerpt::Excerpt;
pub use format::CaptureFormat;
pub use frame::{Frame, LinkType};
pub use inputs::find_inputs;
pub use item::{CaptureItem, CommentSubject, ItemContent, SecretsType};
pub use merge::{Captures, Progress, Step};
pub use notice::Notice;
pub use report::{CaptureReport, Problem, ProblemKind};
pub use source::Input;
pub use write::{PcapWriter, PcapngWriter};

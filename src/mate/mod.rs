//! Configurations of MATE, Wireshark's Meta Analysis and Tracing Engine, run over captures: from the fields of frames to
//! groups of PDUs.

mod catalogue;
#[expect(
    dead_code,
    unused_imports,
    reason = "the parser and the engine, which use them, come next"
)]
mod config;
#[expect(dead_code, unused_imports, reason = "the program, which runs it, comes next")]
mod engine;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the source, which makes it, comes next")
)]
mod frame;
#[expect(unused_imports, reason = "the program, which runs it, comes next")]
mod source;

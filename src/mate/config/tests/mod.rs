//! Whole configurations: what is declared, what is refused, where, and what is remarked.

mod accepted;
mod properties;
mod refused;
mod remarked;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use super::{ConfigError, Configuration, FileContent, Files, ReadOptions, Semantics, Unusable, read};

/// Files by name.
#[derive(Default)]
struct Texts(BTreeMap<PathBuf, Vec<u8>>);

impl Texts {
    fn of(texts: &[(&str, &str)]) -> Self {
        let texts = texts
            .iter()
            .map(|(name, text)| (PathBuf::from(name), text.as_bytes().to_vec()));
        Self(texts.collect())
    }
}

impl Files for Texts {
    fn read(&self, path: &Path, _: u64) -> io::Result<FileContent> {
        let octets = self.0.get(path).cloned();
        Ok(FileContent {
            identity: path.to_owned(),
            octets: octets.ok_or(io::ErrorKind::NotFound)?,
        })
    }
}

const DOCUMENTED: ReadOptions = ReadOptions {
    semantics: Semantics::Documented,
    ignore_unknown: false,
};

const WIRESHARK: ReadOptions = ReadOptions {
    semantics: Semantics::Wireshark,
    ignore_unknown: false,
};

fn errors_of(files: &Texts, name: &str, options: ReadOptions) -> Vec<ConfigError> {
    match read(&[name.into()], options, files) {
        Ok(_) => Vec::new(),
        Err(Unusable::Errors(errors)) => errors,
        Err(Unusable::File(path, error)) => panic!("{}: {error}", path.display()),
    }
}

/// The errors of a text, as they are printed.
fn refused(text: &str, options: ReadOptions) -> Vec<String> {
    let errors = errors_of(&Texts::of(&[("a.mate", text)]), "a.mate", options);
    errors.iter().map(ToString::to_string).collect()
}

fn accepted(text: &str, options: ReadOptions) -> Configuration {
    match read(&["a.mate".into()], options, &Texts::of(&[("a.mate", text)])) {
        Ok(configuration) => configuration,
        Err(unusable) => panic!("{unusable:?}"),
    }
}

/// The remarks on a text: line, column, kind, detail.
fn remarks(text: &str, options: ReadOptions) -> Vec<(u32, u32, &'static str, String)> {
    let notes = accepted(text, options).notes;
    let parts = notes.into_iter().map(|note| {
        (
            note.place.line,
            note.place.column,
            note.kind.as_str(),
            note.detail,
        )
    });
    parts.collect()
}

/// Wireshark's own example of MMS.
const MMS: &str = "\
Transform rm_client_from_http_resp1 {
        Match (http_rq);
        Match Every (addr) Insert (not_rq);
};
Transform rm_client_from_http_resp2 {
        Match (not_rq,ue) Replace ();
};
Pdu http_pdu Proto http Transport tcp/ip {
        Payload mmse;
        Extract addr From ip.addr;
        Extract port From tcp.port;
        Extract http_rq From http.request;
        Extract trx From mmse.transaction_id;
        Transform rm_client_from_http_resp1, rm_client_from_http_resp2;
};
Gop http On http_pdu Match (addr, addr, port, port) {
        Start (http_rq);
        Stop (http_rs);
        Extra (ue, trx);
};
Gog mms {
        Member http (trx);
        Extra (trx);
        Expiration 60.0;
};
Done;
";

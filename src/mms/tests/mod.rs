//! Whole PDUs. Vectors are made by hand from OMA-TS-MMS_ENC; those that a test names were also read by an
//! independent decoder.

mod body;
mod vectors;

use super::*;

/// Octets from hexadecimal digits; blanks are passed over, `'text'` stands for its own octets.
fn hex(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    for (place, piece) in text.split('\'').enumerate() {
        if place % 2 == 1 {
            octets.extend_from_slice(piece.as_bytes());
            continue;
        }
        let digits: Vec<u8> = piece.bytes().filter(|c| !c.is_ascii_whitespace()).collect();
        octets.extend(digits.chunks(2).map(|pair| {
            crate::codec::transfer::hexadecimal_pair(pair[0], pair[1]).expect("two hexadecimal digits")
        }));
    }
    octets
}

fn kinds(pdu: &Decoded<'_>) -> Vec<PduAnomalyKind> {
    pdu.anomalies.iter().map(|anomaly| anomaly.kind).collect()
}

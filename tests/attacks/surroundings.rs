//! Input made to cost more than it weighs, in the protocols of the systems around an MMSC: each test is large enough that a cost
//! beyond linear would run into the watchdog by far.
use mmsmate::fuzz::{self, Script};

use super::watched;

fn script(steps: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut script = Vec::new();
    for octets in steps {
        Script::append(&mut script, 0, &octets);
    }
    script
}

/// A message that one script cannot hold in a step, in segments.
fn in_segments(octets: &[u8]) -> Vec<u8> {
    script(octets.chunks(1_400).map(<[u8]>::to_vec))
}

/// An AVP with a vendor's flag or without, padded.
fn avp(code: u32, content: &[u8]) -> Vec<u8> {
    let length = (8 + content.len()) as u32;
    let mut octets = [
        &code.to_be_bytes()[..],
        &(0x4000_0000 | length).to_be_bytes(),
        content,
    ]
    .concat();
    octets.resize(octets.len().next_multiple_of(4), 0);
    octets
}

/// A request of credit control (RFC 8506 section 3.1).
fn credit_control(number: u32, avps: &[Vec<u8>]) -> Vec<u8> {
    let first = [avp(263, b"session"), avp(416, &4_u32.to_be_bytes())].concat();
    let avps = [first, avps.concat()].concat();
    let length = (20 + avps.len()) as u32;
    let words = [0x0100_0000 | length, 0x8000_0110, 4, number, number];
    let header: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    [header, avps].concat()
}

#[test]
fn avps_within_avps_without_end() {
    const SERVICE_INFORMATION: u32 = 873;
    watched(|| {
        // As deep as a message may be long, innermost first, so that all lengths are true.
        let mut nested = Vec::new();
        while nested.len() < 200_000 {
            nested = avp(SERVICE_INFORMATION, &nested);
        }
        let deep = credit_control(1, &[avp(461, b"32270@3gpp.org"), nested]);
        let wide = credit_control(
            2,
            &[
                avp(461, b"32270@3gpp.org"),
                avp(SERVICE_INFORMATION, &avp(443, &[]).repeat(20_000)),
            ],
        );
        for message in [deep, wide] {
            let messages = message.repeat(20);
            fuzz::diameter(&[&[0][..], &in_segments(&messages)].concat());
        }
        // A length of nothing, of less than the header, and of more than there is.
        for length in [0, 7, 9, 0x00ff_ffff_u32] {
            let broken = [&873_u32.to_be_bytes()[..], &(0x4000_0000 | length).to_be_bytes()].concat();
            let message = credit_control(3, &[broken]).repeat(10_000);
            fuzz::diameter(&[&[0][..], &in_segments(&message)].concat());
        }
    });
}

#[test]
fn names_that_lead_to_themselves() {
    watched(|| {
        let head = |answers: u16| {
            let counts = [1, answers, 0, 0].map(u16::to_be_bytes).concat();
            [&[0, 7, 0x84, 0][..], &counts].concat()
        };
        // To itself, to one that leads back, to what lies behind, and to the header.
        for name in [
            &[0xc0, 12][..],
            &[0xc0, 14, 0xc0, 12],
            &[0xc0, 200],
            &[0xc0, 0],
            &[0x3f],
        ] {
            let message = [&head(1)[..], name, &[0, 1, 0, 1], name, &[0, 1, 0, 1]].concat();
            let again = script((0..10_000).map(|_| message.clone()));
            fuzz::dns(&[&[0][..], &again].concat());
        }
        // Each of some thousand answers has a name that leads through all those before it.
        let mut message = [&head(u16::MAX)[..], b"\x03mms\x00", &[0, 5, 0, 1]].concat();
        let mut before = 12_u16;
        while message.len() < 0x3f00 {
            let owner = message.len() as u16;
            message.extend(b"\x01a");
            message.extend((0xc000 | before).to_be_bytes());
            message.extend([0, 5, 0, 1, 0, 0, 0, 1, 0, 2]);
            message.extend((0xc000 | before).to_be_bytes());
            before = owner;
        }
        let again = script((0..200).map(|_| message.clone()));
        fuzz::dns(&[&[0][..], &again].concat());
    });
}

#[test]
fn lengths_of_ber_that_lie_and_filters_within_filters() {
    watched(|| {
        let lengths: [&[u8]; 7] = [
            &[0x80],
            &[0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0xff],
            &[0x81, 0x00],
            &[0x00],
            &[0x05],
        ];
        for length in lengths {
            let message = [&[0x30][..], length, &[2, 1, 1, 0x63], length, &[4], length].concat();
            fuzz::ldap(&script((0..10_000).map(|_| message.clone())));
        }
        // A filter as deep as a message may be long.
        let element = |tag: u8, content: &[u8]| {
            let length = (content.len() as u32).to_be_bytes();
            [&[tag, 0x84][..], &length, content].concat()
        };
        let mut filter = element(
            0xa3,
            &[element(4, b"msisdn"), element(4, b"61400000001")].concat(),
        );
        for depth in 0..9_000 {
            filter = element([0xa0, 0xa1, 0xa2][depth % 3], &filter);
        }
        let fields = [
            element(4, b"ou=x"),
            vec![0x0a, 1, 2, 0x0a, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0],
            filter,
            vec![0x30, 0],
        ];
        let search = element(0x63, &fields.concat());
        let message = element(0x30, &[&[2, 1, 1][..], &search].concat());
        (0..20).for_each(|_| fuzz::ldap(&in_segments(&message)));
    });
}

#[test]
fn elements_of_gtp_that_end_behind_the_message() {
    watched(|| {
        let v1 = |elements: &[u8]| {
            let length = ((4 + elements.len()) as u16).to_be_bytes();
            [&[0x32, 16][..], &length, &[0; 4], &[0, 1, 0, 0], elements].concat()
        };
        let v2 = |elements: &[u8]| {
            let length = ((8 + elements.len()) as u16).to_be_bytes();
            [&[0x48, 32][..], &length, &[0; 4], &[0, 0, 1, 0], elements].concat()
        };
        let number = [134, 0, 7, 0x91, 0x16, 0x04, 0, 0, 0, 0xf1];
        let mut messages = Vec::new();
        for cut in 0..=number.len() {
            messages.push(v1(&number[..cut]));
            messages.push(v2(&[&[76, 0, 6, 0, 0x16, 0x04, 0, 0, 0, 0xf1][..cut]].concat()));
        }
        // As many elements as a datagram holds, empty ones and bearers within bearers.
        messages.push(v1(&[131, 0, 0].repeat(20_000)));
        messages.push(v2(&[93, 0, 0, 0].repeat(16_000)));
        let mut bearers = Vec::new();
        while bearers.len() < 60_000 {
            bearers = [&[93][..], &(bearers.len() as u16).to_be_bytes(), &[0], &bearers].concat();
        }
        messages.push(v2(&bearers));
        let many = messages.iter().cycle().take(5_000).cloned();
        fuzz::gtp_c(&script(many));
    });
}

#[test]
fn sessions_without_end_with_one_address() {
    watched(|| {
        let report = |number: u32| {
            let session = number.to_be_bytes();
            let calling = format!("6140{number:07}");
            let attributes = [
                &[40, 6, 0, 0, 0, 1, 8, 6, 10, 0, 0, 1, 44, 6][..],
                &session,
                &[31, 2 + calling.len() as u8],
                calling.as_bytes(),
            ]
            .concat();
            let length = ((20 + attributes.len()) as u16).to_be_bytes();
            [&[4, number as u8][..], &length, &session.repeat(4), &attributes].concat()
        };
        fuzz::radius(&script((0..300_000).map(report)));
    });
}

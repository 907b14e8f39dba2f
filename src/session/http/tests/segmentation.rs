//! However a conversation is cut into segments, and whatever happens to its octets.

use proptest::prelude::*;

use super::{ANSWER_PDU, PDU, Talk, message, ok, post};
use crate::flow::CloseReason;
use crate::model::Direction;

/// A conversation: who sends which octets, in turn.
fn conversation() -> Vec<(Direction, Vec<u8>)> {
    let (client, server) = (Direction::FromInitiator, Direction::FromResponder);
    let folded = "POST http://mmsc/mms HTTP/1.1\nHost: x\nContent-Type:\n application/vnd.wap.mms-message\nContent-Length: 7";
    let chunked =
        "HTTP/1.1 200\r\nContent-Type: application/vnd.wap.mms-message\r\nTransfer-Encoding: chunked";
    vec![
        (client, post(PDU)),
        (server, ok(ANSWER_PDU)),
        (client, b"GET /m/1 HTTP/1.1\r\nHost: mmsc\r\n\r\n".to_vec()),
        (
            server,
            message(
                chunked,
                b"04;a\r\n\x8c\x84\x981\r\n5\n\0\x8d\x90ab\n0\r\nT: 1\r\n\r\n",
            ),
        ),
        (client, [folded.as_bytes(), b"\n\n", PDU].concat()),
        (
            server,
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n".to_vec(),
        ),
        (client, b"\r\nGET /m/2 HTTP/1.1\r\nHost: mmsc\r\n\r\n".to_vec()),
        (
            server,
            message(
                "HTTP/1.0 200 OK\r\nContent-Type: application/vnd.wap.mms-message",
                PDU,
            ),
        ),
    ]
}

/// The lines without their frames.
fn told(talk: &mut Talk) -> Vec<String> {
    let frames = |line: String| {
        let (before, rest) = line.split_once(" [").unwrap_or((&line, ""));
        format!("{before}{}", rest.split_once(']').map_or("", |(_, after)| after))
    };
    talk.end().into_iter().map(frames).collect()
}

proptest! {
    #[test]
    fn any_segmentation_tells_the_same(sizes in prop::collection::vec(1usize..40, 1..60)) {
        let mut whole = Talk::new();
        let mut pieces = Talk::new();
        let mut sizes = sizes.iter().cycle();
        for (direction, octets) in conversation() {
            whole.data(direction, &octets);
            let mut rest = octets.as_slice();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
                pieces.data(direction, piece);
                rest = after;
            }
        }
        let expected = told(&mut whole);
        prop_assert_eq!(expected.len(), 8);
        prop_assert_eq!(told(&mut pieces), expected);
    }

    #[test]
    fn damage_and_gaps_do_no_harm(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        gaps in prop::collection::vec((0usize..8, 1u64..400, any::<bool>()), 0..3),
        reset in any::<bool>(),
    ) {
        let mut turns = conversation();
        for (index, octet) in damage {
            let turn = &mut turns[index.index(8)].1;
            let place = index.index(turn.len());
            turn[place] = octet;
        }
        let mut talk = Talk::new();
        for (number, (direction, octets)) in turns.iter().enumerate() {
            for (_, length, acknowledged) in gaps.iter().filter(|(turn, _, _)| *turn == number) {
                talk.gap(*direction, *length, *acknowledged);
            }
            talk.data(*direction, octets);
        }
        let reason = if reset { CloseReason::Reset { by: Direction::FromResponder } } else { CloseReason::CaptureEnd };
        talk.close(reason);
        for id in 0..8 {
            let start = format!("#{id} ");
            let lines: Vec<_> = talk.lines.iter().filter(|line| line.starts_with(&start)).collect();
            let requests = lines.iter().filter(|line| line.contains(" Get ") || line.contains(" Post ")).count();
            prop_assert!(requests <= 1);
            prop_assert!(lines.len() <= 2 && lines.len() >= 2 * requests, "one end to each request: {:?}", lines);
        }
    }
}

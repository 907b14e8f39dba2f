//! How cost grows with what there is of something: each is doubled three times, and the exponent printed that fits
//! best. 1 is linear.

mod traffic;

use std::{hint::black_box, path::Path};

use traffic::{Traffic, clock::shortest, stages};

/// A size, and twice, four times and eight times that.
const DOUBLINGS: u32 = 3;
/// Runs of which the shortest counts.
const ROUNDS: usize = 5;

/// The slope of the logarithm of cost over the logarithm of size, by least squares.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let logs: Vec<(f64, f64)> = points.iter().map(|(size, cost)| (size.ln(), cost.ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|log| log.0), mean(|log| log.1));
    let covariance: f64 = logs.iter().map(|log| (log.0 - x) * (log.1 - y)).sum();
    let variance: f64 = logs.iter().map(|log| (log.0 - x).powi(2)).sum();
    covariance / variance
}

fn scale(what: &str, start: usize, make: impl Fn(usize) -> Traffic, stage: fn(&Path) -> u64) {
    let points: Vec<(f64, f64)> = (0..=DOUBLINGS)
        .map(|doubling| {
            let size = start << doubling;
            let file = make(size).file();
            let time = shortest(ROUNDS, || {
                black_box(stage(file.path()));
            });
            (size as f64, time.as_secs_f64())
        })
        .collect();
    let times: Vec<String> = points.iter().map(|(_, time)| format!("{:.4}", time)).collect();
    println!(
        "{what:42} from {start:7}: {} s, exponent {:.2}",
        times.join(" "),
        exponent(&points)
    );
}

fn background(connections: usize, octets: usize) -> Traffic {
    let mut traffic = Traffic::default();
    for _ in 0..connections {
        traffic.background(octets);
    }
    traffic
}

fn main() {
    scale(
        "packets of a connection of no interest",
        20_000,
        |packets| background(1, packets * 1_000),
        stages::whole,
    );
    scale(
        "packets of one long transfer",
        10_000,
        |packets| {
            let mut traffic = Traffic::default();
            traffic.web(packets * 1_000);
            traffic
        },
        stages::whole,
    );
    scale(
        "connections",
        4_000,
        |connections| background(connections, 500),
        stages::whole,
    );
    scale(
        "segments, one in 40 late by 20",
        4_000,
        |segments| Traffic::out_of_order(segments, 40, 20),
        stages::whole,
    );
    scale(
        "segments behind one that comes last",
        2_000,
        |segments| Traffic::out_of_order(segments, segments, segments - 1),
        stages::flow,
    );
    // Enough that the processor cannot learn the capture by heart from round to round.
    scale(
        "header lines of a request",
        32_000,
        Traffic::with_headers,
        stages::whole,
    );
    scale(
        "messages",
        500,
        |messages| Traffic::mixed(messages, 500, 0),
        stages::whole,
    );
    scale("copies of one message", 500, Traffic::copies, stages::whole);
    scale(
        "recipients of one message id",
        2_000,
        Traffic::recipients,
        stages::whole,
    );
}

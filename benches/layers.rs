//! How fast each layer is, with those below it, on background traffic and on messages alone; digests and decoding
//! apart from the rest are in `decode`.
mod traffic;

use std::{hint::black_box, path::Path};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use traffic::{Traffic, stages};

/// Reads a capture as far as a stage and counts what comes out of it.
type Stage = fn(&Path) -> u64;

fn benches(criterion: &mut Criterion) {
    let captures = [
        ("mixed", Traffic::mixed(20, 30_000, 1_000_000)),
        ("messages", Traffic::mixed(400, 20_000, 0)),
    ];
    let layers: [(&str, Stage); 6] = [
        ("capture", stages::capture),
        ("net", stages::net),
        ("flow", stages::flow),
        ("session", stages::session),
        ("decode", stages::decoded),
        ("whole", stages::whole),
    ];
    for (name, traffic) in captures {
        let file = traffic.file();
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(traffic.octets().len() as u64));
        group.sample_size(20);
        for (layer, run) in layers {
            group.bench_function(layer, |bencher| bencher.iter(|| run(black_box(file.path()))));
        }
        group.finish();
    }
}

criterion_group!(layers, benches);
criterion_main!(layers);

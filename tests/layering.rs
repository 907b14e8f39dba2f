//! Modules know only those before them in the flow (see the crate documentation), rooms of a stage only the rooms before
//! them, and files do not know each other in wide circles.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot read the sources must stop"
)]

mod import_graph;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use import_graph::Module;

/// In flow order. `model` and `codec` come first because every stage may use them.
const STAGES: &[&str] = &[
    "model",
    "codec",
    "capture",
    "net",
    "clocks",
    "flow",
    "tls",
    "session",
    "mms",
    "correlate",
    "pipeline",
    "analysis",
    "mate",
    "report",
    "check",
    "browse",
    "cli",
    "fuzz",
];

/// Rooms of stages, in flow order. What else lies in the stage is for all of them.
const ROOMS: &[(&[&str], &[&str])] = &[
    (
        &["correlate"],
        &[
            "record", "store", "group", "verdict", "assemble", "context", "close", "follow",
        ],
    ),
    (&["report"], &["document", "words", "query", "render"]),
    (
        &["mate"],
        &["catalogue", "config", "engine", "source", "groups", "filter"],
    ),
    (&["session", "http"], &["semantics", "h1"]),
];

/// Uses that the order would allow and the design does not.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("codec", &["model"]),
    ("mms", &["capture", "net", "flow", "session"]),
    ("tls", &["capture", "net"]),
    ("session", &["capture", "net", "tls"]),
    ("correlate", &["capture", "net", "flow"]),
    ("report", &["net", "flow", "codec", "pipeline"]),
    (
        "browse",
        &[
            "codec", "capture", "net", "flow", "tls", "session", "mms", "pipeline", "mate", "check",
        ],
    ),
    (
        "check",
        &["capture", "net", "flow", "session", "mms", "pipeline", "analysis"],
    ),
];

/// The most files that may know each other: a reader takes them in at once.
const WIDEST_CIRCLE: usize = 3;

fn edges() -> BTreeMap<Module, BTreeSet<Module>> {
    let edges = import_graph::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    // The root names every module and is what a path leads to that is not understood.
    assert!(edges.len() > 100, "sources not found");
    edges
}

/// The uses among the folders below `parent` that go from one of `order` to a later one.
fn backward<'a>(
    edges: &'a BTreeMap<Module, BTreeSet<Module>>,
    parent: &'a [&str],
    order: &'a [&str],
) -> impl Iterator<Item = String> + 'a {
    let rank = move |module: &Module| {
        let below = module.get(..parent.len()).is_some_and(|start| start == parent);
        let name = module.get(parent.len()).filter(|_| below)?;
        order.iter().position(|known| known == name)
    };
    edges.iter().flat_map(move |(from, used)| {
        used.iter()
            .filter(move |to| rank(from).zip(rank(to)).is_some_and(|(from, to)| to > from))
            .map(|to| format!("{} uses {}", from.join("/"), to.join("/")))
    })
}

#[test]
fn nothing_flows_back() {
    let edges = edges();
    let mut wrong: Vec<String> = backward(&edges, &[], STAGES).collect();
    for (from, used) in &edges {
        let forbidden = FORBIDDEN
            .iter()
            .find(|(stage, _)| from.first().is_some_and(|name| name == stage));
        let forbidden = forbidden.map_or(&[][..], |(_, forbidden)| forbidden);
        let against = used
            .iter()
            .filter(|to| to.first().is_some_and(|name| forbidden.contains(&name.as_str())));
        wrong.extend(against.map(|to| format!("{} uses {}", from.join("/"), to.join("/"))));
    }
    assert!(wrong.is_empty(), "against the flow: {wrong:#?}");
}

#[test]
fn nothing_flows_back_between_the_rooms_of_a_stage() {
    let edges = edges();
    let wrong: Vec<String> = ROOMS
        .iter()
        .flat_map(|(stage, rooms)| backward(&edges, stage, rooms))
        .collect();
    assert!(wrong.is_empty(), "against the flow: {wrong:#?}");
    for (stage, rooms) in ROOMS {
        for room in *rooms {
            let inside = [stage, &[*room][..]].concat();
            let is_inside = |module: &Module| module.get(..inside.len()).is_some_and(|start| start == inside);
            assert!(
                edges.keys().any(is_inside),
                "there is no room {}",
                inside.join("/")
            );
        }
    }
}

#[test]
fn files_know_each_other_in_small_circles_only() {
    let circles = import_graph::circles(&edges());
    let wide: Vec<String> = circles
        .iter()
        .filter(|circle| circle.len() > WIDEST_CIRCLE)
        .map(|circle| {
            circle
                .iter()
                .map(|module| module.join("/"))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    assert!(
        wide.is_empty(),
        "circles of more than {WIDEST_CIRCLE} files: {wide:#?}"
    );
}

#[test]
fn a_circle_is_found() {
    let module = |name: &str| vec![name.to_owned()];
    let edges = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")]
        .map(|(from, to)| (module(from), BTreeSet::from([module(to)])));
    let circles = import_graph::circles(&BTreeMap::from(edges));
    assert_eq!(circles, [["a", "b", "c"].map(module).to_vec()]);
}

//! Which file of the crate uses which: read from the sources, with re-exports followed to the file that has the item.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Re-exports of re-exports that are followed, against names that lead to themselves.
const MOST_EXPORTS: usize = 8;

/// A module as its path below the crate, which is also that of its file.
pub(crate) type Module = Vec<String>;

/// Every file with the files whose items it uses, without what only its tests use.
pub(crate) fn read(source: &Path) -> BTreeMap<Module, BTreeSet<Module>> {
    let mut texts = BTreeMap::new();
    collect(source, &mut Vec::new(), &mut texts);
    let mut paths = Paths::default();
    for (module, text) in &texts {
        let rooted = |path: &[String]| rooted(module, path, &texts);
        let (uses, rest) = statements(text);
        let (exported, imported): (Vec<Use>, Vec<Use>) = uses.into_iter().partition(|one| one.public);
        let exported = exported.iter().flat_map(|one| names(&one.tree));
        let exported = exported.filter_map(|(name, path)| Some((name, rooted(&path)?)));
        let imported = imported
            .iter()
            .flat_map(|one| names(&one.tree))
            .map(|(_, path)| path);
        let used = imported
            .chain(written_out(&rest))
            .filter_map(|path| rooted(&path));
        paths.exported.insert(module.clone(), exported.collect());
        paths.used.insert(module.clone(), used.collect());
    }
    let resolved = paths.used.iter().map(|(module, used)| {
        let mut used: BTreeSet<Module> = used.iter().map(|path| paths.file_of(path, 0)).collect();
        used.remove(module);
        (module.clone(), used)
    });
    resolved.collect()
}

/// The files that use each other in a circle, each circle in the order of its names.
pub(crate) fn circles(edges: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<Module>> {
    // Two files are in one circle where each can be reached from the other; there are few enough to ask for all.
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        edges.keys().map(|from| (from, reach(from, edges))).collect();
    let mut circles: BTreeSet<Vec<Module>> = BTreeSet::new();
    for (from, to) in &reached {
        let back = |other: &&&Module| reached.get(**other).is_some_and(|to| to.contains(*from));
        let circle: Vec<Module> = to.iter().filter(back).map(|module| (*module).clone()).collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

fn reach<'a>(from: &'a Module, edges: &'a BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(module) = next.pop() {
        for used in edges.get(module).into_iter().flatten() {
            if reached.insert(used) {
                next.push(used);
            }
        }
    }
    reached
}

/// The sources by module, without comments and without the tests at the end of a file.
fn collect(folder: &Path, module: &mut Module, texts: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            module.push(name);
            collect(&path, module, texts);
            module.pop();
        } else if path.extension().is_some_and(|end| end == "rs") {
            let mut own = module.clone();
            own.extend((!matches!(name.as_str(), "mod" | "lib" | "main")).then_some(name));
            let is_test = |name: &String| matches!(name.as_str(), "tests" | "sample" | "samples");
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let lines = code
                .lines()
                .map(|line| line.split("//").next().unwrap_or_default());
            if !own.iter().any(is_test) {
                texts
                    .entry(own)
                    .or_default()
                    .extend(lines.flat_map(|line| [line, "\n"]));
            }
        }
    }
}

/// A `use`, from behind that word to its semicolon.
struct Use {
    public: bool,
    tree: String,
}

/// The imports of a file, and its text without them.
fn statements(text: &str) -> (Vec<Use>, String) {
    let (mut uses, mut rest) = (Vec::new(), String::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let start = line.trim_start();
        let public = start.starts_with("pub");
        let tree = match start.split_once("use ") {
            Some((before, tree)) if before.is_empty() || (public && !before.contains(['{', ';', '='])) => {
                tree
            }
            _ => {
                rest.extend([line, "\n"]);
                continue;
            }
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            tree.push_str(lines.next().unwrap_or(";"));
        }
        let tree = tree.split(';').next().unwrap_or_default().to_owned();
        uses.push(Use { public, tree });
    }
    (uses, rest)
}

/// The names that a `use` brings in, each with its path.
fn names(tree: &str) -> Vec<(String, Vec<String>)> {
    let Some((before, group)) = tree.split_once('{') else {
        let (path, alias) = tree.split_once(" as ").unwrap_or((tree, ""));
        let mut path: Vec<String> = path.split("::").map(|name| name.trim().to_owned()).collect();
        path.retain(|name| !name.is_empty());
        if path.len() > 1 && path.last().is_some_and(|last| last == "self" || last == "*") {
            path.pop();
        }
        let name = Some(alias.trim()).filter(|alias| !alias.is_empty());
        let name = name.map(str::to_owned).or_else(|| path.last().cloned());
        return name.map(|name| (name, path)).into_iter().collect();
    };
    let group = group.trim_end().strip_suffix('}').unwrap_or(group);
    let mut depth = 0;
    let pieces = group.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    let pieces = pieces.map(str::trim).filter(|piece| !piece.is_empty());
    pieces
        .flat_map(|piece| names(&format!("{}{piece}", before.trim())))
        .collect()
}

/// Paths in the code that name their module: `crate::…`, `super::…`, `self::…`.
fn written_out(code: &str) -> Vec<Vec<String>> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let paths = code.split(|c| !is_part(c)).map(|path| path.trim_matches(':'));
    let paths = paths.filter(|path| {
        ["crate::", "super::", "self::"]
            .iter()
            .any(|start| path.starts_with(start))
    });
    paths
        .map(|path| path.split("::").map(str::to_owned).collect())
        .collect()
}

/// The path from the crate's root; none where it leads into another crate, or starts at a name of its file.
fn rooted(module: &Module, path: &[String], texts: &BTreeMap<Module, String>) -> Option<Vec<String>> {
    let ups = path.iter().take_while(|name| *name == "super").count();
    let (base, rest) = match path.first()?.as_str() {
        "crate" => (&[][..], &path[1..]),
        "self" => (module.as_slice(), &path[1..]),
        "super" => (&module[..module.len().checked_sub(ups)?], &path[ups..]),
        name => {
            let child = [module.as_slice(), &[name.to_owned()]].concat();
            texts.contains_key(&child).then_some((module.as_slice(), path))?
        }
    };
    Some([base, rest].concat())
}

/// Paths from the crate's root.
#[derive(Default)]
struct Paths {
    used: BTreeMap<Module, Vec<Vec<String>>>,
    /// Of each module its names that are items of others.
    exported: BTreeMap<Module, BTreeMap<String, Vec<String>>>,
}

impl Paths {
    /// The file that has the item at a path.
    fn file_of(&self, path: &[String], followed: usize) -> Module {
        let known = (0..=path.len())
            .rev()
            .find(|length| self.used.contains_key(&path[..*length]));
        let (module, rest) = path.split_at(known.unwrap_or(0));
        let Some((name, rest)) = rest.split_first().filter(|_| followed < MOST_EXPORTS) else {
            return module.to_vec();
        };
        match self.exported.get(module).and_then(|exported| exported.get(name)) {
            Some(target) if target != path => self.file_of(&[target, rest].concat(), followed + 1),
            _ => module.to_vec(),
        }
    }
}

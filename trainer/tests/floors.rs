//! The house's floors: no file of a crate needs, in a circle, a file that needs it; and in the trainer no floor needs one above.
//!
//! Read are the paths in the sources (`crate::…`, `super::…`, and in a `mod.rs` the names of its children), with names that a `mod.rs`
//! hands on followed to where they come from. Tests beside the code may look anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Floors of the trainer, the highest first. A file may need what stands below it, and what stands on its own floor as long as no
/// circle comes of it.
const FLOORS: [&[&str]; 13] = [
    &["main"],
    &["commands"],
    &["thesis"],
    &["benchmark", "export"],
    &["evaluation", "maps", "plan", "bids"],
    &["training"],
    &["cohort"],
    &["prepare", "measures", "explain"],
    &["figures"],
    &["statistics"],
    &["queue"],
    &["bundle_folder", "device", "output_folder", "progress", "files"],
    &["failure", "group", "identity", "random"],
];

#[test]
fn no_file_needs_in_a_circle_one_that_needs_it() {
    let mut found = Vec::new();
    for part in ["shared", "trainer", "web"].into_iter().flat_map(roots) {
        let house = House::read(&part);
        assert!(house.needs.len() > 5, "{}: read as {} files", part.display(), house.needs.len());
        found.extend(house.circles().iter().map(|circle| in_words(&part, circle)));
    }
    println!("{} circles of files", found.len());
    assert!(found.is_empty(), "circles of files:\n{}", found.join("\n"));
}

/// One idea a file: whoever needs more lines has two.
const MOST_LINES: usize = 400;

#[test]
fn no_file_is_long() {
    let mut long = Vec::new();
    let mut folders: Vec<PathBuf> = ["shared", "trainer", "web"].into_iter().map(folder).collect();
    let mut files = 0;
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !["target", "node_modules", "dist"].contains(&name.as_str()) {
                folders.push(path);
            } else if name.ends_with(".rs") {
                files += 1;
                let lines = std::fs::read_to_string(&path).unwrap().lines().count();
                long.extend((lines > MOST_LINES).then(|| format!("{}: {lines} lines", path.display())));
            }
        }
    }
    assert!(files > 300, "read only {files} files");
    assert!(long.is_empty(), "files of more than {MOST_LINES} lines:\n{}", long.join("\n"));
}

#[test]
fn no_floor_of_the_trainer_needs_one_above() {
    let house = House::read(&folder("trainer").join("src"));
    let floor = |module: &str| {
        let top = module.split("::").next().unwrap_or_default();
        let found = FLOORS.iter().position(|floor| floor.contains(&top));
        found.unwrap_or_else(|| panic!("{module} stands on no floor; add `{top}` to FLOORS in trainer/tests/floors.rs"))
    };
    let mut upwards = Vec::new();
    for (module, needed) in &house.needs {
        // The root says which modules there are.
        let needed = needed.iter().filter(|needed| !needed.is_empty() && *needed != "main");
        upwards.extend(
            needed.filter(|needed| floor(needed) < floor(module)).map(|needed| format!("{module} needs {needed}")),
        );
    }
    assert!(upwards.is_empty(), "arrows upwards:\n{}", upwards.join("\n"));
}

#[test]
fn a_circle_and_a_name_that_is_handed_on_are_seen() {
    let house = House::of(&[
        ("a/mod.rs", "mod b;\nmod c;\npub use b::Bee;"),
        ("a/b.rs", "use crate::a::c::Sea;\npub struct Bee;"),
        ("a/c.rs", "use super::{Bee, other};\npub struct Sea;"),
        ("d.rs", "use crate::a::Bee;\n#[cfg(test)]\nmod tests {\n    use crate::e::E;\n}"),
        ("e.rs", "// use crate::d::D;\nfn f() { crate::d::g() }"),
    ]);
    assert_eq!(house.needs["d"], ["a::b".to_owned()].into());
    assert_eq!(house.needs["e"], ["d".to_owned()].into());
    let circle: BTreeSet<String> = ["a::b", "a::c"].map(str::to_owned).into();
    assert_eq!(house.circles(), [circle]);
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// Sources that see each other: the page and the worker are programs of their own.
fn roots(name: &str) -> Vec<PathBuf> {
    let source = folder(name).join("src");
    if name == "web" { vec![source.clone(), source.join("page"), source.join("worker")] } else { vec![source] }
}

fn in_words(part: &Path, circle: &BTreeSet<String>) -> String {
    format!("{}: {}", part.display(), circle.iter().cloned().collect::<Vec<_>>().join(", "))
}

/// Modules of one program by their path without `crate`, and which others each needs.
struct House {
    needs: BTreeMap<String, BTreeSet<String>>,
}

impl House {
    fn read(root: &Path) -> Self {
        let mut files = Vec::new();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                // Programs of their own within a crate are read as such.
                let own_program = path.join("main.rs").exists();
                if path.is_dir() && !own_program {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                    files.push((name, std::fs::read_to_string(&path).unwrap()));
                }
            }
        }
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        House::of(&files)
    }

    fn of(files: &[(&str, &str)]) -> Self {
        // Tests in files of their own may look anywhere, as those within a file may.
        let files = files.iter().filter(|(name, _)| !name.ends_with("tests.rs") && !name.contains("_tests/"));
        let texts: BTreeMap<String, String> = files.map(|(name, text)| (module_of(name), code_of(text))).collect();
        let mut handed_on: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for (module, text) in &texts {
            for statement in uses(text).filter(|statement| statement.public) {
                for path in expanded(&statement.path) {
                    let Some(name) = path.last().cloned() else { continue };
                    handed_on.insert((module.clone(), name), absolute(module, &path, &texts));
                }
            }
        }
        let mut needs = BTreeMap::new();
        for (module, text) in &texts {
            let mut found = BTreeSet::new();
            let all = uses(text).filter(|statement| !statement.public).flat_map(|statement| expanded(&statement.path));
            for path in all.chain(inline(text)) {
                let target = resolved(absolute(module, &path, &texts), &texts, &handed_on, 0);
                if let Some(target) = target.filter(|target| target != module) {
                    found.insert(target);
                }
            }
            needs.insert(module.clone(), found);
        }
        House { needs }
    }

    /// Sets of more than one file of which each needs each, by way of others or not.
    fn circles(&self) -> Vec<BTreeSet<String>> {
        let reach = |from: &String| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
            while let Some(module) = next.pop() {
                for needed in self.needs.get(module).into_iter().flatten() {
                    if seen.insert(needed.clone()) {
                        next.push(needed);
                    }
                }
            }
            seen
        };
        let reached: BTreeMap<&String, BTreeSet<String>> =
            self.needs.keys().map(|module| (module, reach(module))).collect();
        let mut circles: Vec<BTreeSet<String>> = Vec::new();
        for (module, seen) in &reached {
            if !seen.contains(*module) || circles.iter().any(|circle| circle.contains(*module)) {
                continue;
            }
            circles.push(seen.iter().filter(|other| reached[other].contains(*module)).cloned().collect());
        }
        circles
    }
}

/// `a/b.rs` and `a/b/mod.rs` are `a::b`; `main.rs` and `lib.rs` are the root.
fn module_of(name: &str) -> String {
    let name = name.trim_end_matches(".rs").trim_end_matches("/mod");
    if matches!(name, "main" | "lib" | "mod") { "main".to_owned() } else { name.replace('/', "::") }
}

/// Without comments, strings and tests.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut in_tests = false;
    let mut last = "";
    for line in text.lines() {
        let begins = line.contains("mod tests {") && last.trim_start().starts_with("#[cfg(test)]");
        in_tests = (in_tests || begins) && line != "}";
        last = line;
        if !in_tests {
            let mut pieces = line.split("//").next().unwrap_or_default().split('"');
            while let Some(piece) = pieces.next() {
                code.push_str(piece);
                pieces.next();
            }
            code.push('\n');
        }
    }
    code
}

struct Use {
    public: bool,
    /// As written, between `use` and `;`.
    path: String,
}

fn uses(text: &str) -> impl Iterator<Item = Use> + '_ {
    let statements = text.split(';').filter_map(|statement| {
        let from =
            statement.rfind("use ").filter(|from| statement[..*from].chars().last().is_none_or(char::is_whitespace))?;
        let before = statement[..from].lines().last().unwrap_or_default().trim();
        let path = statement[from + 4..].split_whitespace().collect::<String>();
        Some(Use { public: before.starts_with("pub"), path: path.replace("asmut", "") })
    });
    statements.filter(|statement| !statement.path.contains('('))
}

/// `a::{b, c::{d, e}}` is `a::b`, `a::c::d`, `a::c::e`.
fn expanded(path: &str) -> Vec<Vec<String>> {
    let Some((before, rest)) = path.split_once('{') else {
        return vec![path.split("::").map(str::to_owned).filter(|part| !part.is_empty() && part != "self").collect()];
    };
    let inner = rest.strip_suffix('}').unwrap_or(rest);
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for letter in inner.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    parts.iter().filter(|part| !part.is_empty()).flat_map(|part| expanded(&format!("{before}{part}"))).collect()
}

/// Paths within the code: `crate::a::b(…)`.
fn inline(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in text.match_indices(start) {
            let before = text[..at].chars().last();
            if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == ':') {
                continue;
            }
            let path: String = text[at..]
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || matches!(letter, '_' | ':'))
                .collect();
            // A list in braces follows: of a `use`, read there.
            if path.ends_with("::") {
                continue;
            }
            found.push(path.split("::").map(str::to_owned).filter(|part| !part.is_empty()).collect());
        }
    }
    found
}

/// From the root on; empty for what is of no crate of ours.
fn absolute(module: &str, path: &[String], texts: &BTreeMap<String, String>) -> Vec<String> {
    let own: Vec<String> = if module == "main" { Vec::new() } else { module.split("::").map(str::to_owned).collect() };
    match path.first().map(String::as_str) {
        Some("crate") => path[1..].to_vec(),
        Some("super") => {
            let up = path.iter().take_while(|part| *part == "super").count();
            [&own[..own.len().saturating_sub(up)], &path[up..]].concat()
        }
        // The name of a child.
        Some(first) => {
            let child = [&own[..], &[first.to_owned()]].concat().join("::");
            if texts.contains_key(&child) { [&own[..], path].concat() } else { Vec::new() }
        }
        None => Vec::new(),
    }
}

/// The file that a path leads into.
fn resolved(
    path: Vec<String>,
    texts: &BTreeMap<String, String>,
    handed_on: &BTreeMap<(String, String), Vec<String>>,
    depth: usize,
) -> Option<String> {
    if path.is_empty() || depth > 8 {
        return None;
    }
    let length =
        (0..=path.len()).rev().find(|length| *length == 0 || texts.contains_key(&path[..*length].join("::")))?;
    let module = if length == 0 { "main".to_owned() } else { path[..length].join("::") };
    if let Some(target) = path.get(length).and_then(|name| handed_on.get(&(module.clone(), name.clone()))) {
        return resolved(target.clone(), texts, handed_on, depth + 1).or(Some(module));
    }
    Some(module)
}

//! The arrows of the architecture: who may name whom, read from the sources.
//!
//! The core's layers stand in [`rules::LAYERS`]; [`paths`] finds what a file names.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod paths;
mod rules;

use std::{
    fs,
    path::{Path, PathBuf},
};

use paths::Names;

/// Every Rust file under `folder`, tests left out, with what it names.
fn sources(folder: &str) -> Vec<(String, Names)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    walk(&root.join(folder), &mut files);
    let sources: Vec<(String, Names)> = files
        .iter()
        .map(|file| {
            let path = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(file).unwrap();
            (path.clone(), Names::of(&path, &text).unwrap_or_else(|error| panic!("{path}: {error}")))
        })
        .collect();
    assert!(!sources.is_empty(), "{folder} has no sources");
    sources
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap();
        if name == "tests" || name == "test" {
            continue;
        }
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn hold(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn layers_of_the_core_import_downwards() {
    let sources = sources("src");
    let (_, root) = sources.iter().find(|(path, _)| path == "src/lib.rs").unwrap();
    let reexports = root.reexports();
    hold(sources.iter().flat_map(|(path, names)| rules::layers(path, names, &reexports)).collect());
}

#[test]
fn the_core_knows_no_runtime_and_no_clock() {
    hold(sources("src").iter().flat_map(|(path, names)| rules::runtime_agnostic(path, names)).collect());
}

#[test]
fn the_target_is_asked_for_in_few_places() {
    let folders = ["src", "transports", "bridge/src", "cli/src", "pkg/src"];
    let sources = folders.into_iter().flat_map(sources);
    hold(sources.flat_map(|(path, names)| rules::target(&path, &names)).collect());
}

#[test]
fn crates_know_only_those_below() {
    for (folder, allowed) in rules::CRATES {
        hold(sources(folder).iter().flat_map(|(path, names)| rules::crates(path, names, allowed)).collect());
    }
}

//! Every target over its corpus, over damaged inputs from it, and over random ones.
//!
//! An allocator with a limit ends the process if a length from an input drives an allocation.
#![cfg(not(target_family = "wasm"))]

use std::alloc::System;
use std::path::{Path, PathBuf};

use cap::Cap;
use ottla::record::BatchHeader;
use ottla_fuzz::{Random, Target, batches, codecs, decodes, frames, records};

/// Far above what the targets need, far below what a 2 GB length would ask for.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, 128 << 20);

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let fail = |error: std::io::Error| -> Vec<PathBuf> { panic!("{}: {error}", folder.display()) };
    let entries =
        std::fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut paths = entries.unwrap_or_else(fail);
    paths.sort();
    let read =
        |path: &PathBuf| std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    paths.iter().map(read).collect()
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let corpus = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name));
    assert!(!corpus.is_empty(), "{name} has no corpus");
    corpus
}

/// The corpus as it is; each input cut at every byte and damaged `damaged` times; `random` random inputs.
fn run(target: Target, corpus: &[Vec<u8>], damaged: usize, random: usize) {
    let mut generator = Random::new(1);
    for (index, input) in corpus.iter().enumerate() {
        target(input);
        for cut in 0..input.len().min(400) {
            target(&input[..cut]);
        }
        for _ in 0..damaged {
            let other = &corpus[(index + generator.below(corpus.len())) % corpus.len()];
            let mut input = input.clone();
            generator.mutate(&mut input, other);
            target(&input);
        }
    }
    for _ in 0..random {
        target(&generator.bytes(300));
    }
}

#[test]
fn frames_hold() {
    let corpus = corpus("frames");
    let whole = |input: &Vec<u8>| decodes(input) == Some(input.len());
    assert!(corpus.iter().all(whole), "write the corpus anew: see README.md");
    run(frames, &corpus, 500, 50_000);
}

/// The records that tests/fixtures hold, with and without the checksums put right.
fn record_sets() -> Vec<Vec<u8>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/record");
    let mut sets = corpus("batches");
    for set in files(&fixtures) {
        if set.len() < 2000 && BatchHeader::parse(&set).is_ok_and(|header| header.is_some()) {
            sets.push([&[0], &set[..]].concat());
            sets.push([&[3], &set[..]].concat());
        }
    }
    assert!(sets.len() > 30, "the fixtures are missing");
    sets
}

#[test]
fn batches_hold() {
    run(batches, &record_sets(), 150, 5000);
}

#[test]
fn codecs_hold() {
    run(codecs, &corpus("codecs"), 400, 3000);
}

#[test]
fn records_come_back() {
    run(records, &corpus("records"), 200, 1500);
}

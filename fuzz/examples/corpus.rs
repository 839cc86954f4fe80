//! Writes the corpus anew: `cargo run -p ottla-fuzz --example corpus`. Run it when an API or a version is added.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use ottla::protocol::ALL;
use ottla::record::{BatchBuilder, BatchMut, Compression, ControlMarker, Header, SealedBatch};
use ottla_fuzz::{Random, decodes};

/// Random inputs that are tried for a frame.
const TRIES: usize = 5000;

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in ["frames", "batches", "codecs", "records"] {
        fs::create_dir_all(corpus.join(target))?;
    }
    frames(&corpus.join("frames"))?;
    batches(&corpus.join("batches"))?;
    codecs(&corpus.join("codecs"))?;
    records(&corpus.join("records"))?;
    Ok(())
}

/// For every API and direction, at its first and last version, the random bytes that decode to the most.
fn frames(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut random = Random::new(2026);
    for (index, api) in ALL.iter().enumerate() {
        for (direction, name) in ["request", "response"].into_iter().enumerate() {
            for version in [api.min, api.max] {
                let begin = [(index * 2 + direction) as u8, version as u8];
                let best = longest(begin, &mut random);
                let path: PathBuf = folder.join(format!("{}-{name}-v{version}", api.name));
                if best.is_empty() {
                    return Err(format!("nothing found for {}", path.display()).into());
                }
                fs::write(path, best)?;
            }
        }
    }
    Ok(())
}

/// Random bytes behind `begin` that decode, made longer by damaging them.
fn longest(begin: [u8; 2], random: &mut Random) -> Vec<u8> {
    let mut best = Vec::new();
    for _ in 0..TRIES {
        let mut body = random.bytes(160);
        if let (Some(behind), true) = (best.get(begin.len()..), random.below(2) == 0) {
            let other = std::mem::replace(&mut body, behind.to_vec());
            random.mutate(&mut body, &other);
            body.extend_from_slice(&other);
        }
        let mut input = [&begin[..], &body].concat();
        if let Some(size) = decodes(&input).filter(|size| (best.len() + 1..200).contains(size)) {
            input.truncate(size);
            best = input;
        }
    }
    best
}

fn batch(values: &[&str]) -> Result<SealedBatch, Box<dyn Error>> {
    let mut batch = BatchBuilder::new(0);
    for (index, value) in values.iter().enumerate() {
        let headers = [Header::new("h", "v"), Header::null("h")];
        let key = (index % 2 == 0).then_some(&b"key"[..]);
        batch.push(
            key,
            Some(value.as_bytes()),
            headers.get(..index % 3).unwrap_or_default(),
            1000 + index as i64,
        )?;
    }
    Ok(batch.seal())
}

fn batches(folder: &Path) -> Result<(), Box<dyn Error>> {
    let values = ["one", "two", "", "four four four four four four four four four four four four"];
    for codec in Compression::ALL {
        let plain = batch(&values)?.compress(codec, None)?.stamp(-1, -1, -1);
        fs::write(folder.join(format!("v2-{codec}")), [&[1], &plain[..]].concat())?;
    }
    let mut transaction = batch(&values)?;
    transaction.set_transactional(true);
    let mut set = transaction.stamp(0, 0, 0).to_vec();
    for (offset, marker) in [(4, ControlMarker::Abort), (9, ControlMarker::Commit)] {
        let mut control = marker.encode(0, 0, 5).to_vec();
        BatchMut::new(&mut control)?.set_base_offset(offset);
        set.extend_from_slice(&control);
        let mut next = transaction.stamp(0, 0, 4).to_vec();
        BatchMut::new(&mut next)?.set_base_offset(offset + 1);
        set.extend_from_slice(&next);
    }
    fs::write(folder.join("transactions"), [&[3], &set[..]].concat())?;
    Ok(())
}

fn codecs(folder: &Path) -> Result<(), Box<dyn Error>> {
    let text = "a few words and a few words more, and a few words again ".repeat(6);
    for codec in Compression::ALL {
        let packed = codec.compress(text.as_bytes(), None)?;
        fs::write(folder.join(format!("{codec}")), [&[codec.id()], &packed[..]].concat())?;
        let zeros = codec.compress(&[0; 4000], None)?;
        fs::write(folder.join(format!("{codec}-zeros")), [&[codec.id()], &zeros[..]].concat())?;
    }
    Ok(())
}

fn records(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut random = Random::new(7);
    for codec in Compression::ALL {
        let shape: Vec<u8> =
            random.bytes(60).into_iter().chain((0..200).map(|_| random.number() as u8)).collect();
        fs::write(folder.join(format!("{codec}")), [&[codec.id()], &shape[..]].concat())?;
    }
    Ok(())
}

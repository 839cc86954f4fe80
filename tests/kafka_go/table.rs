//! The table in README.md: where the counterpart of each test of kafka-go is.

use std::{collections::HashMap, fs, path::Path};

/// How an entry without a counterpart begins.
const NONE: [&str; 4] = ["groups: ", "SASL: ", "differs: ", "none: "];
/// Folders of cases that a macro makes tests of, and the file that lists them for it.
const CASES: [(&str, &str); 2] = [
    ("tests/conn/cases/", "tests/conn/cases/mod.rs"),
    ("tests/client/src/cases/", "tests/client/src/each_case.rs"),
];

/// What a row says: tests of kafka-go, and where their counterparts are.
struct Row<'a> {
    tests: Vec<&'a str>,
    entry: &'a str,
}

fn rows<'a>(readme: &'a str) -> Vec<Row<'a>> {
    let cells =
        readme.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    // What has no name stands as it is.
    let named = |of: &'a str| if of.contains('`') { code(of).collect() } else { vec![of] };
    let rows = cells.map(|(tests, entry)| Row { tests: named(tests), entry });
    rows.filter(|row| !["kafka-go", "---"].contains(&row.tests[0])).collect()
}

/// What stands between backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// What is wrong with a row, by the sources that `read` gives.
fn fault(row: &Row<'_>, read: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (mut file, mut functions) = (None, 0);
    for name in code(row.entry) {
        if name.ends_with(".rs") {
            match read(name) {
                Some(text) => file = Some((name, text)),
                None => return Some(format!("{name} is not there")),
            }
        } else if let Some((path, text)) = &file {
            functions += 1;
            if !is_test(path, text, name, &read) {
                return Some(format!("{path} has no test {name}"));
            }
        }
    }
    let is_nowhere = functions == 0 && !NONE.iter().any(|reason| row.entry.starts_with(reason));
    is_nowhere.then(|| format!("{:?} says nothing of a counterpart", row.tests))
}

fn is_test(path: &str, text: &str, name: &str, read: impl Fn(&str) -> Option<String>) -> bool {
    let declared = format!("fn {name}(");
    let Some(at) = text.lines().position(|line| line.contains(&declared)) else { return false };
    match CASES.iter().find(|(folder, _)| path.starts_with(folder)) {
        Some((_, list)) => {
            read(list).is_some_and(|list| list.split_whitespace().any(|listed| listed == name))
        }
        None => {
            let before = text.lines().take(at).last().unwrap_or_default().trim();
            before == "#[test]" || before.starts_with("#[tokio::test")
        }
    }
}

fn source(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).ok()
}

#[test]
fn every_test_of_kafka_go_has_its_counterpart() {
    let readme = source("tests/kafka_go/README.md").unwrap();
    let rows = rows(&readme);
    let faults: Vec<String> = rows.iter().filter_map(|row| fault(row, source)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));

    let mut seen = HashMap::new();
    rows.iter().flat_map(|row| &row.tests).for_each(|test| *seen.entry(*test).or_insert(0) += 1);
    let twice: Vec<_> = seen.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "more than once: {twice:?}");
    assert!(seen.len() > 100, "only {} tests of kafka-go", seen.len());
}

/// Each test here is in the table, and says which test of kafka-go it answers.
#[test]
fn every_test_here_is_in_the_table() {
    let readme = source("tests/kafka_go/README.md").unwrap();
    for folder in ["reader", "writer"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("kafka_go").join(folder);
        for file in fs::read_dir(path).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            let tests = text.split("#[test]\nfn ").skip(1).map(|rest| rest.split('(').next().unwrap());
            for test in tests {
                assert!(readme.contains(&format!("`{test}`")), "{test} is not in the table");
            }
        }
    }
}

#[test]
fn what_is_not_there_is_noticed() {
    let sources = HashMap::from([
        ("a.rs", "#[test]\nfn here() {}\nfn no_test() {}\n#[tokio::test]\nasync fn waits() {}"),
        (
            "tests/conn/cases/read.rs",
            "pub(crate) async fn listed(cluster: &Cluster) {}\npub(crate) async fn forgotten() {}",
        ),
        ("tests/conn/cases/mod.rs", "run:\n        listed\n"),
    ]);
    let fault = |line: &str| {
        let rows = rows(line);
        fault(&rows[0], |path| sources.get(path).map(|text| (*text).to_owned()))
    };
    for right in [
        "| `TestA` | `a.rs`: `here`, `waits` |",
        "| `TestA`, `TestB` | differs: `a.rs`: `here`, since it is better |",
        "| `TestA` | groups: issue 5 |",
        "| `TestA` | `tests/conn/cases/read.rs`: `listed` |",
    ] {
        assert_eq!(fault(right), None, "{right}");
    }
    for wrong in [
        "| `TestA` | `b.rs`: `here` |",
        "| `TestA` | `a.rs`: `gone` |",
        "| `TestA` | `a.rs`: `no_test` |",
        "| `TestA` | differs: `a.rs`: `gone` |",
        "| `TestA` | `a.rs` |",
        "| `TestA` | later |",
        "| `TestA` | `tests/conn/cases/read.rs`: `forgotten` |",
    ] {
        assert!(fault(wrong).is_some(), "{wrong}");
    }
}

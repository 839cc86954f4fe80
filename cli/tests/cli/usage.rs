use crate::support::{Running, ottla};

const COMMANDS: [&str; 11] = [
    "topics",
    "create",
    "delete",
    "produce",
    "consume",
    "groups",
    "group",
    "bench",
    "bridge",
    "dev",
    "completions",
];

#[test]
fn wrong_use_is_2_and_says_so_in_one_line() {
    for (arguments, said) in [
        ("bogus", "bogus"),
        ("topics --bogus", "--bogus"),
        ("topics extra", "extra"),
        ("create", "<TOPIC>"),
        ("create t --partitions 0", "0"),
        ("create t --partitions many", "many"),
        ("create t --replicas 0", "0"),
        ("create t --set novalue", "KEY=VALUE"),
        ("produce", "<TOPIC>"),
        ("produce t --partition -1", "-1"),
        ("produce t --partition 0 --balancer sticky", "--balancer"),
        ("produce t --header novalue", "KEY=VALUE"),
        ("produce t --compression rar", "none, gzip, snappy, lz4, zstd"),
        ("produce t --compression lz4 --compression-level 3", "lz4 has no levels"),
        ("produce t --compression gzip --compression-level 10", "goes from 0 to 9"),
        ("produce t --acks some", "none, one or all"),
        ("produce t --balancer dice", "there is sticky"),
        ("consume t --from middle", "first, last, an offset, or a time"),
        ("consume t --from -1", "-1"),
        ("consume t --from 2026-01-31", "2026-01-31"),
        ("consume t --timeout 5", "5s"),
        ("consume t --count few", "few"),
        ("consume t --partition -1", "-1"),
        ("consume t --until last", "write end, an offset, or a time"),
        ("consume t --until end --until-end", "--until-end"),
        ("consume t --group g --partition 0", "--partition"),
        ("consume t --group g --until end", "--until"),
        ("consume t --commit-interval 1s", "--group"),
        ("consume t --group g --assignor fair", "range, roundrobin, sticky, cooperative-sticky"),
        ("consume t --group g --protocol consumer --assignor range", "leave --assignor out"),
        ("consume t --group=", "group"),
        ("group", "<GROUP>"),
        ("group g --reset middle", "first, last, -1h30m"),
        ("group g --reset -1", "-1"),
        ("group g --reset first --delete", "--delete"),
        ("group g --reset first --topic t:x", "TOPIC:0"),
        ("group g --dry-run", "--reset"),
        ("bench walk t", "walk"),
        ("bench produce t -n 0", "0"),
        ("bench produce t -c rar", "rar"),
        ("bridge", "--cluster"),
        ("bridge --cluster nowhere", "NAME=HOST:PORT"),
        ("bridge --cluster a=localhost:9092 --allow-origin *", "*"),
        ("bridge --cluster a=localhost:9092 --listen 0.0.0.0:0", "--allow-origin"),
        ("-b localhost dev", "no connection options"),
        ("dev --dashboard nowhere", "nowhere"),
        ("completions powerfist", "powerfist"),
        ("-b http://localhost topics", "http://localhost"),
        ("-b localhost:99999 topics", "localhost:99999"),
        ("-b ws://localhost/v1/a,localhost topics", "bridge"),
        ("-b ws://localhost/elsewhere topics", "/v1/"),
        ("topics --connect-timeout 0s", "more than 0"),
    ] {
        let run = ottla(arguments);
        assert!(run.error(2).contains(said), "{arguments}: {run:?}");
    }
}

#[test]
fn an_empty_separator_is_wrong() {
    let run = ottla("produce t --key-separator=");
    assert!(run.error(2).contains("must not be empty"), "{run:?}");
}

#[test]
fn no_command_is_wrong_and_shows_how_to_be_right() {
    let run = ottla("");
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("Usage: ottla"), "{run:?}");
}

#[test]
fn help_goes_to_stdout_with_an_example() {
    let whole = ottla("--help").ok();
    for command in COMMANDS {
        assert!(whole.lines().any(|line| line.trim_start().starts_with(command)), "{command}: {whole}");
        let help = ottla(&format!("{command} --help")).ok();
        assert!(help.contains("Example:\n  ") && help.contains(&format!("ottla {command}")), "{help}");
    }
    assert!(whole.contains("Example:\n  ottla "), "{whole}");
    assert!(ottla("--version").ok().starts_with("ottla "));
}

#[test]
fn completions_name_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = ottla(&format!("completions {shell}")).ok();
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn a_closed_stdout_is_no_error() {
    let mut running = Running::start("completions bash");
    running.close_stdout();
    let run = running.wait();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
}

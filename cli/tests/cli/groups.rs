use crate::support::Dev;

#[test]
fn a_broker_without_groups_is_told_of() {
    let dev = Dev::with_topic("t", 1);
    for command in [
        "groups",
        "group g",
        "group g --reset first --topic t",
        "group g --delete",
        "consume t --group g --timeout 5s",
    ] {
        let run = dev.ottla(command);
        assert!(run.error(1).contains("the broker does not offer"), "{command}: {run:?}");
    }
}

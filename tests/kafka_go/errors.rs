//! kafka-go's `error_test.go`: what a broker's codes mean.

use ottla::ErrorCode;

/// What kafka-go tries again after.
const TEMPORARY: [i16; 29] = [
    2, 3, 5, 6, 7, 13, 14, 15, 16, 19, 20, 41, 56, 70, 71, 72, 74, 75, 78, 80, 83, 84, 85, 86, 88, 89, 100,
    103, 106,
];

/// Not here, nor by Kafka's own account: NO_REASSIGNMENT_IN_PROGRESS, GROUP_SUBSCRIBED_TO_TOPIC.
const FINAL: [i16; 2] = [85, 86];

/// Here, as by Kafka's account: REPLICA_NOT_AVAILABLE, CONCURRENT_TRANSACTIONS.
const RETRIABLE: [i16; 2] = [9, 51];

/// `TestError`: each code has a name and a sentence, unknown ones say so; and which of them pass by themselves.
#[test]
fn test_error() {
    let known = ErrorCode::all().filter(|code| (1..=106).contains(&code.0));
    let (mut is_final, mut retriable) = (Vec::new(), Vec::new());
    for code in known {
        match (code.is_retriable(), TEMPORARY.contains(&code.0)) {
            (true, false) => retriable.push(code.0),
            (false, true) => is_final.push(code.0),
            _ => {}
        }
        let (name, text) = (code.name().unwrap(), code.to_string());
        assert!(text.len() > name.len() + 10, "{text}");
    }
    assert_eq!((is_final, retriable), (FINAL.to_vec(), RETRIABLE.to_vec()));
    let error = ErrorCode(-2);
    assert_eq!((error.name(), error.is_retriable()), (None, false));
    assert!(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.to_string().starts_with("UNKNOWN_TOPIC_OR_PARTITION: "));
}

/// Reads `KEY=VALUE`, as settings and headers are written. The value may be empty and may hold more `=`.
pub(crate) fn read(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn splits_at_the_first() {
        assert_eq!(read("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(read("a="), Ok(("a".into(), String::new())));
        assert!(read("a").is_err());
        assert!(read("=b").is_err());
    }
}

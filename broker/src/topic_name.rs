/// The longest name: a partition's directory on a real broker must fit a file name.
const LONGEST: usize = 249;

/// Why a name is no topic's, or `None` when it can be.
pub(crate) fn fault(name: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() {
        Some("a topic needs a name".to_owned())
    } else if name == "." || name == ".." {
        Some(format!("a topic cannot be named {name:?}"))
    } else if name.len() > LONGEST {
        Some(format!("a topic's name has at most {LONGEST} characters, this one {}", name.len()))
    } else if !name.chars().all(allowed) {
        Some(format!("a topic's name has only letters, digits, '.', '_' and '-', unlike {name:?}"))
    } else {
        None
    }
}

/// Whether two names differ only in '.' and '_': metrics of a real broker could not tell them apart.
pub(crate) fn collide(one: &str, other: &str) -> bool {
    let alike = |(a, b): (u8, u8)| a == b || (matches!(a, b'.' | b'_') && matches!(b, b'.' | b'_'));
    one != other && one.len() == other.len() && one.bytes().zip(other.bytes()).all(alike)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_names_from_others() {
        for good in ["a", "A-b_c.9", "...", &"x".repeat(249)] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in ["", ".", "..", "a b", "a/b", "ä", "a\n", &"x".repeat(250)] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn dots_and_underscores_collide() {
        assert!(collide("a.b", "a_b"));
        assert!(!collide("a.b", "a.b") && !collide("a.b", "a-b") && !collide("a.b", "a_bc"));
    }
}

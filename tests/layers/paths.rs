//! What a source file names: its paths, from the tokens, so that comments and strings do not count and what
//! stands in macros does.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The paths of one file, each as its segments, made absolute: `super::x` in `src/a/b.rs` is `crate::a::x`.
pub(crate) struct Names {
    paths: Vec<Vec<String>>,
}

impl Names {
    /// What `text`, the file at `path` in the repository, names outside its tests.
    pub(crate) fn of(path: &str, text: &str) -> Result<Self, String> {
        let tokens: TokenStream = text.parse().map_err(|error| format!("{error}"))?;
        let mut names = Self { paths: Vec::new() };
        names.read(tokens.into_iter().collect(), &module(path));
        Ok(names)
    }

    /// Every path, as its segments.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &[String]> {
        self.paths.iter().map(Vec::as_slice)
    }

    /// Whether `word` stands anywhere.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.paths().any(|path| path.iter().any(|segment| segment == word))
    }

    /// In a crate's root: the module from which each name that it re-exports comes.
    pub(crate) fn reexports(&self) -> BTreeMap<String, String> {
        let pairs = self.paths().filter_map(|path| Some((path.last()?.clone(), path.first()?.clone())));
        pairs.filter(|(name, module)| name != module).collect()
    }

    fn read(&mut self, tokens: Vec<TokenTree>, module: &[String]) {
        let mut at = 0;
        while at < tokens.len() {
            if let Some(after) = skip_test(&tokens, at) {
                at = after;
                continue;
            }
            match &tokens[at] {
                TokenTree::Group(group) => {
                    let inner = match (
                        word(&tokens, at.wrapping_sub(2)).as_deref(),
                        word(&tokens, at.wrapping_sub(1)),
                    ) {
                        (Some("mod"), Some(name)) => [module, &[name]].concat(),
                        _ => module.to_vec(),
                    };
                    self.read(group.stream().into_iter().collect(), &inner);
                    at += 1;
                }
                TokenTree::Ident(_) => at = self.path(&tokens, at, Vec::new(), module),
                _ => at += 1,
            }
        }
    }

    /// Reads the path, or the tree of paths, that starts at `at` below `prefix`; the place after it.
    fn path(
        &mut self,
        tokens: &[TokenTree],
        mut at: usize,
        mut path: Vec<String>,
        module: &[String],
    ) -> usize {
        let start = at;
        while let Some(segment) = word(tokens, at) {
            push(&mut path, segment, module);
            at += 1;
            if !is_colons(tokens, at) {
                self.paths.push(path);
                return at;
            }
            at += 2;
        }
        match tokens.get(at) {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut next = 0;
                while next < inner.len() {
                    next = self.path(&inner, next, path.clone(), module).max(next + 1);
                }
                at + 1
            }
            token => {
                let glob = matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == '*');
                if glob || at > start {
                    self.paths.push(path);
                }
                at
            }
        }
    }
}

/// The module that a file is: `src/a/b.rs` and `src/a/b/mod.rs` are `a::b`.
fn module(path: &str) -> Vec<String> {
    let inside = path.split_once("src/").map_or(path, |(_, inside)| inside);
    let parts = inside.trim_end_matches(".rs").split('/').map(str::to_owned);
    parts.filter(|part| part != "mod" && part != "lib" && part != "main").collect()
}

fn push(path: &mut Vec<String>, segment: String, module: &[String]) {
    match segment.as_str() {
        "self" if path.is_empty() => *path = [&["crate".to_owned()], module].concat(),
        "super" if path.is_empty() => *path = [&["crate".to_owned()], &module[..module.len() - 1]].concat(),
        "super" => drop(path.pop()),
        "self" => {}
        _ => path.push(segment),
    }
}

fn word(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at)? {
        TokenTree::Ident(ident) => Some(ident.to_string().trim_start_matches("r#").to_owned()),
        _ => None,
    }
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// The place after the item at `at`, if its attribute says that it is only for tests.
fn skip_test(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let is = |at: usize, text: &str| matches!(tokens.get(at), Some(token) if token.to_string().replace(' ', "") == text);
    if !(is(at, "#") && is(at + 1, "[cfg(test)]")) {
        return None;
    }
    let end = tokens[at + 2..].iter().position(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    });
    Some(end.map_or(tokens.len(), |end| at + 2 + end + 1))
}

#[cfg(test)]
mod test {
    use super::*;

    fn names(path: &str, text: &str) -> Vec<String> {
        Names::of(path, text)
            .unwrap()
            .paths()
            .map(|path| path.join("::"))
            .filter(|p| p.contains("::"))
            .collect()
    }

    #[test]
    fn trees_and_relative_paths() {
        let text = "use crate::{wire::{Decoder, self}, error::Error}; use super::x::Y; use self::z::Z;";
        let found = [
            "crate::wire::Decoder",
            "crate::wire",
            "crate::error::Error",
            "crate::a::x::Y",
            "crate::a::b::z::Z",
        ];
        assert_eq!(names("src/a/b.rs", text), found);
        assert_eq!(names("src/a/mod.rs", "use super::error::Error;"), ["crate::error::Error"]);
        assert_eq!(names("src/a.rs", "mod b { use super::super::c::D; }"), ["crate::c::D"]);
    }

    #[test]
    fn code_and_macros_count_comments_strings_and_tests_do_not() {
        let text = r#"
            /// crate::doc::Link
            fn f() { let s = "crate::string"; m!(crate::group::join(crate::conn::X)); }
            #[cfg(test)] mod tests { use crate::reader::R; }
            #[cfg(test)] use crate::writer::W;
            fn g() { crate::client::c() }
        "#;
        assert_eq!(names("src/a.rs", text), ["crate::group::join", "crate::conn::X", "crate::client::c"]);
    }
}

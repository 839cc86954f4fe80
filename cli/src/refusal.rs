//! What clap says of a wrong command line, in the form of every other error: one line, then what helps.

use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::ending::{WRONG_USE, note};

pub(crate) fn report(refused: &clap::Error) -> ExitCode {
    match refused.kind() {
        // Asked for: these go to stdout. A stdout that is closed does not want to read it.
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = refused.print();
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = refused.print();
            ExitCode::from(WRONG_USE)
        }
        _ => {
            note(&shorten(&refused.to_string()));
            ExitCode::from(WRONG_USE)
        }
    }
}

/// clap's paragraphs, a line each: the first is the error, the others (a tip, the usage) are set below it.
fn shorten(text: &str) -> String {
    let mut short = String::new();
    for (at, paragraph) in text.trim().split("\n\n").enumerate() {
        if at > 0 {
            short.push_str("  ");
        }
        let words: Vec<_> = paragraph.split_whitespace().collect();
        short.push_str(&words.join(" "));
        short.push('\n');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::shorten;

    #[test]
    fn the_error_is_one_line() {
        let clap = "error: the following required arguments were not provided:\n  <TOPIC>\n\nUsage: ottla consume <TOPIC>\n\n\
                    For more information, try '--help'.\n";
        assert_eq!(
            shorten(clap),
            "error: the following required arguments were not provided: <TOPIC>\n  Usage: ottla consume <TOPIC>\n  \
             For more information, try '--help'.\n"
        );
    }
}

//! stdin, in pieces of whole lines: read by a thread of its own, a few pieces ahead and no more.

use std::io::{self, Read};

use tokio::sync::mpsc;

/// About how much a piece holds.
const PIECE: usize = 64 << 10;

/// Pieces read ahead.
const AHEAD: usize = 4;

/// A longer line is an error. Brokers take records of 1 MiB unless they are set to take more.
pub(crate) const LONGEST_LINE: usize = 32 << 20;

/// The lines of stdin.
pub(crate) struct Lines(mpsc::Receiver<io::Result<Vec<u8>>>);

impl Lines {
    /// Begins to read. What reads lives as long as stdin does: end the program without waiting for it.
    pub(crate) fn of_stdin() -> Self {
        let (pieces, read) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || pump(io::stdin().lock(), &pieces));
        Self(read)
    }

    /// Some lines, each but the last of all with its end of line; `None` at the end.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn next(&mut self) -> Option<io::Result<Vec<u8>>> {
        self.0.recv().await
    }
}

/// The size of stdin where it is a file.
pub(crate) fn size_of_stdin() -> Option<u64> {
    #[cfg(unix)]
    {
        use std::{fs::File, os::fd::AsFd};
        let stdin = File::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
        let metadata = stdin.metadata().ok()?;
        metadata.is_file().then_some(metadata.len())
    }
    #[cfg(not(unix))]
    None
}

fn pump(mut from: impl Read, to: &mpsc::Sender<io::Result<Vec<u8>>>) {
    let mut rest = Vec::new();
    loop {
        let piece = read_piece(&mut from, &mut rest);
        let over = !matches!(&piece, Ok(piece) if !piece.is_empty());
        let sent = match piece {
            Ok(piece) if piece.is_empty() => return,
            piece => to.blocking_send(piece),
        };
        if over || sent.is_err() {
            return;
        }
    }
}

/// Whole lines, as soon as there are any; what was read of the next line is left in `rest`. Empty at the end.
fn read_piece(from: &mut impl Read, rest: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut piece = std::mem::take(rest);
    loop {
        let start = piece.len();
        if start > LONGEST_LINE {
            let why = format!("a line is longer than {LONGEST_LINE} bytes: a record a line is what is read");
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        piece.resize(start + PIECE, 0);
        let read = loop {
            match from.read(&mut piece[start..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        piece.truncate(start + read);
        if read == 0 {
            return Ok(piece);
        }
        if let Some(last) = piece[start..].iter().rposition(|byte| *byte == b'\n') {
            *rest = piece.split_off(start + last + 1);
            return Ok(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(mut from: impl Read) -> Vec<Vec<u8>> {
        let mut rest = Vec::new();
        let next = || Some(read_piece(&mut from, &mut rest).unwrap()).filter(|piece| !piece.is_empty());
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn lines_stay_whole() {
        let long = "x".repeat(PIECE * 2);
        let text = format!("one\ntwo\n{long}\n\nlast");
        let read = pieces(text.as_bytes());
        assert!(read.len() > 1);
        assert_eq!(read.concat(), text.as_bytes());
        for piece in &read[..read.len() - 1] {
            assert_eq!(piece.last(), Some(&b'\n'));
        }
    }

    #[test]
    fn nothing_is_no_piece() {
        assert!(pieces(&b""[..]).is_empty());
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let mut rest = Vec::new();
        let error = read_piece(&mut io::repeat(b'x'), &mut rest).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}

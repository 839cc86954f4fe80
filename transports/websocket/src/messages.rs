use bytes::{Bytes, BytesMut};

/// The most bytes of the stream that go in one message. A bridge takes four times as many.
pub(crate) const MAX_MESSAGE: usize = 64 * 1024;

/// A buffer from this size on goes as it is; smaller ones are joined, to save messages.
const LARGE: usize = 8 * 1024;

/// Cuts buffers into messages: none empty, which would end the stream, and none over [`MAX_MESSAGE`].
pub(crate) struct Messages<'a> {
    /// What is left of a large buffer.
    large: Bytes,
    rest: &'a [Bytes],
}

impl<'a> Messages<'a> {
    pub(crate) fn of(buffers: &'a [Bytes]) -> Self {
        Self { large: Bytes::new(), rest: buffers }
    }

    fn join_small(&mut self) -> Bytes {
        let mut joined = BytesMut::new();
        while let [first, rest @ ..] = self.rest
            && first.len() < LARGE
            && joined.len() + first.len() <= MAX_MESSAGE
        {
            joined.extend_from_slice(first);
            self.rest = rest;
        }
        joined.freeze()
    }
}

impl Iterator for Messages<'_> {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.large.is_empty() {
            let joined = self.join_small();
            if !joined.is_empty() {
                return Some(joined);
            }
            let [first, rest @ ..] = self.rest else { return None };
            (self.large, self.rest) = (first.clone(), rest);
        }
        Some(self.large.split_to(self.large.len().min(MAX_MESSAGE)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(buffers: &[usize]) -> Vec<usize> {
        let buffers: Vec<Bytes> = buffers.iter().map(|size| vec![0; *size].into()).collect();
        Messages::of(&buffers).map(|message| message.len()).collect()
    }

    #[test]
    fn small_buffers_join_and_large_ones_are_cut() {
        assert_eq!(sizes(&[]), []);
        assert_eq!(sizes(&[0, 0]), []);
        assert_eq!(sizes(&[1, 0, 2]), [3]);
        assert_eq!(sizes(&[1, LARGE, 2]), [1, LARGE, 2]);
        assert_eq!(sizes(&[MAX_MESSAGE * 2 + 1, 0, 1]), [MAX_MESSAGE, MAX_MESSAGE, 1, 1]);
        assert_eq!(sizes(&[LARGE - 1; 10]), [(LARGE - 1) * 8, (LARGE - 1) * 2]);
    }

    #[test]
    fn nothing_is_lost_or_swapped() {
        let buffers: Vec<Bytes> =
            [3, 9000, 0, 70_000, 5, 5].iter().enumerate().map(|(i, n)| vec![i as u8; *n].into()).collect();
        assert_eq!(Messages::of(&buffers).collect::<Vec<_>>().concat(), buffers.concat());
    }
}

//! Asks a broker which brokers it knows, to tell when a cluster is up.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(5);

/// Metadata version 1 for no topics, correlation id 7, no client id: every version since 0.10 answers it.
const REQUEST: [u8; 18] = [0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 7, 0xff, 0xff, 0, 0, 0, 0];

/// How many brokers the broker at `port` knows, when it also knows the controller.
pub(crate) fn known_brokers(port: u16) -> io::Result<usize> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&REQUEST)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut frame = Vec::new();
    stream.take(u64::from(u32::from_be_bytes(length)).min(1 << 20)).read_to_end(&mut frame)?;
    parse(&frame).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not an answer of Kafka"))
}

fn parse(frame: &[u8]) -> Option<usize> {
    let mut rest = frame;
    if take(&mut rest, 4)? != [0, 0, 0, 7] {
        return None;
    }
    let count = i32::from_be_bytes(take(&mut rest, 4)?.try_into().ok()?);
    for _ in 0..count {
        take(&mut rest, 4)?;
        skip_string(&mut rest)?;
        take(&mut rest, 4)?;
        skip_string(&mut rest)?;
    }
    let controller = i32::from_be_bytes(take(&mut rest, 4)?.try_into().ok()?);
    if controller < 0 { Some(0) } else { usize::try_from(count).ok() }
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(n)?;
    *rest = tail;
    Some(head)
}

fn skip_string(rest: &mut &[u8]) -> Option<()> {
    let length = i16::from_be_bytes(take(rest, 2)?.try_into().ok()?);
    take(rest, usize::try_from(length).unwrap_or(0))?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let one = b"\0\0\0\x07\0\0\0\x01\0\0\0\x01\0\x01h\0\0\x23\x84\xff\xff\0\0\0\x01\0\0\0\0";
        assert_eq!(parse(one), Some(1));
        let mut no_controller = one.to_vec();
        no_controller[21..25].fill(0xff);
        assert_eq!(parse(&no_controller), Some(0));
        for end in 0..25 {
            assert_eq!(parse(&one[..end]), None, "cut at {end}");
        }
        assert_eq!(parse(b"HTTP/1.1 400 Bad Request"), None);
    }
}

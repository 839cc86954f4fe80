//! Free ports on loopback.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    io,
    net::{Ipv4Addr, TcpListener},
};

/// Below the range from which systems give ports to outgoing connections, so that a broker that is killed
/// finds its port free when it comes back.
const RANGE: std::ops::Range<u16> = 12_000..32_000;

/// `count` different ports on which nothing listens.
pub(crate) fn free(count: usize) -> io::Result<Vec<u16>> {
    let width = u64::from(RANGE.end - RANGE.start);
    let start = RandomState::new().build_hasher().finish();
    // Held until all are found: none is handed out twice.
    let mut held = Vec::with_capacity(count);
    for step in 0..width {
        if held.len() == count {
            break;
        }
        let Ok(offset) = u16::try_from((start.wrapping_add(step)) % width) else { continue };
        held.extend(TcpListener::bind((Ipv4Addr::LOCALHOST, RANGE.start + offset)));
    }
    if held.len() < count {
        return Err(io::Error::other(format!(
            "no {count} free ports between {} and {}",
            RANGE.start, RANGE.end
        )));
    }
    held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}

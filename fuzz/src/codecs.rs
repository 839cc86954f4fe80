//! The codecs, fed with anything.

use ottla::record::Compression;

const LIMIT: usize = 1 << 20;

/// Decompresses with the codec that the first byte names; compresses and decompresses the same bytes.
///
/// # Panics
/// If the limit is not kept, or what was compressed does not come back.
pub fn codecs(data: &[u8]) {
    let [codec, input @ ..] = data else { return };
    let Some(codec) = Compression::ALL.get(usize::from(*codec) % Compression::ALL.len()) else { return };
    for limit in [LIMIT, 64] {
        if let Ok(output) = codec.decompress(input, limit) {
            assert!(output.len() <= limit);
        }
    }
    let Ok(packed) = codec.compress(input, None) else { panic!("{codec} does not compress") };
    assert_eq!(codec.decompress(&packed, input.len()).as_deref(), Ok(input));
}

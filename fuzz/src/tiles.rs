//! Tiles of a log, as a wallet takes them from a service that may lie.

use std::sync::LazyLock;

use aiq_circuits::identity::DeploymentId;
use aiq_cli::{
    client::ClientError,
    sync::{
        TileCache,
        log::{LogFiles, LogReader, WIDTH},
    },
};
use aiq_verifier::log::{EntryHash, Frontier, LogCheckpoint};
use tlog_tiles::Tile;

/// Sizes of logs: one entry, within the first tile, full tiles with and without more, several peaks in one tile.
const SIZES: [u64; 8] = [1, 5, 255, 256, 257, 300, 511, 700];

/// The entries of the longest log.
static ENTRIES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let longest = SIZES.into_iter().max().unwrap_or_default();
    (0..longest)
        .map(|number| number.to_be_bytes()[6..].repeat(usize::try_from(number % 3).unwrap_or_default()))
        .collect()
});

/// Roots of the logs of [`SIZES`].
static ROOTS: LazyLock<[[u8; 32]; SIZES.len()]> = LazyLock::new(|| {
    SIZES.map(|size| {
        let mut frontier = Frontier::default();
        ENTRIES.iter().zip(0..size).for_each(|(entry, _)| frontier.push(&EntryHash::of(entry)));
        frontier.root()
    })
});

/// A byte of what is served, changed: in which answer, by its [`name`], where, modulo its length, and how; with 0 the answer is cut
/// there instead.
#[derive(Clone, Copy)]
struct Lie {
    answer: u8,
    place: u16,
    change: u8,
}

struct Service {
    lies: Vec<Lie>,
}

impl Service {
    fn answer(&self, name: u8, mut bytes: Vec<u8>) -> Vec<u8> {
        for lie in self.lies.iter().filter(|lie| lie.answer == name) {
            let Some(place) = usize::from(lie.place).checked_rem(bytes.len()) else { continue };
            if lie.change == 0 {
                bytes.truncate(place);
            } else {
                bytes[place] ^= lie.change;
            }
        }
        bytes
    }
}

/// What lies call an answer by: the level of a tile and its number, in four bits each; bundles of entries have level 15.
fn name(level: u8, n: u64) -> u8 {
    u8::try_from(u64::from(level) * 16 + n % 16).unwrap_or(u8::MAX)
}

impl LogFiles for Service {
    fn hash_tile(&self, level: u8, n: u64, width: u64) -> Result<Vec<u8>, ClientError> {
        let leaves = |n: u64, width: u64| -> Vec<u8> {
            let first = usize::try_from(n * WIDTH).unwrap_or(usize::MAX);
            let entries = ENTRIES.iter().skip(first).take(usize::try_from(width).unwrap_or_default());
            entries.flat_map(|entry| *EntryHash::of(entry).as_bytes()).collect()
        };
        let bytes = match level {
            0 => leaves(n, width),
            _ => (n * WIDTH..n * WIDTH + width).flat_map(|below| Tile::subtree_hash(&leaves(below, WIDTH)).0).collect(),
        };
        Ok(self.answer(name(level, n), bytes))
    }

    fn entry_bundle(&self, n: u64, width: u64) -> Result<Vec<u8>, ClientError> {
        let first = usize::try_from(n * WIDTH).unwrap_or(usize::MAX);
        let entries = ENTRIES.iter().skip(first).take(usize::try_from(width).unwrap_or_default());
        let bytes = entries.flat_map(|entry| {
            let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
            [&length.to_be_bytes(), entry.as_slice()].concat()
        });
        Ok(self.answer(name(0xf, n), bytes.collect()))
    }
}

/// One byte for the size of the log, then lies of the service in four bytes each. Whatever is told, the wallet believes what is in
/// the log or nothing.
pub fn tiles(data: &[u8]) -> bool {
    let [which, lies @ ..] = data else { return false };
    let which = usize::from(*which) % SIZES.len();
    let (size, root) = (SIZES[which], ROOTS[which]);
    let (lies, _) = lies.as_chunks::<4>();
    let lies = lies.iter().map(|[answer, high, low, change]| Lie {
        answer: *answer,
        place: u16::from_be_bytes([*high, *low]),
        change: *change,
    });
    let (service, cache) = (Service { lies: lies.take(8).collect() }, TileCache::none());
    let checkpoint = LogCheckpoint { deployment_id: DeploymentId::new([1; 32]), size, root };
    let Ok(reader) = LogReader::open(&service, &cache, checkpoint) else {
        assert!(!service.lies.is_empty(), "the truth about {size} entries is not believed");
        return false;
    };
    let mut believed = true;
    for index in [0, 1, 254, 255, 256, 299, 510, 511, size - 1].into_iter().filter(|index| *index < size) {
        let entry = &ENTRIES[usize::try_from(index).unwrap_or(usize::MAX)];
        match reader.entry_hash(index) {
            Ok(hash) => assert_eq!(hash, EntryHash::of(entry), "entry {index} of {size}"),
            Err(_) => believed = false,
        }
        if let Ok(path) = reader.inclusion(index) {
            let included = aiq_verifier::log::verify_inclusion(&checkpoint, index, &EntryHash::of(entry), &path);
            assert_eq!(included, Ok(()), "entry {index} of {size}");
        }
    }
    for n in 0..size.div_ceil(WIDTH) {
        match reader.entries(n) {
            Ok(entries) => assert!(ENTRIES[usize::try_from(n * WIDTH).unwrap_or(usize::MAX)..].starts_with(&entries)),
            Err(_) => believed = false,
        }
    }
    for (earlier, root) in SIZES.into_iter().zip(*ROOTS).filter(|(earlier, _)| *earlier <= size) {
        match reader.root_at(earlier) {
            Ok(found) => assert_eq!(found, root, "{earlier} of {size}"),
            Err(_) => believed = false,
        }
    }
    assert!(believed || !service.lies.is_empty(), "the truth about {size} entries is not believed");
    believed
}

//! Bundles, and the audit of them.

use std::{fs, path::Path, sync::LazyLock};

use aiq_audit::{
    Options, audit,
    bundle::{EntryLine, Preamble, Reader, Writer},
};
use aiq_verifier::{log::EntryHash, verifying_key::VerifyingKey};

/// The bundles of the corpus that hold: of a whole log, and of one of its polls. Read when first asked for, so that the example that
/// makes them can be built without them.
static GOOD: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/bundle");
    ["everything", "poll"].map(|name| fs::read(directory.join(name)).expect("a bundle of the corpus"))
});

/// A bundle whose every line is read is written as the same bytes. The audit comes to a verdict on any bytes, and holds of one log
/// only, the one that was signed; whoever else signed it, or is said to have, is nothing that this audit asks for.
pub fn bundle(data: &[u8]) -> bool {
    let report = audit(data, &Options::default(), &mut |_| {}).expect("bytes in memory can be read");
    assert_eq!(report.ok, report.fault.is_none());
    if report.ok {
        assert!(GOOD.iter().any(|good| without_signatures(good) == without_signatures(data)), "another bundle holds");
    }
    serde_json::to_vec(&report).expect("a report has a JSON form");
    if let Some(written) = rewritten(data) {
        assert_eq!(written, data);
    }
    report.ok
}

/// Everything that a bundle says, without the signatures of its checkpoint.
fn without_signatures(data: &[u8]) -> (Preamble, Vec<Vec<u8>>) {
    let (mut preamble, mut reader) = Reader::open(data).expect("a bundle that holds");
    let signatures = preamble.checkpoint.rfind("\n\n").expect("a signed note");
    preamble.checkpoint.truncate(signatures);
    let lines = core::iter::from_fn(|| reader.next_line().expect("a bundle that holds"));
    (preamble, lines.collect())
}

/// The bundle read and written again; `None` unless all of it can be read.
fn rewritten(data: &[u8]) -> Option<Vec<u8>> {
    let (preamble, mut reader) = Reader::open(data).ok()?;
    let keys: Vec<VerifyingKey> =
        preamble.keys.iter().map(|key| VerifyingKey::from_bytes(&key.bytes).ok()).collect::<Option<_>>()?;
    // The writer computes what stands beside a key; whether it is right is for the audit to say.
    if keys.iter().zip(&preamble.keys).any(|(key, line)| key.id() != line.key_id) {
        return None;
    }
    let mut written = Vec::new();
    let mut writer =
        Writer::begin(&mut written, preamble.header, &preamble.manifest, &keys, &preamble.checkpoint).ok()?;
    while let Some(line) = reader.next_line().ok()? {
        let line = EntryLine::read(&line)?;
        if line.hash != EntryHash::of(&line.entry) {
            return None;
        }
        writer.entry(line.index, &line.entry, line.opening.as_ref(), line.proof.as_deref()).ok()?;
    }
    writer.finish().ok()?;
    Some(written)
}

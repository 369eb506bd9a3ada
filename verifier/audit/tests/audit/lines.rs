//! The format: lines in their one spelling, and what stands before the entries.

use aiq_audit::{
    FaultCode, Options, audit,
    bundle::{Contents, EntryLine, Header, MAX_LINE, Reader, VerifyingKeyBytes, WriteError, Writer},
};
use aiq_circuits::{statement::StatementId, wire::bytes_to_hex};
use aiq_keys::{Manifest, ManifestEntry, manifest::FileDigest};
use aiq_verifier::{
    log::{EntryHash, NodeHash},
    poll::PollId,
    service_key::ServiceKey,
    verifying_key::KeyId,
};
use ed25519_dalek::SigningKey;

use crate::fixture::{fault, keys, lines, log, place};

fn replaced(bundle: &[u8], line: usize, from: &str, to: &str) -> Vec<u8> {
    let mut lines = lines(bundle);
    let text = String::from_utf8(lines[line].clone()).unwrap();
    assert!(text.contains(from), "{text}");
    lines[line] = text.replacen(from, to, 1).into_bytes();
    lines.concat()
}

#[test]
fn every_other_spelling_is_refused() {
    let bundle = log().bundle();
    // The header is line 0, the manifest 1, the keys 2 and 3, the checkpoint 4.
    let cases = [
        (0, "{\"bundle\"", "{ \"bundle\"", None),
        (0, "\"entries\":36", "\"entries\":36.0", None),
        (0, "\"entries\":36", "\"entries\":0", None),
        (0, "everything", "poll", None),
        (0, "\"entries\"", "\"poll\":\"0x00000000000000000000000000000000\",\"entries\"", None),
        (0, "}", ",\"more\":1}", None),
        (1, "\\n", "\\u000a", None),
        (2, "\"key_id\"", "\"more\":1,\"key_id\"", None),
        (2, "verifying_key", "another_key", None),
        (4, "checkpoint", "note", None),
        (4, "\u{2014}", "\\u2014", None),
        (5, "\"entry\":\"0x00", "\"entry\":\"0X00", Some(0)),
        (6, "4149", "414A", Some(1)),
        (7, ",\"hash\"", ", \"hash\"", Some(2)),
        (8, "}", ",\"opening\":null}", Some(3)),
        (9, "}", ",\"proof\":[]}", Some(4)),
        (10, "\n", "\r\n", Some(5)),
        (11, "\"index\":6", "\"index\":06", Some(6)),
        (12, "\"index\":7", "\"index\":-7", Some(7)),
    ];
    for (line, from, to, index) in cases {
        let found = fault(&replaced(&bundle, line, from, to));
        assert_eq!(found, Some((index, FaultCode::Format)), "{from} as {to}");
    }
    assert_eq!(fault(&replaced(&bundle, 0, "\"bundle\":1", "\"bundle\":2")), Some((None, FaultCode::Version)));
}

#[test]
fn an_entry_is_what_its_hash_says_and_stands_in_its_place() {
    let bundle = log().bundle();
    let flipped = replaced(&bundle, 8, "\"hash\":\"0x", "\"hash\":\"0x0");
    assert_eq!(fault(&flipped), Some((Some(3), FaultCode::Format)));
    let mut all = lines(&bundle);
    let mut entry = EntryLine::read(all[8].strip_suffix(b"\n").unwrap()).unwrap();
    *entry.entry.last_mut().unwrap() ^= 1;
    all[8] = [serde_json::to_vec(&entry).unwrap(), b"\n".to_vec()].concat();
    assert_eq!(fault(&all.concat()), Some((Some(3), FaultCode::EntryHash)));
    // The same entry with the hash of its bytes, which are none.
    entry.hash = EntryHash::of(&entry.entry);
    all[8] = [serde_json::to_vec(&entry).unwrap(), b"\n".to_vec()].concat();
    assert_eq!(fault(&all.concat()), Some((Some(3), FaultCode::Entry)));
    let moved = replaced(&bundle, 8, "\"index\":3", "\"index\":4");
    assert_eq!(fault(&moved), Some((Some(3), FaultCode::Order)));
}

#[test]
fn a_bundle_that_ends_early_or_goes_on_is_refused() {
    let bundle = log().bundle();
    let all = lines(&bundle);
    for kept in 0..5 {
        assert_eq!(fault(&all[..kept].concat()), Some((None, FaultCode::Truncated)));
    }
    for kept in 5..all.len() {
        assert_eq!(fault(&all[..kept].concat()), Some((Some(kept as u64 - 5), FaultCode::Truncated)));
    }
    let last = all.len() as u64 - 6;
    assert_eq!(fault(&bundle[..bundle.len() - 1]), Some((Some(last), FaultCode::Format)));
    for more in [&b"\n"[..], b"x", &all[6]] {
        assert_eq!(fault(&[&bundle, more].concat()), Some((None, FaultCode::Trailing)));
    }
}

#[test]
fn a_line_longer_than_any_may_be_is_not_even_read() {
    let all = lines(&log().bundle());
    let long = vec![b' '; 10 * MAX_LINE];
    for (line, index) in [(0, None), (4, None), (7, Some(2))] {
        let bundle = [all[..line].concat(), long.clone()].concat();
        assert_eq!(fault(&bundle), Some((index, FaultCode::Format)));
        let mut rest = bundle.as_slice();
        if let Ok((_, mut reader)) = Reader::open(&mut rest) {
            while let Ok(Some(_)) = reader.next_line() {}
        }
        assert!(rest.len() > 8 * MAX_LINE);
    }
}

/// The bundle with another manifest and other lines of keys.
fn with_keys(manifest: &Manifest, keys: &[VerifyingKeyBytes]) -> Vec<u8> {
    let mut all = lines(&log().bundle());
    let manifest = serde_json::to_string(&manifest.to_json()).unwrap();
    all[1] = format!("{{\"manifest\":{manifest}}}\n").into_bytes();
    let keys = keys.iter().map(|key| {
        let key = serde_json::to_string(key).unwrap();
        format!("{{\"verifying_key\":{key}}}\n").into_bytes()
    });
    all.splice(2..4, keys);
    all.concat()
}

fn bytes_of(statement: StatementId) -> VerifyingKeyBytes {
    let key = keys().verifying_key(statement).unwrap();
    VerifyingKeyBytes { key_id: key.id(), bytes: key.to_bytes() }
}

fn manifest_with(change: impl FnOnce(&mut ManifestEntry)) -> Manifest {
    let mut entries = keys().manifest().entries().to_vec();
    change(&mut entries[0]);
    Manifest::new(entries).unwrap()
}

#[test]
fn keys_that_are_not_the_manifests_or_not_to_be_trusted_are_refused() {
    let manifest = keys().manifest();
    let [membership, standing] = [StatementId::Membership, StatementId::Standing3].map(bytes_of);
    assert_eq!(fault(&with_keys(manifest, &[membership.clone(), standing.clone()])), None);
    // γ = δ, listed by the manifest all the same.
    let mut forgeable = membership.bytes.clone();
    forgeable.copy_within(96..160, 160);
    let forgeable = VerifyingKeyBytes { key_id: KeyId::new(FileDigest::of(&forgeable).sha256), bytes: forgeable };
    let listing = |key: &VerifyingKeyBytes| {
        manifest_with(|entry| (entry.key_id, entry.verifying) = (key.key_id, FileDigest::of(&key.bytes)))
    };
    // With a circuit that fits the statement, but not the key.
    let mut alone = manifest.entry(StatementId::Membership).unwrap().clone();
    (alone.statement, alone.r1cs_digest) = (StatementId::Standing8, StatementId::Standing8.shape().digest);
    let for_another_statement = Manifest::new(vec![alone]).unwrap();
    let swapped = VerifyingKeyBytes { key_id: membership.key_id, bytes: standing.bytes.clone() };
    let cases = [
        (manifest.clone(), vec![standing.clone(), membership.clone()]),
        (manifest.clone(), vec![membership.clone(), membership.clone()]),
        (manifest.clone(), vec![swapped]),
        (manifest.clone(), vec![forgeable.clone()]),
        (listing(&forgeable), vec![forgeable.clone()]),
        (manifest_with(|entry| entry.r1cs_digest[0] ^= 1), vec![membership.clone()]),
        (manifest_with(|entry| entry.verifying.size += 1), vec![membership.clone()]),
        (for_another_statement, vec![membership]),
    ];
    for (number, (manifest, keys)) in cases.iter().enumerate() {
        assert_eq!(fault(&with_keys(manifest, keys)), Some((None, FaultCode::VerifyingKey)), "case {number}");
    }
}

#[test]
fn another_manifest_is_refused() {
    let mut log = log();
    log.manifest.insert(1, ' ');
    assert_eq!(fault(&log.bundle()), Some((None, FaultCode::Manifest)));
    log.manifest = manifest_with(|entry| entry.proving.size += 1).to_json();
    assert_eq!(fault(&log.bundle()), Some((None, FaultCode::ManifestDigest)));
}

#[test]
fn the_header_names_the_deployment() {
    let bundle = replaced(&log().bundle(), 0, "\"deployment_id\":\"0x", "\"deployment_id\":\"0x00");
    assert_eq!(fault(&bundle), Some((None, FaultCode::Format)));
    let id = log().deployment_id().to_string();
    let other = bytes_to_hex(&[7; 32]);
    assert_eq!(fault(&replaced(&log().bundle(), 0, &id, &other)), Some((None, FaultCode::DeploymentId)));
}

#[test]
fn the_checkpoint_is_the_logs_and_covers_every_entry() {
    let log = log();
    let under = |checkpoint: &str| fault(&log.bundle_under(checkpoint));
    let mut forged = log.clone();
    forged.service = SigningKey::from_bytes(&[1; 32]);
    assert_ne!(ServiceKey::of(&forged.service), ServiceKey::of(&log.service));
    assert_eq!(under(&forged.checkpoint()), Some((None, FaultCode::Checkpoint)));
    assert_eq!(under("no note"), Some((None, FaultCode::Checkpoint)));
    let mut shorter = log.clone();
    shorter.entries.pop();
    assert_eq!(under(&shorter.checkpoint()), Some((None, FaultCode::Size)));
    let mut other = log.clone();
    let place = place(&other, "attestation", 0);
    other.entries[place].at += 1;
    assert_eq!(under(&other.checkpoint()), Some((None, FaultCode::Root)));
    // A known witness, whose signature was for another checkpoint.
    let (mine, theirs) = (log.checkpoint(), other.checkpoint());
    let line = |note: &str| note.lines().last().unwrap().to_owned();
    let mixed = mine.replace(&line(&mine), &line(&theirs));
    assert_eq!(under(&mixed), Some((None, FaultCode::Cosignature)));
    let alone = mine.replace(&format!("{}\n", line(&mine)), "");
    assert_eq!(under(&alone), Some((None, FaultCode::Cosignature)));
    let unrequired = Options { witnesses: vec![log.witness()], required_witnesses: 0 };
    let report = audit(log.bundle_under(&alone).as_slice(), &unrequired, &mut |_| {}).unwrap();
    assert_eq!((report.ok, report.witnesses.len()), (true, 0));
}

#[test]
fn the_writer_writes_what_its_header_announces() {
    let log = log();
    let begin = |header| Writer::begin(Vec::new(), header, &log.manifest, &log.keys, "note").unwrap();
    let mut all = begin(Header::everything(log.deployment_id(), 2));
    assert!(matches!(all.entry(1, b"x", None, None), Err(WriteError::Order(1))));
    assert!(matches!(all.entry(0, b"x", None, Some(&[])), Err(WriteError::Proof(0))));
    all.entry(0, b"x", None, None).unwrap();
    assert!(matches!(all.finish(), Err(WriteError::Count { announced: 2, written: 1 })));
    let mut one = begin(Header::poll(log.deployment_id(), 2, PollId::new([1; 16])));
    one.entry(7, b"x", None, Some(&[NodeHash::new([1; 32])])).unwrap();
    assert!(matches!(one.entry(7, b"x", None, Some(&[])), Err(WriteError::Order(7))));
    assert!(matches!(one.entry(8, b"x", None, None), Err(WriteError::Proof(8))));
    assert!(matches!(one.entry(8, &vec![0; MAX_LINE], None, Some(&[])), Err(WriteError::LineTooLong(_))));
}

#[test]
fn what_is_written_reads_back() {
    let bundle = log().bundle();
    let (preamble, mut reader) = Reader::open(bundle.as_slice()).unwrap();
    assert_eq!((preamble.header.contents, preamble.keys.len()), (Contents::Everything, 2));
    assert_eq!(preamble.manifest, keys().manifest().to_json());
    for (index, entry) in (0..).zip(&log().entries) {
        let line = EntryLine::read(&reader.next_line().unwrap().unwrap()).unwrap();
        assert_eq!((line.index, line.entry, line.hash), (index, entry.canonical(), entry.hash()));
        assert_eq!(line.opening.as_ref(), log().openings.get(&index));
    }
    assert!(reader.next_line().unwrap().is_none());
}

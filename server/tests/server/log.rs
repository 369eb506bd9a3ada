//! The log over HTTP: what C2SP clients see, proofs for every receipt, and what stays hidden until a poll closes.

use std::cell::RefCell;

use aiq_server::{
    api::{EpochView, InvitationBatch, LogCheckpoints, OpeningPage, tile_path},
    store::Store as _,
};
use aiq_verifier::{
    log::{Act, Entry, EntryOpening, InclusionProof, LogCheckpoint, WitnessKey, cosign, cosigned_by, verify_inclusion},
    poll::Choice,
    receipt::Receipt,
};
use serde_json::json;
use tlog_tiles::{Error, Hash, HashReader as _, Tile, TileHashReader, TileReader, stored_hash_index, tree_hash};

use crate::{
    fixture::{Place, Reply, Served},
    polls::announce,
    samples::{ballot, enrolment, join, signer},
};

fn checkpoint(served: &Served, note: &str) -> LogCheckpoint {
    LogCheckpoint::from_note(note, served.service.deployment_id(), &served.service.service_key()).unwrap()
}

async fn newest(served: &Served) -> LogCheckpoint {
    let reply = served.get("/checkpoint").await;
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, "no-cache"));
    checkpoint(served, std::str::from_utf8(&reply.body).unwrap())
}

async fn enrol(served: &Served, numbers: std::ops::Range<u64>) -> Vec<Receipt> {
    let body = json!({"count": numbers.end - numbers.start, "expires_in": 600});
    let batch: InvitationBatch = served.admin("/v1/invitations", &body).await.json(201);
    let mut receipts = Vec::new();
    for (invitation, number) in batch.invitations.iter().zip(numbers) {
        let body = enrolment(&invitation.token, number);
        receipts.push(served.post("/v1/enrolments", &body).await.json(201));
    }
    receipts
}

/// Tiles that were fetched before they are asked for: the reader is synchronous.
#[derive(Default)]
struct Fetched {
    tiles: std::collections::HashMap<String, Vec<u8>>,
    missing: RefCell<Vec<Tile>>,
}

fn address(tile: &Tile) -> String {
    format!("/tile/{}/{}", tile.level(), tile_path(tile.level_index(), tile.width().into()))
}

impl TileReader for Fetched {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let known = tiles.iter().filter_map(|tile| self.tiles.get(&address(tile)).cloned()).collect::<Vec<_>>();
        if known.len() == tiles.len() {
            return Ok(known);
        }
        *self.missing.borrow_mut() = tiles.to_vec();
        Err(Error::InvalidTile)
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// Reads nodes through tiles that are authenticated by the checkpoint, as any C2SP client does.
async fn through_tiles<T>(
    served: &Served,
    checkpoint: &LogCheckpoint,
    read: impl Fn(&TileHashReader<'_>) -> Result<T, Error>,
) -> T {
    let mut fetched = Fetched::default();
    loop {
        let outcome = read(&TileHashReader::new(checkpoint.size, Hash(checkpoint.root), &fetched));
        let missing = std::mem::take(&mut *fetched.missing.borrow_mut());
        if missing.is_empty() {
            return outcome.unwrap();
        }
        for tile in missing {
            let reply = served.get(&address(&tile)).await;
            assert_eq!(reply.status, 200, "{}", address(&tile));
            assert!(reply.header("cache-control").contains("immutable"));
            fetched.tiles.insert(address(&tile), reply.body);
        }
    }
}

#[tokio::test]
async fn every_receipt_becomes_a_proof_and_every_checkpoint_holds_the_one_before() {
    let served = Served::new().await;
    let first = newest(&served).await;
    let receipts = enrol(&served, 100..400).await;
    let path = |index: u64| format!("/v1/log/inclusion/{index}");
    let reply = served.get(&path(receipts[7].index)).await;
    reply.problem(409, "not_covered");
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(newest(&served).await, first, "nothing is published between two ticks");
    assert!(served.service.tick().await.unwrap().published);
    assert!(!served.service.tick().await.unwrap().published);
    let latest = newest(&served).await;
    assert_eq!(latest.size, first.size + 301, "one entry for the invitations, one for each member");

    for receipt in receipts.iter().step_by(37) {
        let proof: InclusionProof = served.get(&path(receipt.index)).await.json(200);
        assert_eq!((proof.index, proof.entry_hash), (receipt.index, receipt.entry_hash));
        let checkpoint = checkpoint(&served, &proof.checkpoint);
        verify_inclusion(&checkpoint, receipt.index, &receipt.entry_hash, &proof.hashes).unwrap();
    }
    served.get(&path(latest.size)).await.problem(404, "unknown_entry");

    let of_the_old_log = through_tiles(&served, &latest, |hashes| tree_hash(first.size, hashes)).await;
    assert_eq!(of_the_old_log.0, first.root);
    let indexes: Vec<u64> = receipts.iter().map(|receipt| stored_hash_index(0, receipt.index)).collect();
    let hashes = through_tiles(&served, &latest, |hashes| hashes.read_hashes(&indexes)).await;
    assert!(hashes.iter().zip(&receipts).all(|(hash, receipt)| hash.0 == *receipt.entry_hash.as_bytes()));
}

fn entries(reply: &Reply) -> Vec<Entry> {
    let (mut rest, mut entries) = (reply.body.as_slice(), Vec::new());
    while let Some((length, tail)) = rest.split_first_chunk::<2>() {
        let (entry, tail) = tail.split_at(u16::from_be_bytes(*length).into());
        entries.push(Entry::decode(entry).unwrap());
        rest = tail;
    }
    entries
}

#[tokio::test]
async fn the_log_begins_with_what_the_deployment_was_founded_with() {
    let served = Served::new().await;
    let size = newest(&served).await.size;
    let entries = entries(&served.get(&format!("/tile/entries/{}", tile_path(0, size))).await);
    assert_eq!(entries[0].act, Act::Genesis(served.service.genesis().clone()));
    let count = |kind: &str| entries.iter().filter(|entry| entry.act.kind() == kind).count();
    let file = &served.place.genesis;
    assert_eq!((count("domain"), count("menu"), count("enrolment")), (file.domains.len(), file.menu.len(), 3));
    let epoch: EpochView = served.get("/v1/epochs/latest").await.json(200);
    let act = Act::Epoch { checkpoint: epoch.checkpoint, before: epoch.before };
    assert_eq!(entries.last().unwrap().act, act);
    epoch.receipt.verify_for(&served.service.service_key(), served.service.deployment_id(), act).unwrap();
    assert_eq!(served.get("/v1/epochs/0").await.json::<EpochView>(200), epoch);
    served.get("/v1/epochs/1").await.problem(404, "unknown_epoch");
}

#[tokio::test]
async fn tiles_exist_as_far_as_the_log_and_in_one_spelling() {
    let served = Served::new().await;
    enrol(&served, 100..400).await;
    let size = served.store().await.log_size().await.unwrap();
    let full = served.get("/tile/0/000").await;
    assert_eq!(full.body.len(), 256 * 32);
    assert_eq!(served.get("/tile/0/000.p/3").await.body, full.body[..96]);
    assert_eq!(served.get("/tile/1/000.p/1").await.body.len(), 32);
    assert_eq!(entries(&served.get("/tile/entries/000").await).len(), 256);
    let over = size - 256 + 1;
    for path in [
        &format!("0/001.p/{over}"),
        &format!("entries/001.p/{over}"),
        "0/001",
        "1/000.p/2",
        "1/000",
        "2/000.p/1",
        "8/000",
        "0/0",
        "0/000.p/0",
        "0/000.p/256",
        "0/x000/000",
        "0/999999999999999999999",
        "entries/x018/x446/x744/x073/x709/551.p/1",
    ] {
        served.get(&format!("/tile/{path}")).await.problem(404, "unknown_tile");
    }
}

#[tokio::test]
async fn what_a_ballot_says_is_opened_after_the_close() {
    let served = Served::new().await;
    let poll = announce(&served).await;
    served.store().await.join(&poll.definition.id, &join(1, 1), poll.definition.announced_at).await.unwrap().unwrap();
    served.advance(100);
    let ballot = ballot(poll.scope, 1, 1, 0, &Choice::Option(1));
    let path = format!("/v1/polls/{}", poll.definition.id);
    let receipt: Receipt = served.post(&format!("{path}/ballots"), &json!(ballot)).await.json(201);
    let bundle = receipt.index / 256;
    let openings = format!("/v1/log/openings/{bundle}");
    assert_eq!(served.get(&openings).await.json::<OpeningPage>(200).openings, []);
    let size = receipt.index % 256 + 1;
    let tile = served.get(&format!("/tile/entries/{}", tile_path(bundle, size))).await;
    let contains = |secret: &[u8]| tile.body.windows(secret.len()).any(|part| part == secret);
    assert!(!contains(ballot.blinding.as_bytes()) && !contains(ballot.signature.as_bytes()));
    assert_eq!(entries(&tile).last().unwrap().act, Act::Ballot(ballot.committed()));
    served.advance(100);
    served.service.tick().await.unwrap();
    let page: OpeningPage = served.get(&openings).await.json(200);
    assert_eq!(
        (page.openings[0].index, &page.openings[0].opening),
        (receipt.index, &EntryOpening::Ballot(ballot.opening()))
    );
    served.get(&format!("/v1/log/openings/{}", u64::MAX)).await.problem(404, "unknown_tile");
}

#[tokio::test]
async fn a_named_witness_can_cosign_and_nobody_else() {
    let mut place = Place::new();
    let key = signer(77);
    let witness = WitnessKey::of("witness.example", &key).unwrap();
    place.config.witnesses = vec![witness.clone()];
    let served = place.served().await;
    let shown = |page: LogCheckpoints| page.checkpoints;
    let note = shown(served.get("/v1/log/checkpoints").await.json(200)).remove(0);
    let size = checkpoint(&served, &note).size;
    let send = async |size: u64, cosignature: &str| {
        served.post("/v1/log/cosignatures", &json!({"size": size, "cosignature": cosignature})).await
    };
    let line = cosign(&note, witness.name(), &key, 1_800_000_000).unwrap();
    let stranger = cosign(&note, "stranger.example", &signer(78), 1).unwrap();
    let forged = cosign(&note, witness.name(), &signer(78), 1).unwrap();
    send(size, &stranger).await.problem(422, "unknown_witness");
    send(size, &forged).await.problem(422, "cosignature_invalid");
    send(size, &format!("{line}\n{stranger}")).await.problem(422, "cosignature_invalid");
    send(size + 1, &line).await.problem(404, "unknown_checkpoint");
    assert_eq!(send(size, &line).await.status, 204);
    assert_eq!(send(size, &line).await.status, 204);
    let cosigned = String::from_utf8(served.get("/checkpoint").await.body).unwrap();
    assert_eq!(cosigned, format!("{note}{line}\n"));
    assert_eq!(cosigned_by(&cosigned, &witness).unwrap().unwrap().at, 1_800_000_000);
    assert_eq!(newest(&served).await.size, size, "the log's own signature still holds");
    enrol(&served, 100..101).await;
    served.service.tick().await.unwrap();
    let page = shown(served.get("/v1/log/checkpoints").await.json(200));
    assert_eq!((page.len(), &page[1]), (2, &cosigned), "newest first, the cosigned one stays");
}

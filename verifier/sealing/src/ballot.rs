//! Ballots and reasons, sealed and opened.

use aiq_circuits::{identity::Nullifier, scope::Scope};
use aiq_verifier::poll::{Ballot, Choice, Count, PollDefinition, Sealing, SealingKey, TallyError, last_ballots};
use rand::{CryptoRng, RngCore};
use rayon::prelude::*;

use crate::{hpke, key::SecretKey};

const BALLOT: &[u8] = b"AIQ/v1/sealed-ballot";
const REASON: &[u8] = b"AIQ/v1/sealed-reason";

/// The body of a sealed ballot: as long as every other one of its poll. `None` if the poll is not sealed, or its key is no point.
#[must_use]
pub fn seal_choice(
    definition: &PollDefinition,
    scope: &Scope,
    (nullifier, seq): (&Nullifier, u32),
    choice: &Choice,
    rng: &mut (impl RngCore + CryptoRng),
) -> Option<Vec<u8>> {
    let key = &definition.sealing?.key;
    let padded = pad(&choice.encode(), definition.rule.longest(definition.options.len()))?;
    hpke::seal(key.as_bytes(), BALLOT, &ballot_aad(scope, nullifier, seq), &padded, rng)
}

/// What a sealed ballot says; `None` if it is spoiled: not sealed for this voter, number and poll, not padded as it should be, or no
/// choice of the poll.
#[must_use]
pub fn open_ballot(secret: &SecretKey, definition: &PollDefinition, ballot: &Ballot) -> Option<Choice> {
    open_choice(secret, definition, &ballot.scope, (&ballot.nullifier, ballot.seq), &ballot.body)
}

/// The same of a ballot's body.
#[must_use]
pub fn open_choice(
    secret: &SecretKey,
    definition: &PollDefinition,
    scope: &Scope,
    (nullifier, seq): (&Nullifier, u32),
    body: &[u8],
) -> Option<Choice> {
    let padded = hpke::open(secret, BALLOT, &ballot_aad(scope, nullifier, seq), body)?;
    let choice = unpad(&padded, definition.rule.longest(definition.options.len()))?;
    Choice::decode(choice, definition).ok()
}

/// Counts the accepted ballots of a sealed poll, opening the last one of each voter, on all cores; none if fewer than the floor have voted.
///
/// # Errors
/// If these are not the accepted ballots of one poll.
pub fn count(
    secret: &SecretKey,
    definition: &PollDefinition,
    scope: &Scope,
    joined: u64,
    ballots: &[Ballot],
) -> Result<Count, TallyError> {
    let last = last_ballots(scope, joined, ballots)?;
    let voted = last.len() as u64;
    if definition.sealing.is_some_and(|sealing| voted < sealing.floor.into()) {
        return Ok(Count::below_floor(definition, joined, voted));
    }
    let choices: Vec<Option<Choice>> = last.par_iter().map(|ballot| open_ballot(secret, definition, ballot)).collect();
    Ok(Count::of_choices(definition, scope, joined, choices.iter().map(Option::as_ref)))
}

/// A reason, as long as every other one of its poll. `None` if it is too long, or the key no point.
#[must_use]
pub fn seal_reason(
    sealing: &Sealing,
    scope: &Scope,
    reason: &str,
    rng: &mut (impl RngCore + CryptoRng),
) -> Option<Vec<u8>> {
    let padded = pad(reason.as_bytes(), sealing.reasons.into())?;
    let key: &SealingKey = &sealing.key;
    hpke::seal(key.as_bytes(), REASON, &scope.to_bytes(), &padded, rng)
}

/// What a reason says; `None` if it cannot be read.
#[must_use]
pub fn open_reason(secret: &SecretKey, sealing: &Sealing, scope: &Scope, reason: &[u8]) -> Option<String> {
    let padded = hpke::open(secret, REASON, &scope.to_bytes(), reason)?;
    let text = core::str::from_utf8(unpad(&padded, sealing.reasons.into())?).ok()?;
    sealing.check_reason(text).is_ok().then(|| text.to_owned())
}

fn ballot_aad(scope: &Scope, nullifier: &Nullifier, seq: u32) -> Vec<u8> {
    [&scope.to_bytes()[..], &nullifier.to_bytes(), &seq.to_be_bytes()].concat()
}

/// The length (u16), the content, zeros up to the longest.
fn pad(content: &[u8], longest: usize) -> Option<Vec<u8>> {
    let length = u16::try_from(content.len()).ok().filter(|_| content.len() <= longest)?;
    let mut padded = [&length.to_be_bytes()[..], content].concat();
    padded.resize(2 + longest, 0);
    Some(padded)
}

fn unpad(padded: &[u8], longest: usize) -> Option<&[u8]> {
    let (length, rest) = padded.split_first_chunk::<2>()?;
    let (content, zeros) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    (rest.len() == longest && zeros.iter().all(|byte| *byte == 0)).then_some(content)
}

//! Attack 31: damage to one record or one byte, anywhere in a bundle, is found and named.

use aiq_audit::FaultCode;
use aiq_verifier::poll::PollId;
use proptest::prelude::*;

use crate::fixture::{fault, governed, lines, log, reviewed, sealed};

/// Lines before the entries.
fn preamble(lines: &[Vec<u8>]) -> usize {
    lines.iter().position(|line| line.starts_with(b"{\"index\":")).unwrap()
}

#[test]
fn every_record_deleted_repeated_or_swapped_is_named() {
    for log in [log(), reviewed(), sealed(), governed()] {
        check_records(&lines(&log.bundle()));
    }
}

fn check_records(all: &[Vec<u8>]) {
    let first = preamble(all);
    for line in 0..all.len() {
        let (mut deleted, mut repeated, mut swapped) = (all.to_vec(), all.to_vec(), all.to_vec());
        deleted.remove(line);
        repeated.insert(line, all[line].clone());
        let found = [fault(&deleted.concat()), fault(&repeated.concat())];
        if line < first {
            // A key that is left out is missed where a poll pins it or a proof is for it, everything else at once.
            let [deleted, repeated] = found.map(|found| found.expect("found"));
            let is_key = matches!(deleted.1, FaultCode::PollKey | FaultCode::Presentation);
            assert!(deleted.0.is_none() || is_key, "line {line}: {deleted:?}");
            // What comes behind the checkpoint stands where the first entry should.
            assert_eq!(repeated.0, (line + 1 == first).then_some(0), "line {line}");
        } else {
            let (index, is_last) = ((line - first) as u64, line + 1 == all.len());
            let missing = if is_last { FaultCode::Truncated } else { FaultCode::Order };
            let superfluous = (Some(index + 1), FaultCode::Order);
            let superfluous = if is_last { (None, FaultCode::Trailing) } else { superfluous };
            assert_eq!(found, [Some((Some(index), missing)), Some(superfluous)], "line {line}");
        }
        if line + 1 < all.len() {
            swapped.swap(line, line + 1);
            let found = fault(&swapped.concat()).expect("found");
            let expected = (line + 2 == first || line >= first).then(|| line.saturating_sub(first) as u64);
            assert_eq!(found.0, expected, "line {line}");
        }
    }
}

/// Damages one byte in ways that differ from place to place, and checks that the fault is named in its line.
fn check_bytes(bundle: &[u8], step: usize) {
    let all = lines(bundle);
    let (first, mut start, mut bundle) = (preamble(&all), 0, bundle.to_vec());
    for (number, line) in all.iter().enumerate() {
        let index = number.checked_sub(first).map(|_| {
            let digits = line["{\"index\":".len()..].iter().take_while(|byte| byte.is_ascii_digit());
            String::from_utf8(digits.copied().collect()).unwrap().parse::<u64>().unwrap()
        });
        for place in (start..start + line.len()).step_by(step) {
            let was = bundle[place];
            // One bit, and now and then a digit or a line feed where another byte was.
            bundle[place] = match place % 5 {
                0 if was != b'0' => b'0',
                1 if was != b'\n' => b'\n',
                _ => was ^ (1 << (place % 7)),
            };
            let (found, code) =
                fault(&bundle).unwrap_or_else(|| panic!("byte {place} of line {number} is not noticed"));
            // In the bundle of a poll the place of a line that cannot be read is not known, and its header says what is foreign.
            let is_named = match code {
                FaultCode::Format => found.is_none() || found == index,
                FaultCode::Order => index.is_some(),
                FaultCode::Foreign => number == 0,
                _ => found == index,
            };
            assert!(is_named, "byte {place} of line {number}, entry {index:?}: {code} at {found:?}");
            bundle[place] = was;
        }
        start += line.len();
    }
}

/// Steps: every byte would take minutes. Both are prime, so that over the lines every part of a line has its turn.
#[test]
fn a_byte_damaged_anywhere_is_named() {
    check_bytes(&log().bundle(), 17);
}

#[test]
fn a_byte_damaged_anywhere_in_a_log_with_claims_is_named() {
    check_bytes(&reviewed().bundle(), 211);
}

#[test]
fn a_byte_damaged_anywhere_in_a_log_with_sealed_polls_is_named() {
    check_bytes(&sealed().bundle(), 101);
}

#[test]
fn a_byte_damaged_anywhere_in_a_log_in_which_members_decide_is_named() {
    check_bytes(&governed().bundle(), 211);
}

#[test]
fn a_byte_damaged_anywhere_in_the_bundle_of_a_sealed_poll_is_named() {
    check_bytes(&sealed().poll_bundle(PollId::new([2; 16])), 71);
}

#[test]
fn a_byte_damaged_anywhere_in_the_bundle_of_a_proposal_is_named() {
    check_bytes(&governed().poll_bundle(PollId::new([4; 16])), 53);
}

#[test]
fn a_byte_damaged_anywhere_in_the_bundle_of_a_claim_is_named() {
    check_bytes(&reviewed().claim_bundle(0), 53);
}

#[test]
fn a_byte_damaged_anywhere_in_the_bundle_of_a_poll_is_named() {
    check_bytes(&log().poll_bundle(PollId::new([2; 16])), 19);
}

#[derive(Clone, Debug)]
enum Damage {
    Delete(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
    Byte(prop::sample::Index, u8),
    Cut(prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        index().prop_map(Damage::Delete),
        (index(), index()).prop_map(|(from, to)| Damage::Repeat(from, to)),
        (index(), index()).prop_map(|(one, other)| Damage::Swap(one, other)),
        (index(), any::<u8>()).prop_map(|(place, byte)| Damage::Byte(place, byte)),
        index().prop_map(Damage::Cut),
    ]
}

impl Damage {
    fn apply(self, bundle: &mut Vec<u8>) {
        if bundle.is_empty() {
            return;
        }
        let mut all = lines(bundle);
        match self {
            Self::Delete(line) => drop(all.remove(line.index(all.len()))),
            Self::Repeat(from, to) => all.insert(to.index(all.len()), all[from.index(all.len())].clone()),
            Self::Swap(one, other) => {
                let count = all.len();
                all.swap(one.index(count), other.index(count));
            }
            Self::Byte(place, byte) => {
                let place = place.index(bundle.len());
                bundle[place] = byte;
                return;
            }
            Self::Cut(place) => {
                bundle.truncate(place.index(bundle.len()));
                return;
            }
        }
        *bundle = all.concat();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_sequence_of_damages_is_taken_for_the_log(damages in prop::collection::vec(damage(), 1..6)) {
        let good = log().bundle();
        let mut bundle = good.clone();
        for damage in damages {
            damage.apply(&mut bundle);
        }
        prop_assert_eq!(fault(&bundle).is_none(), bundle == good);
    }

    #[test]
    fn whatever_stands_in_a_line_is_no_reason_to_panic(line in 0..39_usize, text in ".{0,200}") {
        let mut all = lines(&log().bundle());
        if let Some(line) = all.get_mut(line) {
            *line = text.into_bytes();
        }
        prop_assert!(fault(&all.concat()).is_some());
    }
}

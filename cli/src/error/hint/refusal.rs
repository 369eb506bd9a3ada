//! What to do about an act that a rule forbids, and about evidence that is none.

use crate::member::{Refusal, TypedEvidenceError};

pub(super) fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::UnknownDomain(_) => "'aiq standard list' names the domains that have a standard".into(),
        Refusal::NoStandard(_) => "choose another domain, or ask the operator for a standard".into(),
        Refusal::UnknownKind { .. } => "choose one of these, by name or number".into(),
        Refusal::Claim(_) => "change the claim; nothing was sent".into(),
        Refusal::TooManyClaims { .. } | Refusal::TooManyInvitations { .. } | Refusal::TooManyProposals { .. } => {
            "wait for the next epoch, 'aiq sync' shows it; nothing was sent".into()
        }
        Refusal::WorkTaken { claim, .. } => {
            format!("see it with 'aiq claim show {claim}'; if it is yours and expires, renew it with --renews {claim}")
        }
        Refusal::NotAccepted { .. } | Refusal::NotYours(_) => "leave out --renews to claim anew".into(),
        Refusal::OtherDomain(_) => "name the domain of the claim that is renewed".into(),
        Refusal::NotOpen(_) | Refusal::WindowOver(_) | Refusal::OwnClaim | Refusal::Recused => {
            "see 'aiq review list' for claims that you may review".into()
        }
        Refusal::AlreadyReviewed => "'aiq claim show' shows what came of it after the ruling".into(),
        Refusal::Comment(_) | Refusal::Reasons(_) | Refusal::Reason(_) => "change the text; nothing was sent".into(),
        Refusal::DisputeOpen(poll) => format!("vote in it: 'aiq poll show {poll}'"),
        Refusal::NotDecided(_) => "see 'aiq claim show' for where it stands".into(),
        Refusal::NothingToMerge => "'aiq rewards' shows what you have and what of it is spent".into(),
        Refusal::TooHeavy { .. } => "they stay as they are: a requirement counts one balance anyway".into(),
        Refusal::NoProposers => "ask the operator to announce it".into(),
        Refusal::Poll(_) | Refusal::QuorumOutOfReach { .. } => "change the poll; nothing was sent".into(),
        Refusal::Mandate(_) => "leave out what the charter sets and it is filled in; nothing was sent".into(),
        Refusal::NotProposed(_) => {
            "use the wallet that has proposed it; what the administrator has announced goes with --admin".into()
        }
        Refusal::NoReasons => "vote without --reason-file".into(),
        Refusal::ReasonTooLong { .. } => "shorten it: it is never cut; nothing was sent".into(),
        Refusal::NoSponsors => "ask the operator for an invitation".into(),
    }
}

pub(super) fn evidence(error: &TypedEvidenceError) -> String {
    match error {
        TypedEvidenceError::Unknown(_) | TypedEvidenceError::Form { .. } => {
            "write for example 10.1145/3292500, arXiv:2401.01234, https://host/owner/name@COMMIT or https://host/page"
                .into()
        }
        TypedEvidenceError::Person(_) => "open the work in the ORCID record: its address ends with the put-code".into(),
        TypedEvidenceError::NoContent(_) => {
            "give a local copy with --file FILE, or write the SHA-256 behind the URL: URL#sha256=…".into()
        }
        TypedEvidenceError::NoCommit(_) | TypedEvidenceError::ShortCommit(_) => {
            "'git rev-parse HEAD' prints the whole commit; write REPOSITORY@COMMIT".into()
        }
        TypedEvidenceError::OtherContent(_) => "fetch the file again, or leave out one of the two hashes".into(),
    }
}

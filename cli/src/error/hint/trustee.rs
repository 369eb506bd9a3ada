//! What to do about what stops a trustee.

use aiq_sealing::trustee::TrusteeError as StepError;

use crate::trustee::{BoardError, TrusteeError};
use crate::wallet::WalletFileError;

/// What to do about a trustee's error.
pub(super) fn trustee(error: &TrusteeError) -> String {
    match error {
        TrusteeError::Files(WalletFileError::Missing(_)) => {
            "make one with 'aiq trustee init', or name its file with --trustee".into()
        }
        TrusteeError::Files(WalletFileError::Exists(_)) => {
            "a trustee's seed is never overwritten: name another file with --trustee, or move this one away".into()
        }
        TrusteeError::Files(WalletFileError::WrongPassphrase(_)) => {
            "try again; without the passphrase this trustee's shares are lost, and polls open with those of the others"
                .into()
        }
        TrusteeError::Files(error) => super::wallet_file(error),
        TrusteeError::Name(_) => "choose a name without spaces, such as the institution's domain".into(),
        TrusteeError::Client(error) => super::client(error),
        TrusteeError::Sync(error) => super::sync(error),
        TrusteeError::BrokenLog(error) => super::broken_log(error),
        TrusteeError::Board(error) => board(error).into(),
        TrusteeError::Step(StepError::Stranger) => {
            "use the trustee's file whose card the ceremony names; 'aiq trustee card' shows it".into()
        }
        TrusteeError::Step(StepError::Missing { .. }) => {
            "wait for the others, or run 'aiq trustee dkg' with --wait".into()
        }
        TrusteeError::Step(StepError::Replaced(_)) => {
            "tell the other trustees and the operator: this ceremony must not be used, and this seed not again".into()
        }
        TrusteeError::Step(_) | TrusteeError::Complaint(_) => {
            "tell the other trustees and the operator; a new ceremony can be opened".into()
        }
    }
}

const fn board(error: &BoardError) -> &'static str {
    match error {
        BoardError::Entry(_) => "use a newer aiq",
        BoardError::Ceremony(_) | BoardError::Poll(_) => {
            "check the id; an entry that was just written may take a second to be covered by a checkpoint"
        }
        BoardError::Open(_) => "wait until the poll is closed; 'aiq poll show' says when that is",
        BoardError::Counted(_) => "nothing is left to do",
        BoardError::Floor { .. } => "nothing is to be done: the tally is made without opening a ballot",
        BoardError::Reused(..) | BoardError::Unconfirmed(_) | BoardError::OtherKey(_) => {
            "do not publish this share; tell the other trustees and the operator"
        }
    }
}

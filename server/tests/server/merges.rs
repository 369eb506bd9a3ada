//! What of merges needs no proof; whole merges are in the workspace's `tests/`.

use aiq_circuits::{credential::CredentialKind, statement::StatementId};
use aiq_verifier::merge::Merge;
use serde_json::json;

use crate::{
    fixture::{Served, key_id},
    samples::{NOW, merge},
};

fn good() -> Merge {
    Merge { key_id: key_id(StatementId::Merge6), ..merge([1, 2, 3, 4, 5, 6], 10) }
}

#[tokio::test]
async fn a_merge_that_breaks_a_rule_is_refused() {
    type Break = fn(&mut Merge);
    let served = Served::new().await;
    let cases: [(Break, u16, &str); 8] = [
        (|_| {}, 422, "proof_invalid"),
        (|merge| merge.epoch = 1, 404, "unknown_epoch"),
        (|merge| merge.key_id = key_id(StatementId::Membership), 409, "wrong_key"),
        (|merge| merge.balance.issued_at = NOW - 1, 422, "invalid_merge"),
        (|merge| merge.balance.expires_at = NOW, 410, "balance_expired"),
        (|merge| merge.balance.kind = CredentialKind::REWARD_NOTE, 422, "invalid_merge"),
        (|merge| merge.balance.weight = 0, 422, "invalid_merge"),
        (|merge| merge.spends[5] = merge.spends[0], 422, "invalid_merge"),
    ];
    for (break_it, status, code) in cases {
        let mut merge = good();
        break_it(&mut merge);
        served.post("/v1/merges", &json!(merge)).await.problem(status, code);
    }
    let mut five = json!(good());
    five["spends"].as_array_mut().unwrap().pop();
    served.post("/v1/merges", &five).await.problem(422, "invalid_body");
}

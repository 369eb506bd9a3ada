//! What the model knows nothing of, for it must never have an effect.

use aiq_circuits::statement::StatementId;
use aiq_tests::keys::rerandomised;
use aiq_verifier::proof::Proof;
use rand::Rng as _;
use rand::seq::SliceRandom as _;
use serde_json::json;

use super::Simulation;

impl Simulation {
    /// One of them.
    pub fn forge(&mut self) {
        match self.rng.gen_range(0..4) {
            0 => self.claim_for_another(),
            1 => self.claim_for_a_used_tag(),
            2 => self.move_elsewhere(),
            _ => self.repeat(),
        }
    }

    /// A member of the latest epoch who stays.
    pub fn member(&mut self) -> usize {
        loop {
            let who = self.rng.gen_range(0..self.people.len());
            if self.model.is_member(who, self.model.epoch) && !self.model.people[who].leaving {
                return who;
            }
        }
    }

    /// A claim that names the tag of somebody else.
    fn claim_for_another(&mut self) {
        let (who, tag) = (self.member(), 0);
        let other = (who + 1) % self.people.len();
        let other = self.people[other].identity.tag(tag);
        let mine = self.people[who].fresh_tag();
        let mut claim = self.claim(who, 90_000, 0, mine, None).unwrap();
        claim.claim.tag = other;
        self.raw.post("/v1/claims", &json!(claim)).assert_problem(422, "other_tag");
        claim.presentation.tag = other;
        self.raw.post("/v1/claims", &json!(claim)).assert_problem(422, "proof_invalid");
    }

    /// A claim for the tag of an own one.
    fn claim_for_a_used_tag(&mut self) {
        let claims: Vec<usize> = (0..self.claims.len())
            .filter(|claim| self.model.is_member(self.model.claims[*claim].who, self.model.epoch))
            .collect();
        let Some(old) = claims.choose(&mut self.rng).copied() else { return };
        let (who, tag) = (self.model.claims[old].who, self.claim_tags[old]);
        let claim = self.claim(who, 90_001, 0, tag, None).unwrap();
        let reply = self.raw.post("/v1/claims", &json!(claim));
        let code = reply.json()["code"].clone();
        assert!(reply.status == 409 && (code == "tag_used" || code == "ticket_used"), "{}", reply.text());
    }

    /// What was accepted about one claim, sent about another.
    fn move_elsewhere(&mut self) {
        let about = |path: &str| path.starts_with("/v1/claims/");
        let sent: Vec<_> = self.accepted.iter().filter(|sent| about(&sent.path)).cloned().collect();
        let Some(sent) = sent.choose(&mut self.rng) else { return };
        let Some(other) = self.claims.choose(&mut self.rng).map(|claim| claim.id.to_string()) else { return };
        let mut parts: Vec<&str> = sent.path.split('/').collect();
        if parts[3] == other {
            return;
        }
        parts[3] = &other;
        let reply = self.raw.post(&parts.join("/"), &sent.body);
        assert!(matches!(reply.status, 409 | 422), "{}", reply.text());
    }

    /// What was accepted, with another proof of the same: answered as before, and nothing happens again.
    fn repeat(&mut self) {
        let Some(mut sent) = self.accepted.choose(&mut self.rng).cloned() else { return };
        let place = ["/presentation/proof", "/proof"].into_iter().find(|place| sent.body.pointer(place).is_some());
        let place = place.unwrap();
        let statement = sent.body.pointer(&place.replace("proof", "statement")).cloned();
        let statement = statement.map_or(StatementId::Merge6, |name| serde_json::from_value(name).unwrap());
        let proof = sent.body.pointer_mut(place).unwrap();
        let first: Proof = serde_json::from_value(proof.clone()).unwrap();
        *proof = json!(rerandomised(statement, &first));
        let reply = self.raw.post(&sent.path, &sent.body);
        assert_eq!(reply.status, 200, "{} {}", sent.path, reply.text());
    }
}

//! A member with a wallet in memory, its view of the deployment, and presentations for whatever a test makes up.

use aiq_circuits::identity::Seed;
use aiq_circuits::membership::{MembershipInstance, MembershipWitness};
use aiq_circuits::scope::{Message, Scope};
use aiq_circuits::statement::StatementId;
use aiq_cli::client::Client;
use aiq_cli::member::{Joined, Member, MemberError, Purpose, Voted, prepare};
use aiq_cli::progress::Silent;
use aiq_cli::sync::{Ledger, TileCache};
use aiq_cli::wallet::Wallet;
use aiq_server::api::PollView;
use aiq_verifier::checkpoint::Checkpoint;
use aiq_verifier::eligibility::{Eligibility, PinnedRoots};
use aiq_verifier::poll::{Ballot, BallotKey, Choice, Join, join_message};
use aiq_verifier::presentation::Presentation;
use ed25519_dalek::SigningKey;
use rand::rngs::OsRng;

use crate::keys::{prover, provers};
use crate::world::seed;

/// A member in touch with its service.
#[derive(Debug)]
pub struct Actor {
    /// The wallet and the connection.
    pub member: Member,
    /// Every leaf, as of the last synchronisation.
    pub ledger: Ledger,
}

impl Actor {
    /// Member `number` over a connection, synchronised.
    ///
    /// # Panics
    /// If it cannot synchronise.
    #[must_use]
    pub fn connect(number: u8, client: Client) -> Self {
        Self::connect_as(seed(number), client)
    }

    /// The member of any seed over a connection, synchronised.
    ///
    /// # Panics
    /// If it cannot synchronise.
    #[must_use]
    pub fn connect_as(seed: Seed, client: Client) -> Self {
        let wallet = Wallet::with_seed(seed);
        let mut member = Member::connect(wallet, client, None).expect("a contact");
        let ledger = member.sync(&TileCache::none(), &Silent).expect("a synchronisation");
        Self { member, ledger }
    }

    /// Synchronises again.
    ///
    /// # Panics
    /// If it cannot.
    pub fn sync(&mut self) {
        self.ledger = self.member.sync(&TileCache::none(), &Silent).expect("a synchronisation");
    }

    /// Joins a poll as the wallet does.
    ///
    /// # Errors
    /// The wallet's.
    pub fn join(&mut self, poll: &PollView) -> Result<Joined, MemberError> {
        self.member.join(&self.ledger, provers(), &poll.definition.id, &Silent)
    }

    /// Votes as the wallet does.
    ///
    /// # Errors
    /// The wallet's.
    pub fn vote(&mut self, poll: &PollView, choice: Choice) -> Result<Voted, MemberError> {
        self.member.vote(&poll.definition.id, choice)
    }

    /// A valid proof that this member meets `eligibility`, for any scope and message.
    ///
    /// # Panics
    /// If the member does not meet it.
    #[must_use]
    pub fn present(
        &self,
        eligibility: &Eligibility,
        roots: &PinnedRoots,
        scope: Scope,
        message: Message,
    ) -> Presentation {
        let trees = self.member.pinned_trees(&self.ledger, roots).expect("signed roots");
        let held = self.member.holdings(&self.ledger);
        let identity = self.member.identity();
        let prepared = prepare(identity, &trees, &held, eligibility, self.member.domains()).expect("eligible");
        let prover = prover(eligibility.statement());
        let purpose = Purpose { scope, message };
        prepared.prove(identity, &trees, &purpose, &prover, &Silent).expect("a proof").presentation
    }

    /// The roots of the latest epoch that this member knows, and when it was sealed.
    #[must_use]
    pub fn latest(&self) -> (PinnedRoots, u32) {
        let checkpoint = self.ledger.head().checkpoint;
        let Checkpoint { epoch, members_root, credentials_root, sealed_at, .. } = checkpoint;
        (PinnedRoots { epoch, members_root, credentials_root }, sealed_at)
    }

    /// A valid proof that this member meets an entry of the menu as of the latest epoch.
    ///
    /// # Panics
    /// If the member does not meet it.
    #[must_use]
    pub fn present_now(&self, menu: &str, scope: Scope, message: Message) -> Presentation {
        let (roots, sealed_at) = self.latest();
        let eligibility = self.member.menu(menu).expect("an entry of the menu").eligibility(sealed_at);
        self.present(&eligibility, &roots, scope, message)
    }

    /// A valid proof of membership whose tag comes back from the seed, so that the member finds what is granted to it.
    ///
    /// # Panics
    /// If this is no member under these roots.
    #[must_use]
    pub fn present_owning(&self, tag: u64, roots: &PinnedRoots, scope: Scope, message: Message) -> Presentation {
        let trees = self.member.pinned_trees(&self.ledger, roots).expect("signed roots");
        let identity = self.member.identity();
        let place = trees.members.leaves().iter().position(|leaf| leaf == identity.commitment().as_field());
        let place = place.and_then(|place| u32::try_from(place).ok()).expect("a member");
        let witness = MembershipWitness {
            secret: identity.secret().clone(),
            tag_randomness: identity.tag_randomness(tag),
            path: trees.members.path(place).expect("a leaf"),
        };
        let (nullifier, tag) = (identity.nullifier(&scope), identity.tag(tag));
        let instance = MembershipInstance::new(trees.members.root(), scope, nullifier, tag, message);
        let prover = prover(StatementId::Membership);
        let proof = prover.prove(&instance, &witness, &mut OsRng, &mut |_| {}).expect("a proof");
        Presentation { statement: StatementId::Membership, key_id: prover.key_id(), nullifier, tag, proof }
    }

    /// A valid join with any ballot key.
    #[must_use]
    pub fn join_with(&self, poll: &PollView, key: &SigningKey) -> Join {
        let ballot_key = BallotKey::of(key);
        let message = join_message(&poll.scope, &ballot_key);
        let definition = &poll.definition;
        let presentation = self.present(&definition.eligibility, &definition.roots, poll.scope, message);
        Join { presentation, ballot_key }
    }

    /// The last ballot that the wallet has written down for a poll.
    ///
    /// # Panics
    /// If it has none.
    #[must_use]
    pub fn last_ballot(&self, poll: &PollView) -> Ballot {
        let known = self.member.wallet().deployment(self.member.deployment_id()).expect("a pinned deployment");
        known.polls[&poll.definition.id].ballots.last().expect("a ballot").ballot.clone()
    }

    /// A ballot of this member in a poll, signed with any key.
    #[must_use]
    pub fn ballot(&self, poll: &PollView, key: &SigningKey, seq: u32, body: &[u8]) -> Ballot {
        let nullifier = self.member.identity().nullifier(&poll.scope);
        Ballot::sign(key, poll.scope, nullifier, seq, body.to_vec(), &mut OsRng)
    }
}

/// A ballot key that a test can make again.
#[must_use]
pub fn ballot_key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

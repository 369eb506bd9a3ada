//! Prints random standards, evidence, claims with their reviews, and disputes, with all that follows from each, as lines of JSON:
//! `sample-claims COUNT`. Some of it is damaged, and some lies at the edges of what is allowed.

use std::{env, error::Error};

use aiq_circuits::{
    Fr,
    credential::{CredentialKind, Domain, DomainPrefix},
    identity::{DeploymentId, Nullifier, OwnerTag},
    requirement::Requirement,
    statement::StatementId,
    tree::{CredentialsRoot, MembersRoot},
    wire::{bytes_to_hex, fr_to_hex},
};
use aiq_verifier::{
    claim::{Claim, ClaimId, Evidence},
    dispute::dispute_poll,
    eligibility::{Eligibility, PinnedRoots},
    poll::{PollId, Ratio},
    presentation::Presentation,
    review::{Ruling, Verdict, grants},
    standard::{KindRule, Reward, Standard},
    verifying_key::KeyId,
};
use rand::{Rng, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use serde_json::{Value, json};

const DAY: u32 = 86_400;
/// The generators: a proof of nothing.
const PROOF: &str = "0x0100000000000000000000000000000000000000000000000000000000000000\
                     edf692d95cbdde46ddda5ef7d422436779445c5e66006a42761e1f12efde0018\
                     c212f3aeb785e49712e7a9353349aaf1255dfb31b7bf60723a480d9293938e19\
                     0100000000000000000000000000000000000000000000000000000000000000";

fn main() -> Result<(), Box<dyn Error>> {
    let count = env::args().nth(1).ok_or("sample-claims COUNT")?.parse()?;
    let mut rng = StdRng::seed_from_u64(20_261_125);
    for _ in 0..count {
        println!("{}", sample(&mut rng));
    }
    Ok(())
}

fn sample(rng: &mut StdRng) -> Value {
    let standards: Vec<Standard> = (1..rng.gen_range(2..7)).map(|version| standard(rng, version)).collect();
    let governed = domain(rng, 1);
    let governing = Standard::governing(&standards, &governed).map(|found| found.id().to_string());
    let (judged, at) = (standard(rng, 1), near(rng, u32::MAX));
    json!({
        "standards": standards.iter().map(|standard| bytes_to_hex(&standard.canonical())).collect::<Vec<_>>(),
        "domain": bytes_to_hex(&governed.levels()),
        "governing": governing,
        "damaged": damaged(rng, &judged),
        "evidence": (0..8).map(|_| evidence(rng)).collect::<Vec<_>>(),
        "judged": judge(rng, &judged, at),
        "dispute": dispute(&judged, at),
    })
}

/// A standard's bytes with one changed, and whether they are still those of a standard.
fn damaged(rng: &mut StdRng, standard: &Standard) -> Value {
    let mut bytes = standard.canonical();
    let place = rng.gen_range(0..bytes.len());
    bytes[place] = match rng.gen_range(0..3) {
        0 => bytes[place] ^ 1 << rng.gen_range(0..8),
        1 => rng.gen_range(0..3),
        _ => rng.r#gen(),
    };
    json!({ "bytes": bytes_to_hex(&bytes), "holds": Standard::decode(&bytes).is_ok() })
}

/// A claim under a standard, reviews of it, and what they come to.
fn judge(rng: &mut StdRng, standard: &Standard, at: u32) -> Value {
    let claim = claim(rng, standard);
    let scope = claim.scope(&DeploymentId::new([9; 32]));
    let verdicts = [Verdict::Accept, Verdict::Reject, Verdict::Abstain];
    let reviews: Vec<(Presentation, Verdict)> =
        (0..rng.gen_range(0..9)).map(|_| (presentation(rng), verdicts[rng.gen_range(0..3)])).collect();
    let ruling = Ruling::count(standard, reviews.iter().map(|(_, verdict)| *verdict));
    let shown: Vec<_> = reviews.iter().map(|(presentation, verdict)| (presentation, *verdict)).collect();
    let granted = grants(&claim, &scope, standard, &ruling, &shown, at);
    json!({
        "claim": bytes_to_hex(&claim.canonical()),
        "works": claim.works(),
        "scope": scope,
        "standard": bytes_to_hex(&standard.canonical()),
        "reviews": reviews.iter().map(|(shown, verdict)| json!([shown.nullifier, shown.tag, verdict])).collect::<Vec<_>>(),
        "at": at,
        "ruling": ruling,
        "grants": granted.iter().map(|leaf| json!([leaf.tag, fr_to_hex(&leaf.attributes.pack()), leaf.id])).collect::<Vec<_>>(),
    })
}

/// The poll that decides a dispute.
fn dispute(standard: &Standard, at: u32) -> Value {
    let claim = ClaimId::new([4; 32]);
    let poll = dispute_poll(
        PollId::new([1; 16]),
        claim,
        standard,
        eligibility(&standard.reviewers, at),
        roots(),
        KeyId::new([3; 32]),
        at,
    );
    json!({ "claim": claim, "poll": bytes_to_hex(&poll.canonical()) })
}

fn roots() -> PinnedRoots {
    PinnedRoots {
        epoch: 7,
        members_root: MembersRoot::new(1_u64.into()),
        credentials_root: CredentialsRoot::new(2_u64.into()),
    }
}

fn eligibility(menu: &str, as_of: u32) -> Eligibility {
    let requirement = Requirement { domain: DomainPrefix::ANY, min_count: 1, min_weight: 5, as_of };
    Eligibility::Standing { statement: StatementId::Standing3, requirement, menu: menu.to_owned() }
}

/// Mostly anything up to `most`, sometimes one end or the other.
fn near(rng: &mut StdRng, most: u32) -> u32 {
    match rng.gen_range(0..6) {
        0 => rng.gen_range(0..3).min(most),
        1 => most - rng.gen_range(0..3).min(most),
        2 => {
            (rng.gen_range(0..most / Reward::EXPIRY_STEP + 1) * Reward::EXPIRY_STEP).saturating_sub(rng.gen_range(0..2))
        }
        _ => rng.gen_range(0..=most),
    }
}

fn domain(rng: &mut StdRng, least: usize) -> Domain {
    let mut levels = [0; 4];
    let depth = rng.gen_range(least..=4);
    levels.iter_mut().take(depth).for_each(|level| *level = rng.gen_range(1..3));
    Domain::new(levels).expect("no gap")
}

fn standard(rng: &mut StdRng, version: u32) -> Standard {
    let levels = domain(rng, 0).levels();
    let depth = levels.iter().take_while(|level| **level > 0).count();
    let kinds = 1..=rng.gen_range(1..4_u8);
    let denominator = rng.gen_range(1..=5);
    let standard = Standard {
        domain: DomainPrefix::new(&levels[..depth]).expect("a prefix"),
        version,
        reviewers: "ai-3".into(),
        quorum: rng.gen_range(1..6),
        acceptance: Ratio::new(rng.gen_range(1..=denominator), denominator)
            .unwrap_or(Ratio::new(2, 3).expect("two thirds")),
        window: 1 + near(rng, 366 * DAY - 1),
        validity: DAY + near(rng, 100 * 366 * DAY - DAY),
        claims_per_epoch: rng.gen_range(1..=255),
        kinds: kinds
            .map(|code| KindRule {
                kind: CredentialKind::new(code),
                name: format!("Kind {code}"),
                weight: rng.gen_range(1..=u16::MAX),
            })
            .collect(),
        reward: rng
            .gen_bool(0.8)
            .then(|| Reward { weight: rng.gen_range(1..=u16::MAX), validity: DAY + near(rng, 100 * 366 * DAY - DAY) }),
    };
    standard.validate().expect("within the bounds");
    standard
}

fn claim(rng: &mut StdRng, standard: &Standard) -> Claim {
    let kind = standard.kinds.choose(rng).expect("at least one").kind;
    Claim {
        domain: domain(rng, 1),
        kind,
        title: "A work".into(),
        summary: String::new(),
        evidence: (0..rng.gen_range(0..4)).filter_map(|_| text(rng).parse().ok()).collect(),
        renews: None,
        tag: OwnerTag::new(rng.r#gen::<u64>().into()),
        standard: standard.id(),
        eligibility: eligibility(&standard.reviewers, 1),
        roots: roots(),
        key_id: KeyId::new([3; 32]),
    }
}

/// Nobody checks the proof here.
fn presentation(rng: &mut StdRng) -> Presentation {
    Presentation {
        statement: StatementId::Standing3,
        key_id: KeyId::new([3; 32]),
        nullifier: Nullifier::new(Fr::from(rng.r#gen::<u128>())),
        tag: OwnerTag::new(Fr::from(rng.r#gen::<u128>())),
        proof: PROOF.parse().expect("three points"),
    }
}

/// A text, and the works that it stands for if it is evidence.
fn evidence(rng: &mut StdRng) -> Value {
    let text = text(rng);
    let works = text.parse::<Evidence>().ok().map(|evidence| evidence.works());
    json!({ "text": text, "works": works })
}

/// Evidence, or something that is nearly that.
fn text(rng: &mut StdRng) -> String {
    let digest: String = (0..[40, 64][rng.gen_range(0..2)]).map(|_| hex_digit(rng)).collect();
    let hosts = [
        "example.org",
        "a.b-c.example:8080",
        "example.org:443",
        "example.org:80",
        "example_1.org:65536",
        "-a.org",
        "a..b",
    ];
    let paths = [
        "/",
        "",
        "/a",
        "/a/",
        "/a//",
        "/a/../b",
        "/./",
        "/a?b/../c",
        "/a%20b",
        "/%7Ea",
        "/a%e9",
        "/?q=1#f",
        "/a;b=(c)",
    ];
    let scheme = ["https", "https", "http", "ftp"][rng.gen_range(0..4)];
    let url = format!("{scheme}://{}{}", hosts.choose(rng).expect("some"), paths.choose(rng).expect("some"));
    let versions = ["", "v1", "v23", "v0", "v02", "v"];
    let version = versions.choose(rng).expect("some");
    let good = match rng.gen_range(0..7) {
        0 => format!("doi:10.{}/abc({})", rng.gen_range(0..9999), rng.gen_range(0..99)),
        1 => format!("doi:10.48550/arxiv{}2401.{}", [".", "-"][rng.gen_range(0..2)], rng.gen_range(0..99999)),
        2 => format!("arxiv:{}.{}{version}", rng.gen_range(700..2600), rng.gen_range(900..99999)),
        3 => format!(
            "arxiv:{}/{}{version}",
            ["cs", "hep-th", "solv-int", "math.AG"][rng.gen_range(0..4)],
            rng.gen_range(900_000..9_999_999)
        ),
        4 => format!("orcid:0000-000{}-1825-00{}/{}", rng.gen_range(0..4), checked(rng), rng.gen_range(0..999_999)),
        5 => format!("git:{digest}:{url}"),
        _ => format!("sha256:{digest}:{url}"),
    };
    let mut letters: Vec<char> = good.chars().collect();
    for _ in 0..[0, 0, 1, 2][rng.gen_range(0..4)] {
        let place = rng.gen_range(0..letters.len());
        let letter = "0aA/:.%vX-?~#_é \n7".chars().collect::<Vec<_>>()[rng.gen_range(0..18)];
        match rng.gen_range(0..3) {
            0 => letters[place] = letter,
            1 => letters.insert(place, letter),
            _ => drop(letters.remove(place)),
        }
    }
    letters.into_iter().collect()
}

fn hex_digit(rng: &mut StdRng) -> char {
    char::from_digit(rng.gen_range(0..16), 16).expect("a digit")
}

/// Two digits, the second of which is a checksum every eleventh time.
fn checked(rng: &mut StdRng) -> String {
    let check = rng.gen_range(0..11);
    format!("{}{}", rng.gen_range(0..10), if check == 10 { "X".to_owned() } else { check.to_string() })
}

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn spelled(text: &str) -> String {
    parse_evidence(text, None).unwrap_or_else(|error| panic!("{error}")).to_string()
}

#[test]
fn many_spellings_are_one_work() {
    let upper = COMMIT.to_uppercase();
    let table: [(&str, &[&str]); 11] = [
        (
            "doi:10.1145/3292500.3330701",
            &[
                "10.1145/3292500.3330701",
                " DOI:10.1145/3292500.3330701 ",
                "doi: 10.1145/3292500.3330701",
                "https://doi.org/10.1145/3292500.3330701",
                "http://dx.doi.org/10.1145%2F3292500.3330701",
                "HTTPS://WWW.DOI.ORG/10.1145/3292500.3330701?utm_source=x",
            ],
        ),
        ("doi:10.1000/a(b)<c>;2-#", &["10.1000/A(b)<C>;2-#", "https://doi.org/10.1000/a(b)%3Cc%3E;2-%23"]),
        (
            "arxiv:2401.01234",
            &[
                "2401.01234",
                "arXiv:2401.01234",
                "arXiv:2401.01234 [cs.AI]",
                "https://arxiv.org/abs/2401.01234",
                "http://www.arxiv.org/pdf/2401.01234.pdf",
                "10.48550/arXiv.2401.01234",
                "https://doi.org/10.48550/ARXIV.2401.01234",
            ],
        ),
        (
            "arxiv:2401.01234v2",
            &["2401.01234V2", "https://arxiv.org/pdf/2401.01234v2", "https://arxiv.org/html/2401.01234v2#S1"],
        ),
        ("arxiv:math/0309136", &["arXiv:math.GT/0309136", "https://arxiv.org/abs/math/0309136"]),
        (
            "orcid:0000-0002-9079-593X/733536",
            &[
                "ORCID:0000-0002-9079-593x/733536",
                "orcid:000000029079593X/work/733536",
                "https://orcid.org/0000-0002-9079-593X/work/733536",
                "https://pub.orcid.org/v3.0/0000-0002-9079-593X/work/733536",
            ],
        ),
        (
            "git:0123456789abcdef0123456789abcdef01234567:https://github.com/Owner/name",
            &[
                "https://github.com/Owner/name@0123456789abcdef0123456789abcdef01234567",
                "https://GitHub.com/Owner/name.git@0123456789ABCDEF0123456789ABCDEF01234567",
                "git@github.com:Owner/name.git@0123456789abcdef0123456789abcdef01234567",
                "ssh://git@github.com:22/Owner/name@0123456789abcdef0123456789abcdef01234567",
                "git+https://token@github.com/Owner/name@0123456789abcdef0123456789abcdef01234567",
                "https://github.com/Owner/name/commit/0123456789abcdef0123456789abcdef01234567",
                "GIT:0123456789abcdef0123456789abcdef01234567:git@github.com:Owner/name.git",
            ],
        ),
        (
            "git:0123456789abcdef0123456789abcdef01234567:https://git.example.org:8443/a/b",
            &["https://git.example.org:8443/a/b@0123456789abcdef0123456789abcdef01234567"],
        ),
        (
            "git:0123456789abcdef0123456789abcdef01234567:https://gitlab.com/a/b/c",
            &["https://gitlab.com/a/b/c/-/commit/0123456789abcdef0123456789abcdef01234567"],
        ),
        (
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855:https://example.org/b%20c/~me?q=%C3%A9",
            &[
                "https://Example.ORG:443/a/../b c/%7eme?q=é#sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855:https://user@example.org/b%20c/%7Eme?q=%c3%a9#top",
            ],
        ),
        (
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855:http://xn--bcher-kva.example/100%25",
            &["http://bücher.example/100%#sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
        ),
    ];
    for (canonical, spellings) in table {
        for spelling in spellings.iter().chain([&canonical]) {
            assert_eq!(spelled(spelling), canonical, "{spelling}");
        }
    }
    assert_eq!(spelled(&format!("https://github.com/a/b@{upper}")), format!("git:{COMMIT}:https://github.com/a/b"));
}

#[test]
fn a_local_copy_says_what_a_page_contained() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let digest = content_hash(file.path()).unwrap();
    assert_eq!(digest, DIGEST);
    let page = "https://example.org/talk.pdf";
    assert!(lacks_content(page));
    let evidence = parse_evidence(page, Some(&digest)).unwrap();
    assert_eq!((evidence.url(), evidence.content_hash()), (Some(page), Some(DIGEST)));
    let other = format!("{page}#sha256={}", "0".repeat(64));
    assert_eq!(parse_evidence(&other, Some(&digest)), Err(TypedEvidenceError::OtherContent(other.clone())));
    assert!(!lacks_content(&other) && !lacks_content("10.1/a"));
}

#[test]
fn what_is_no_evidence_is_refused_with_what_is_wrong() {
    use TypedEvidenceError as E;
    let form = |text: &str, source| E::Form { text: text.to_owned(), source };
    for text in ["", "hello", "isbn:9783161484100", "ftp://example.org/a", "https://", "http://[::1]/a#sha256=00"] {
        assert_eq!(parse_evidence(text, None), Err(E::Unknown(text.to_owned())), "{text}");
    }
    for (text, error) in [
        ("10.1145", EvidenceError::Doi),
        ("doi:10.1145/a b", EvidenceError::Doi),
        ("https://doi.org/10.1145/", EvidenceError::Doi),
        ("arXiv:2401.1", EvidenceError::Arxiv),
        ("https://arxiv.org/abs/2401.01234v0", EvidenceError::Arxiv),
        ("https://orcid.org/0000-0002-1825-0098/work/733536", EvidenceError::Orcid),
        ("https://example.org/a#sha256=1234", EvidenceError::Web),
        ("git:1234:https://example.org/a", EvidenceError::Git),
    ] {
        assert_eq!(parse_evidence(text, None), Err(form(text, error)), "{text}");
    }
    // Without the dots it is a number, and another place.
    let number = format!("http://0..#sha256={DIGEST}");
    assert_eq!(parse_evidence(&number, None), Err(E::Unknown(number.clone())));
    let owned = str::to_owned;
    let person = "https://orcid.org/0000-0002-1825-0097";
    assert_eq!(parse_evidence(person, None), Err(E::Person(owned(person))));
    assert_eq!(parse_evidence("git@github.com:a/b.git", None), Err(E::NoCommit(owned("git@github.com:a/b.git"))));
    let short = "https://github.com/a/b@0123456";
    assert_eq!(parse_evidence(short, None), Err(E::ShortCommit(owned(short))));
    let profile = "https://example.org/@0123456";
    assert_eq!(parse_evidence(profile, None), Err(E::NoContent(owned(profile))));
}

#[test]
fn every_form_has_a_link_to_open() {
    let web = format!("sha256:{DIGEST}:https://example.org/a");
    for (evidence, expected) in [
        ("doi:10.1000/a<b>?#%", "https://doi.org/10.1000/a%3Cb%3E%3F%23%25"),
        ("arxiv:2401.01234v2", "https://arxiv.org/abs/2401.01234v2"),
        ("orcid:0000-0002-1825-0097/733536", "https://orcid.org/0000-0002-1825-0097"),
        (
            "git:0123456789abcdef0123456789abcdef01234567:https://github.com/a/b",
            "https://github.com/a/b/commit/0123456789abcdef0123456789abcdef01234567",
        ),
        ("git:0123456789abcdef0123456789abcdef01234567:https://example.org/a", "https://example.org/a"),
        (web.as_str(), "https://example.org/a"),
    ] {
        assert_eq!(link(&evidence.parse().unwrap()), expected);
    }
}

fn written() -> impl Strategy<Value = String> {
    let address = "(https?|HTTPS)://[a-zA-Z0-9.-]{1,20}(:[0-9]{1,5})?(/[ -~é]{0,12}){0,4}(\\?[ -~ü]{0,12})?";
    prop_oneof![
        "[ -~]{0,40}",
        "(doi:|https://doi.org/)?10\\.[0-9]{1,5}/[!-~]{1,20}",
        "(arXiv:|https://arxiv.org/(abs|pdf)/)?[0-9]{4}\\.[0-9]{4,5}(v[1-9][0-9]?)?(\\.pdf)?",
        address.prop_map(|address| format!("{address}#sha256={DIGEST}")),
        address.prop_map(|address| format!("sha256:{DIGEST}:{address}")),
        address.prop_map(|address| format!("{address}@{COMMIT}")),
        "git@[a-z.]{1,12}:[ -~]{1,20}".prop_map(|repository| format!("{repository}@{COMMIT}")),
    ]
}

proptest! {
    #[test]
    fn what_was_spelled_once_stays_as_it_is(text in written()) {
        if let Ok(evidence) = parse_evidence(&text, None) {
            prop_assert_eq!(parse_evidence(evidence.as_str(), None), Ok(evidence.clone()));
            prop_assert!(link(&evidence).starts_with("http"));
        }
    }
}

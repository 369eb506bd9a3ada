//! What a poll brings about: read from a file, completed with what the deployment says, and told in words.

use std::fs;
use std::path::Path;

use aiq_circuits::credential::DomainPrefix;
use aiq_server::api::NewQuorum;
use aiq_server::store::Enacted;
use aiq_verifier::governance::Governance;
use aiq_verifier::poll::{Change, Enactment, Threshold};

use super::super::standard::next_version;
use crate::args::{EnactmentArgs, PollDraftArgs};
use crate::client::Client;
use crate::error::CliError;
use crate::time;

/// The enactment that was typed, if one was. What the charter asks of such a poll is filled in where nothing else was typed.
pub(super) fn enactment(client: &Client, args: &mut PollDraftArgs) -> Result<Option<Enactment>, CliError> {
    let EnactmentArgs { enact: Some(path), on_option: Some(number) } = &args.enactment else { return Ok(None) };
    let options = args.options.len();
    let option = number.checked_sub(1).filter(|place| usize::from(*place) < options);
    let option = option.ok_or(CliError::EnactmentOption { number: *number, options })?;
    let change = read(path, |domain| next_version(client, domain))?;
    if let Some(Governance { electorate, quorum, threshold, .. }) = client.charter()?.governance {
        args.menu = args.menu.take().or(electorate);
        args.quorum = args.quorum.or(Some(NewQuorum::Members(quorum)));
        if (args.at_least, args.more_than) == (None, None) {
            args.at_least = Some(threshold);
        }
    }
    Ok(Some(Enactment { option, change }))
}

/// Reads a change. A standard without a version is the next one of its domain.
fn read(path: &Path, next: impl FnOnce(DomainPrefix) -> Result<u32, CliError>) -> Result<Change, CliError> {
    let malformed = |reason: String| CliError::ChangeFile { path: path.to_owned(), reason };
    let text = fs::read_to_string(path).map_err(|source| CliError::Read {
        what: "the change",
        path: path.to_owned(),
        source,
    })?;
    let mut table: toml::Table = if text.trim_start().starts_with('{') {
        serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?
    } else {
        toml::from_str(&text).map_err(|error| malformed(error.to_string()))?
    };
    if let Some(toml::Value::Table(standard)) = table.get_mut("standard")
        && !standard.contains_key("version")
    {
        let domain = standard.get("domain").and_then(toml::Value::as_str).and_then(|domain| domain.parse().ok());
        let domain = domain.ok_or_else(|| malformed("the standard names no domain such as \"1.9\"".to_owned()))?;
        standard.insert("version".to_owned(), toml::Value::Integer(next(domain)?.into()));
    }
    let change: Change = table.try_into().map_err(|error: toml::de::Error| malformed(error.to_string()))?;
    if let Change::Overturn { .. } = change {
        return Err(malformed("the decision on a claim is overturned by a dispute: 'aiq dispute open'".to_owned()));
    }
    change.validate().map_err(|error| malformed(error.to_string()))?;
    Ok(change)
}

/// What a change is, in words.
pub(super) fn describe_change(change: &Change) -> String {
    match change {
        Change::Overturn { claim } => format!("the decision on claim {claim} is overturned"),
        Change::Standard { standard } => format!(
            "version {} of the standard of {} is laid down: {} of reviewers who meet '{}', accepted by {} of at least {}",
            standard.version,
            standard.domain,
            time::duration(standard.window),
            standard.reviewers,
            standard.acceptance,
            standard.quorum
        ),
        Change::Menu { entry } => format!(
            "'{}' is on the menu: {}, {} or more credentials in {}, weight {} or more",
            entry.id, entry.title, entry.min_count, entry.domain, entry.min_weight
        ),
        Change::MenuRemoval { id } => format!("'{id}' is taken from the menu"),
        Change::Domain { entry } => format!("domain {} is in the tree, called '{}'", entry.domain, entry.name),
        Change::Revoke { credential } => format!("credential {credential} is revoked"),
    }
}

/// What has become of it since the tally.
pub(super) const fn describe_enacted(enacted: Enacted) -> &'static str {
    match enacted {
        Enacted::Revoked => {
            "decided: the credential is revoked, from the next epoch on a tombstone stands in its place"
        }
        Enacted::Granted => "decided: the credential is granted with the next epoch",
        Enacted::Waiting => "decided: it waits for the next epoch, and holds from there on",
        Enacted::InForce => "decided, and in force",
        Enacted::Nothing => "decided, but left out: by then it was no longer possible",
    }
}

/// What happens if which option wins, and from when it holds.
pub(super) fn describe_enactment(enactment: &Enactment, options: &[String], threshold: Threshold) -> String {
    let name = options.get(usize::from(enactment.option)).map_or("?", String::as_str);
    let how = match threshold {
        Threshold::None => String::new(),
        threshold => format!(" with {threshold}"),
    };
    let from =
        if enactment.change.waits() { "from the next epoch after the tally on" } else { "right behind the tally" };
    format!("if '{name}' wins{how}: {}, {from}", describe_change(&enactment.change))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use super::*;

    fn change(text: &str) -> Result<Change, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        read(file.path(), |_| Ok(7)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_change_is_written_in_toml_or_json() {
        let toml = "kind = \"domain\"\nentry = { domain = \"1.9.7.0\", name = \"Evaluations\" }\n";
        let json = r#"{"kind":"domain","entry":{"domain":"1.9.7.0","name":"Evaluations"}}"#;
        assert_eq!(change(toml).unwrap(), change(json).unwrap());
        assert_eq!(describe_change(&change(toml).unwrap()), "domain 1.9.7.0 is in the tree, called 'Evaluations'");
    }

    #[test]
    fn a_standard_without_a_version_is_the_next_one() {
        let text = r#"
            kind = "standard"
            [standard]
            domain = "1.9"
            reviewers = "safety-3-10"
            quorum = 3
            acceptance = "2/3"
            window = 1209600
            validity = 63072000
            claims_per_epoch = 3
            kinds = [{ kind = 1, name = "Publication", weight = 4 }]
        "#;
        let Change::Standard { standard } = change(text).unwrap() else { panic!("a standard") };
        assert_eq!(standard.version, 7);
        let enactment = Enactment { option: 1, change: Change::Standard { standard } };
        let options = ["Keep".to_owned(), "Change".to_owned()];
        let words = describe_enactment(&enactment, &options, Threshold::AtLeast("2/3".parse().unwrap()));
        assert!(words.starts_with("if 'Change' wins with at least 2/3: version 7 of the standard of 1.9"), "{words}");
        assert!(words.ends_with("from the next epoch after the tally on"), "{words}");
    }

    #[test]
    fn what_is_no_change_is_refused_with_the_reason() {
        let claim = format!("kind = \"overturn\"\nclaim = \"0x{}\"\n", "00".repeat(32));
        for (text, reason) in [
            ("kind = \"abolish\"", "abolish"),
            ("kind = \"menu-removal\"", "id"),
            ("kind = \"menu-removal\"\nid = \"x\"\nwhy = \"y\"", "why"),
            ("kind = ", "TOML"),
            ("{\"kind\":", "EOF"),
            ("kind = \"standard\"\n[standard]\nquorum = 1", "names no domain"),
            (claim.as_str(), "aiq dispute open"),
        ] {
            let error = change(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}

//! `aiq poll tally`: what came out, checked and recounted on this machine.

use aiq_verifier::poll::{Explanation, PollId, SignedTally};
use aiq_verifier::presentation::Verifier;
use serde::Serialize;

use super::super::Context;
use super::result::{write_explanation, write_tally};
use crate::error::CliError;
use crate::member::PublishedPoll;
use crate::progress::Silent;
use crate::sync::{check_identity, fetch_keys};

pub fn run(context: &Context, id: &PollId) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out {
        signed: SignedTally,
        recounted: bool,
        explanation: Explanation,
    }
    let settings = context.settings()?;
    let client = Context::client(&settings)?;
    let info = client.info()?;
    let deployment = check_identity(client.base(), &info, None)?;
    let published = PublishedPoll::fetch(&client, id)?;
    let keys = fetch_keys(&client, &info.genesis.manifest_digest, &settings.keys_dir, &[], &Silent)?;
    let verifier = Verifier::new(keys.verifying_keys()?).map_err(CliError::KeysDoNotFit)?;
    let count = published.check(&deployment, &info.genesis.log_key, &verifier)?;
    let PublishedPoll { poll, signed, joins, ballots } = published;
    let data = Out { signed, recounted: true, explanation: count.explanation };
    context.output.result(&data, |out, paint| {
        writeln!(out, "{}", paint.bold(&poll.definition.question))?;
        write_tally(out, paint, &poll.definition, &count.tally)?;
        write_explanation(out, paint, &poll.definition, &data.explanation)?;
        writeln!(
            out,
            "{} signed by the service; recounted here from {} proofs and {} ballots.",
            paint.green("✓"),
            joins.len(),
            ballots.len()
        )
    })?;
    Ok(())
}

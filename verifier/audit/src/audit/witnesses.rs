//! Witnesses' cosignatures under a checkpoint.

use aiq_verifier::log::cosigned_by;

use super::Options;
use crate::{
    fault::{Fault, FaultCode, Place},
    report::WitnessReport,
};

/// The known witnesses that cosigned. A line in the name of one of them that does not hold is a fault, however many others hold.
pub(super) fn cosigned(note: &str, options: &Options) -> Result<Vec<WitnessReport>, Fault> {
    let mut found = Vec::new();
    for witness in &options.witnesses {
        let wrong = |message| Place::BUNDLE.fault(FaultCode::Cosignature, message);
        let line = format!("\u{2014} {} ", witness.name());
        match cosigned_by(note, witness).map_err(|error| wrong(error.to_string()))? {
            Some(cosigned) => found.push(WitnessReport { name: witness.name().to_owned(), at: cosigned.at }),
            None if note.lines().any(|other| other.starts_with(&line)) => {
                return Err(wrong(format!("the cosignature of {} does not hold", witness.name())));
            }
            None => {}
        }
    }
    Place::BUNDLE.rule(found.len() >= options.required_witnesses, FaultCode::Cosignature, || {
        format!("{} known witnesses cosigned, {} are required", found.len(), options.required_witnesses)
    })?;
    Ok(found)
}

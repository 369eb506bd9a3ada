//! Audits the bundles in files and prints one report as JSON for each, on a line of its own: `audit FILE… [--witness KEY]…
//! [--required N]`.
//! The exit code says whether everything holds.

use std::{env, error::Error, fs::File, io::BufReader, process::ExitCode};

use aiq_audit::{Options, audit};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (mut files, mut options) = (Vec::new(), Options::default());
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--witness" {
            options.witnesses.push(arguments.next().ok_or("--witness needs a key")?.parse()?);
        } else if argument == "--required" {
            options.required_witnesses = arguments.next().ok_or("--required needs a number")?.parse()?;
        } else {
            files.push(argument);
        }
    }
    let mut holds = true;
    for file in files {
        let report = audit(BufReader::new(File::open(file)?), &options, &mut |_| {})?;
        holds &= report.ok;
        println!("{}", serde_json::to_string(&report)?);
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

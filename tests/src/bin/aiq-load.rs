//! Loads a service of its own on loopback and prints what came of it; docs/load.md has the figures.
//!
//!     aiq-load PROGRAM [SECONDS [MEMBERS]]
//!
//! PROGRAM is `aiq` as it was built. What it writes goes into a temporary directory.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use aiq_tests::load::Load;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, otherwise| arguments.get(place).map_or(Some(otherwise), |text| text.parse().ok());
    let (Some(program), Some(seconds), Some(members)) = (arguments.first(), number(1, 20), number(2, 200)) else {
        eprintln!("usage: aiq-load PROGRAM [SECONDS [MEMBERS]]");
        return ExitCode::from(2);
    };
    let Ok(program) = Path::new(program).canonicalize() else {
        eprintln!("there is no {program}");
        return ExitCode::FAILURE;
    };
    let load = Load {
        members: usize::try_from(members).unwrap_or(usize::MAX),
        duration: Duration::from_secs(seconds),
        voters: 4,
        readers: 4,
        slow: 100,
    };
    let directory = tempfile::tempdir().expect("a temporary directory");
    let report = load.run(&program, directory.path());
    println!("{report}");
    let unexpected: Vec<_> = report.served.iter().filter(|served| !served.unexpected.is_empty()).collect();
    for served in &unexpected {
        eprintln!("{}: unexpected answers {:?}", served.what, served.unexpected);
    }
    if unexpected.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

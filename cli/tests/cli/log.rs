//! Bundles, audits and witnesses, as far as they need no service.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::home::Home;

/// The address of a service that knows nothing.
fn empty_service() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    format!("http://{address}")
}

#[test]
fn what_is_no_bundle_is_not_valid() {
    let home = Home::new();
    let file = home.file("bundle.jsonl", "{\"bundle\":1}\n");
    let said = home.run(&["audit", file.to_str().unwrap()]);
    said.assert_hint(3, "not valid: the bundle: line 1 is not the header of a bundle (format)", "export it again");
    let file = home.file("later.jsonl", "{\"bundle\":2}\n");
    home.run(&["audit", file.to_str().unwrap()]).assert_hint(3, "its version is 2", "export it again");
    home.run(&["audit", "missing.jsonl"]).assert_hint(1, "missing.jsonl", "check the path");
}

#[test]
fn a_fault_is_in_the_report_too() {
    let home = Home::new();
    let mut command = home.aiq(&["audit", "-", "--json"]);
    let output = command.write_stdin("nothing\n").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["ok"], &report["fault"]["code"]), (&false.into(), &"format".into()));
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["exit_code"], 3);
}

#[test]
fn an_export_needs_a_service_and_leaves_no_half_of_a_file() {
    let home = Home::new();
    home.run(&["export"]).assert_hint(2, "which service", "--server");
    home.run(&["export", "--server", "nonsense"]).assert_hint(2, "'nonsense'", "http://");
    home.run(&["audit", "http://"]).assert_hint(2, "'http://'", "http://HOST");
}

#[test]
fn a_witness_says_its_key_even_before_there_is_a_service() {
    let (home, service) = (Home::new(), empty_service());
    let run = |name: &str| {
        let server = ["--server", &service, "--once", "--name", name];
        home.run(&[&["witness", "--key", "w.key", "--state", "w.state"][..], &server].concat())
    };
    let said = run("w.example");
    said.assert_hint(1, "answered with HTTP status 404", "an AIQ service");
    assert!(said.stderr.contains("This is witness w.example+"), "{}", said.stderr);
    assert!(home.path("w.key").exists() && home.path("w.state").exists());
    run("other").assert_hint(1, "belongs to 'w.example'", "leave out --name");
    std::fs::remove_file(home.path("w.state")).unwrap();
    run("w.example").assert_hint(1, "nobody knows what the key", "begin as another witness");
}

#[test]
fn witnesses_are_named_by_their_whole_keys() {
    let home = Home::new();
    let said = home.run(&["wallet", "witnesses", "--require", "1", "w.example"]);
    assert_eq!(said.code, 2, "{}", said.stderr);
    assert!(said.stderr.contains("is not the key of a witness"), "{}", said.stderr);
    // A whole key, but not how many have to sign.
    home.run(&["witness", "--key", "w.key", "--state", "w.state", "--once", "--server", &empty_service()]);
    let state: serde_json::Value = serde_json::from_slice(&std::fs::read(home.path("w.state")).unwrap()).unwrap();
    let said = home.run(&["wallet", "witnesses", state["witness"].as_str().unwrap()]);
    assert_eq!(said.code, 2, "{}", said.stderr);
    assert!(said.stderr.contains("--require"), "{}", said.stderr);
}

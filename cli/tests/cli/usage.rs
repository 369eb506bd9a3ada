//! Wrong usage, help, completions.

use crate::home::Home;

#[test]
fn a_wrong_command_line_has_exit_code_2() {
    let home = Home::new();
    for args in [
        &["fly"][..],
        &["poll", "join"],
        &["poll", "join", "not-an-id"],
        &["wallet", "card", "--deployment", "0x12"],
        &["demo", "--members", "0"],
        &["standing", "--passphrase-file", "x", "--passphrase-fd", "3"],
    ] {
        let said = home.run(args);
        assert_eq!(said.code, 2, "{args:?}: {}", said.stderr);
        assert_eq!(said.stdout, "");
    }
}

#[test]
fn a_poll_of_a_type_is_asked_for_with_the_flags_of_that_type() {
    let home = Home::new();
    let create = ["poll", "create", "--question", "?", "--option", "a", "--option", "b", "--closes", "1d"];
    let with = |flags: &[&str]| home.run(&[&create[..], flags].concat());
    for (flags, wrong) in [
        (&["--max", "2"][..], "--max says nothing in a poll of type single-choice"),
        (&["--type", "schulze", "--min", "1"], "--min says nothing in a poll of type schulze"),
        (&["--type", "approval", "--credits", "9"], "--credits says nothing in a poll of type approval"),
        (&["--type", "score", "--min", "1"], "--min says nothing in a poll of type score"),
    ] {
        with(flags).assert_hint(2, wrong, "another --type");
    }
    for (flags, wrong) in [
        (&["--type", "ranked"][..], "instant-runoff"),
        (&["--quorum", "0.5"], "a share is a fraction such as 2/3"),
        (&["--quorum", "4/3"], "above 0 and at most 1"),
        (&["--at-least", "4/6"], "lowest terms: 2/3"),
        (&["--more-than", "50%"], "a share is a fraction"),
        (&["--at-least", "1/2", "--more-than", "1/2"], "cannot be used with"),
        (&["--ties", "coin"], "'lot' or by 'order'"),
        (&["--reward", "1.9.0.0"], "DOMAIN=WEIGHT"),
        (&["--reward", "1.9.0.0=70000"], "not a weight"),
        (&["--reward-validity", "1d"], "--reward"),
        (&["--type", "approval", "--max", "256"], "256"),
        (&["--unsealed", "--floor", "3"], "cannot be used with"),
        (&["--unsealed", "--reasons", "9"], "cannot be used with"),
        (&["--floor", "0"], "0 is not in"),
        (&["--reasons", "2001"], "2001 is not in"),
        (&["--ceremony", "0x12"], "--ceremony"),
        (&["--enact", "change.toml"], "--if"),
        (&["--if", "1"], "--enact"),
    ] {
        let said = with(flags);
        assert_eq!(said.code, 2, "{flags:?}: {}", said.stderr);
        assert!(said.stderr.contains(wrong), "{flags:?}: {}", said.stderr);
    }
    let said = with(&["--type", "score", "--max", "9", "--quorum", "1/3"]);
    said.assert_hint(2, "needs the administrator's token", "AIQ_ADMIN_TOKEN");
}

#[test]
fn a_reason_is_read_before_a_passphrase_is_asked_for() {
    let home = Home::new();
    let id = format!("0x{}", "00".repeat(16));
    let vote = |file: &str| home.run(&["poll", "vote", &id, "1", "--reason-file", file]);
    vote("missing.txt").assert_hint(1, "cannot read the reason from missing.txt", "check the path");
    home.file("why.txt", "because\n");
    vote("why.txt").assert_hint(1, "wallet", "aiq wallet new");
    let mut piped = home.aiq(&["poll", "vote", &id, "1", "--reason-file", "-"]);
    crate::home::Said::of(piped.write_stdin("because\n")).assert_hint(1, "wallet", "aiq wallet new");
}

#[test]
fn who_withdraws_a_poll_for_the_administrator_needs_the_token() {
    let id = format!("0x{}", "00".repeat(16));
    let args = ["poll", "withdraw", &id, "--admin", "--server", "http://127.0.0.1:1"];
    Home::new().run(&args).assert_hint(2, "token", "AIQ_ADMIN_TOKEN");
}

#[test]
fn a_passphrase_cannot_be_an_argument() {
    assert_eq!(Home::new().run(&["wallet", "show", "--passphrase", "secret"]).code, 2);
}

#[test]
fn help_goes_to_stdout_and_names_every_command() {
    let said = Home::new().run(&["--help"]);
    assert_eq!(said.code, 0);
    for command in [
        "wallet",
        "enrol",
        "sync",
        "standing",
        "prove",
        "verify",
        "attest",
        "poll",
        "claim",
        "review",
        "rewards",
        "dispute",
        "sponsor",
        "standard",
        "admin",
        "serve",
        "export",
        "audit",
        "witness",
        "demo",
        "bench",
        "doctor",
        "completions",
    ] {
        assert!(said.stdout.contains(&format!("  {command}")), "{command}");
    }
}

#[test]
fn evidence_is_read_before_a_passphrase_is_asked_for() {
    let home = Home::new();
    let file = home.file("copy.pdf", "content");
    let copy = file.to_str().unwrap();
    let claim = ["claim", "new", "--domain", "1.9", "--kind", "1", "--title", "x", "--evidence"];
    let with = |flags: &[&str]| home.run(&[&claim[..], flags].concat());
    for (flags, wrong, hint) in [
        (&["10.1145/"][..], "a DOI is written", "10.1145/3292500"),
        (&["orcid:0000-0002-1825-0098/1"], "the last digit is a checksum", "10.1145/3292500"),
        (&["https://example.org/a"], "what it contained", "--file FILE"),
        (&["https://github.com/a/b.git@0123456"], "all 40 or 64 are needed", "git rev-parse HEAD"),
        (&["10.1145/3292500", "--file", copy], "no piece of evidence needs the file", "in the same order"),
    ] {
        with(flags).assert_hint(2, wrong, hint);
    }
    // With its copy it is good: what is missing now is a wallet.
    with(&["https://example.org/a", "--file", copy]).assert_hint(1, "wallet", "aiq wallet new");
}

#[test]
fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let said = Home::new().run(&["completions", shell]);
        assert_eq!(said.code, 0);
        assert!(said.stdout.contains("standing"), "{shell}");
    }
}

#[test]
fn without_a_service_the_command_says_how_to_name_one() {
    Home::new().run(&["poll", "list"]).assert_hint(2, "which service", "--server");
}

#[test]
fn an_unknown_key_in_the_settings_is_an_error() {
    let home = Home::new();
    let path = home.file("aiq.toml", "servr = \"http://x\"\n");
    let said = home.run(&["--config", path.to_str().unwrap(), "poll", "list"]);
    said.assert_hint(2, "servr", "known keys");
}

#[test]
fn flags_win_over_the_environment() {
    let home = Home::new();
    let mut command = home.aiq(&["poll", "list", "--server", "flag:nonsense"]);
    let said = crate::home::Said::of(command.env("AIQ_SERVER", "variable:nonsense"));
    said.assert_hint(2, "'flag:nonsense'", "http://");
    let mut command = home.aiq(&["poll", "list"]);
    let said = crate::home::Said::of(command.env("AIQ_SERVER", "variable:nonsense"));
    said.assert_hint(2, "'variable:nonsense'", "http://");
}

#[test]
fn errors_are_one_object_with_json() {
    let said = Home::new().run(&["--json", "poll", "list"]);
    let error: serde_json::Value = serde_json::from_str(&said.stderr).unwrap();
    assert_eq!(error["exit_code"], 2);
    assert!(error["hint"].as_str().unwrap().contains("--server"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_to_be_full() {
    use std::process::{Command, Stdio};
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(assert_cmd::cargo::cargo_bin("aiq"))
        .args(["completions", "bash"])
        .stdout(Stdio::from(full))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.lines().last().unwrap().starts_with("hint: make room on the disk"), "{stderr}");
}

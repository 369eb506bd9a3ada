//! Files that are not what they should be.

use crate::home::Home;

#[test]
fn what_is_no_proof_is_not_verified() {
    let home = Home::new();
    let file = home.file("proof.json", "{\"type\":\"proof\"}");
    home.run(&["verify", file.to_str().unwrap()]).assert_hint(1, "is not a proof or a result", "whole file");
    home.run(&["verify", "missing.json"]).assert_hint(1, "missing.json", "check the path");
}

#[test]
fn an_altered_result_has_exit_code_3() {
    let home = Home::new();
    let zeros = |bytes: usize| format!("0x{}", "00".repeat(bytes));
    let result = serde_json::json!({
        "type": "result",
        "genesis": { "name": "x", "salt": zeros(32), "log_key": format!("0x{}", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"), "manifest_digest": zeros(32) },
        "request": {
            "audience": "somebody", "eligibility": { "kind": "membership" },
            "roots": { "epoch": 0, "members_root": zeros(32), "credentials_root": zeros(32) },
            "key_id": zeros(32), "nonce": zeros(32), "linkable": false, "created_at": 1, "expires_at": 2
        },
        "result": {
            "request_id": zeros(32), "deployment_id": zeros(32), "nullifier": zeros(32),
            "presented_at": 1, "signature": zeros(64)
        }
    });
    let file = home.file("result.json", &result.to_string());
    home.run(&["verify", file.to_str().unwrap()]).assert_hint(3, "not valid", "do not rely on it");
    let said = home.run(&["verify", file.to_str().unwrap(), "--audience", "me"]);
    said.assert_hint(3, "it is meant for 'somebody'", "do not rely on it");
}

#[test]
fn a_genesis_file_with_an_unknown_key_is_refused_with_its_line() {
    let home = Home::new();
    let file = home.file("genesis.toml", "name = \"x\"\ndomains = []\nmenu = []\nfounder = []\n");
    let said = home.run(&["serve", "--genesis", file.to_str().unwrap()]);
    said.assert_hint(2, "founder", "genesis file");
    assert!(!home.path("aiq-data").exists());
}

#[test]
fn an_invitation_is_a_secret_and_no_argument() {
    let home = Home::new();
    assert_eq!(home.run(&["enrol", "aiq_invite_00"]).code, 2);
    let said = home.run(&["enrol", "--server", "http://127.0.0.1:1"]);
    said.assert_hint(2, "needs an invitation", "AIQ_INVITATION");
}

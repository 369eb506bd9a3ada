//! Services that are not there, or not what they say.

use std::net::TcpListener;

use crate::home::Home;

#[test]
fn a_service_that_does_not_answer_is_named() {
    let home = Home::new();
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let said = home.run(&["doctor", "--server", &format!("http://{address}")]);
    assert_eq!(said.code, 1);
    assert!(said.stdout.contains("cannot reach"), "{}", said.stdout);
    assert!(said.stderr.lines().last().unwrap().starts_with("hint: "));
}

#[test]
fn a_port_in_use_stops_the_service_before_anything_is_written() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let said = home.run(&["serve", "--listen", &address.to_string(), "--data", "data"]);
    said.assert_hint(1, "cannot listen on", "another process uses port");
    assert!(!home.path("data").exists());
}

#[test]
fn an_administrator_without_a_token_is_told_where_it_comes_from() {
    Home::new().run(&["admin", "seal", "--server", "http://127.0.0.1:1"]).assert_hint(2, "token", "AIQ_ADMIN_TOKEN");
}

#[test]
fn a_healthy_home_passes_the_doctor() {
    let said = Home::new().run(&["doctor", "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let checks: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert!(checks.as_array().unwrap().iter().all(|check| check["ok"] == true));
}

#[test]
fn a_directory_without_a_deployment_cannot_be_rebuilt() {
    let home = Home::new();
    let said = home.run(&["admin", "rebuild", "--data", "nothing"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{}", said.stderr);
    assert!(said.stderr.lines().last().unwrap().starts_with("hint: "), "{}", said.stderr);
}

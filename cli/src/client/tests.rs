#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn only_http_addresses_are_accepted() {
    for address in ["", "localhost:8420", "ftp://x", "http://", "http://x?y=1", "nonsense"] {
        assert!(matches!(Client::new(address), Err(ClientError::Address(_))), "{address}");
    }
    assert_eq!(Client::new("http://127.0.0.1:8420/").unwrap().base(), "http://127.0.0.1:8420");
    assert_eq!(Client::new("https://aiq.example/api").unwrap().base(), "https://aiq.example/api");
}

//! A wallet's life: new, shown, lost, restored. Each passphrase costs a second, so the tests do much with few.

use std::fs;

use crate::home::{Home, Said};

#[test]
fn the_24_words_bring_the_same_wallet_back() {
    let home = Home::new();
    let pass = home.with_passphrase();
    let [flag, file] = [pass[0].as_str(), pass[1].as_str()];
    let made = home.run(&["wallet", "new", "--wallet", "a.age", flag, file, "--json"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let made: serde_json::Value = serde_json::from_str(&made.stdout).unwrap();
    let words: Vec<&str> = made["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(words.len(), 24);

    let id = format!("0x{}", "11".repeat(32));
    let card = |wallet: &str| {
        let said = home.run(&["wallet", "card", "--deployment", &id, "--tags", "2", "--wallet", wallet, flag, file]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        said.stdout
    };
    let first = card("a.age");
    assert!(first.starts_with("[[founders]]\ncommitment = \"0x"));
    assert_eq!(first.matches("tag = ").count(), 2);

    let mut restore = home.aiq(&["wallet", "restore", "--wallet", "b.age", flag, file]);
    let restored = Said::of(restore.write_stdin(words.join("\n")));
    assert_eq!(restored.code, 0, "{}", restored.stderr);
    assert_eq!(card("b.age"), first);

    let again = home.run(&["wallet", "new", "--wallet", "a.age", flag, file]);
    again.assert_hint(1, "already is a wallet", "never overwritten");

    let wrong = home.file("wrong", "something else\n");
    let said = home.run(&["wallet", "show", "--wallet", "a.age", flag, wrong.to_str().unwrap()]);
    said.assert_hint(1, "does not open", "24 words");

    let whole = fs::read(home.path("a.age")).unwrap();
    fs::write(home.path("a.age"), &whole[..whole.len() / 2]).unwrap();
    home.run(&["wallet", "show", "--wallet", "a.age", flag, file]).assert_hint(1, "damaged", "backup");
}

#[test]
fn a_wrong_word_is_named_with_its_place() {
    let home = Home::new();
    let words = home.file("words", &format!("{}abandn {}", "abandon ".repeat(10), "abandon ".repeat(13)));
    let said = home.run(&["wallet", "restore", "--words-file", words.to_str().unwrap()]);
    said.assert_hint(1, "word 11 is not on the word list: 'abandn' (did you mean 'abandon'?)", "word 11");
    let words = home.file("words", &"abandon ".repeat(24));
    let said = home.run(&["wallet", "restore", "--words-file", words.to_str().unwrap()]);
    said.assert_hint(1, "checksum", "order");
    assert!(!home.path(".local/share/aiq/wallet.age").exists());
}

#[test]
fn without_a_terminal_a_passphrase_has_to_come_from_somewhere() {
    let home = Home::new();
    home.run(&["wallet", "new"]).assert_hint(1, "no terminal", "--passphrase-file");
    home.run(&["wallet", "show"]).assert_hint(1, "no wallet at", "aiq wallet new");
}

//! `--proxy`: nothing goes past it, and no name is resolved here.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use crate::home::Home;

/// A SOCKS5 proxy that takes one connection, says that it cannot reach the host, and tells user name and host.
fn proxy() -> (SocketAddr, JoinHandle<(String, String)>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let served = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        assert_eq!(bytes(&mut client, 4), [5, 2, 2, 0]);
        client.write_all(&[5, 2]).unwrap();
        assert_eq!(bytes(&mut client, 1), [1]);
        let user = text(&mut client);
        text(&mut client);
        client.write_all(&[1, 0]).unwrap();
        assert_eq!(bytes(&mut client, 4), [5, 1, 0, 3], "a connection to a name");
        let host = text(&mut client);
        client.write_all(&[5, 4, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        (user, host)
    });
    (address, served)
}

fn bytes(client: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    client.read_exact(&mut bytes).unwrap();
    bytes
}

fn text(client: &mut TcpStream) -> String {
    let length = bytes(client, 1)[0];
    String::from_utf8(bytes(client, length.into())).unwrap()
}

#[test]
fn a_command_reaches_its_service_through_the_proxy_or_not_at_all() {
    let home = Home::new();
    let mut users = Vec::new();
    for form in ["flag", "environment", "usual variable", "settings"] {
        let (address, served) = proxy();
        let address = format!("socks5h://{address}");
        let mut command = home.aiq(&["doctor", "--server", "http://aiq.invalid:8420"]);
        match form {
            "flag" => command.args(["--proxy", &address]),
            "environment" => command.env("AIQ_PROXY", &address),
            "usual variable" => command.env("ALL_PROXY", &address).env("NO_PROXY", "aiq.invalid"),
            _ => command.arg("--config").arg(home.file("settings.toml", &format!("proxy = \"{address}\""))),
        };
        let said = crate::home::Said::of(&mut command);
        assert_eq!(said.code, 1, "{form}: {}", said.stderr);
        assert!(said.stdout.contains("host unreachable"), "{form}: {}", said.stdout);
        let (user, host) = served.join().unwrap();
        assert_eq!(host, "aiq.invalid", "{form}");
        users.push(user);
    }
    users.sort();
    users.dedup();
    assert_eq!(users.len(), 4, "each under a name of its own");
}

#[test]
fn a_proxy_that_would_leave_names_to_this_machine_is_refused() {
    let home = Home::new();
    let said = home.run(&["poll", "list", "--proxy", "socks5://127.0.0.1:9050"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("resolver would learn which service"), "{}", said.stderr);
    let mut command = home.aiq(&["poll", "list", "--server", "http://127.0.0.1:1"]);
    let said = crate::home::Said::of(command.env("ALL_PROXY", "socks5://127.0.0.1:9050"));
    said.assert_hint(2, "resolver would learn", "socks5h://");
}

//! What stands between a wallet and a service and writes everything down: as a relay, or as a SOCKS5 proxy (RFC 1928, RFC 1929).

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A gateway to one service.
#[derive(Clone, Debug)]
pub struct Gateway {
    address: SocketAddr,
    connections: Arc<Mutex<Vec<Connection>>>,
}

/// One connection of a client, as far as it went.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// The user name that was given to the proxy.
    pub user: Option<String>,
    /// The name that the proxy was asked to connect to.
    pub target: Option<String>,
    /// What the client has sent to the service.
    pub sent: Vec<u8>,
}

/// A request as it stood on the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// GET or POST.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Gateway {
    /// A relay to the service at `upstream`, which a client takes for the service.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn relay(upstream: SocketAddr) -> Self {
        Self::listen(upstream, |_| Ok(Connection::default()))
    }

    /// A SOCKS5 proxy that asks for a user name, takes host names only, and leads all of them to `upstream`.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn socks(upstream: SocketAddr) -> Self {
        Self::listen(upstream, greet)
    }

    fn listen(upstream: SocketAddr, greet: fn(&mut TcpStream) -> io::Result<Connection>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let connections: Arc<Mutex<Vec<Connection>>> = Arc::default();
        let shared = Arc::clone(&connections);
        thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    // Whatever fails, the connection is closed, and the client says what it misses.
                    let Ok(connection) = greet(&mut client) else { return };
                    let Ok(service) = TcpStream::connect(upstream) else { return };
                    let number = {
                        let mut all = shared.lock().unwrap_or_else(PoisonError::into_inner);
                        all.push(connection);
                        all.len() - 1
                    };
                    let (Ok(back), Ok(answers)) = (client.try_clone(), service.try_clone()) else { return };
                    thread::spawn(move || copy(answers, back, |_| {}));
                    copy(client, service, |bytes| {
                        let mut all = shared.lock().unwrap_or_else(PoisonError::into_inner);
                        all[number].sent.extend_from_slice(bytes);
                    });
                });
            }
        });
        Self { address, connections }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every connection so far.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Connection {
    /// The requests that were sent over it.
    ///
    /// # Panics
    /// If what was sent is not a series of HTTP/1.1 requests with lengths.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        let (mut requests, mut rest) = (Vec::new(), &self.sent[..]);
        while !rest.is_empty() {
            let end = rest.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole head");
            let head = str::from_utf8(&rest[..end]).expect("a head of text");
            let mut lines = head.split("\r\n");
            let mut first = lines.next().expect("a request line").split(' ').map(str::to_owned);
            let (method, path) = (first.next().expect("a method"), first.next().expect("a path"));
            let header = |line: &str| {
                let (name, value) = line.split_once(':').expect("a header");
                (name.to_ascii_lowercase(), value.trim().to_owned())
            };
            let headers: Vec<_> = lines.map(header).collect();
            let length = headers.iter().find(|(name, _)| name == "content-length");
            let length: usize = length.map_or(0, |(_, value)| value.parse().expect("a length"));
            rest = &rest[end + 4 + length..];
            requests.push(Request { method, path, headers });
        }
        requests
    }
}

/// The proxy's side of the handshake: user name and password, then CONNECT to a host name.
fn greet(client: &mut TcpStream) -> io::Result<Connection> {
    let refuse = || io::Error::other("not what this proxy takes");
    let [version, methods] = read(client)?;
    let mut offered = vec![0; methods.into()];
    client.read_exact(&mut offered)?;
    if version != 5 || !offered.contains(&2) {
        return Err(refuse());
    }
    client.write_all(&[5, 2])?;
    let [_version] = read(client)?;
    let user = text(client)?;
    text(client)?;
    client.write_all(&[1, 0])?;
    let [_version, command, _reserved, kind] = read(client)?;
    if (command, kind) != (1, 3) {
        // "Address type not supported": an address would mean that the client has resolved the name itself.
        client.write_all(&[5, 8, 0, 1, 0, 0, 0, 0, 0, 0])?;
        return Err(refuse());
    }
    let host = text(client)?;
    let port = u16::from_be_bytes(read(client)?);
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0])?;
    Ok(Connection { user: Some(user), target: Some(format!("{host}:{port}")), sent: Vec::new() })
}

fn read<const N: usize>(client: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A text after its length in one byte.
fn text(client: &mut TcpStream) -> io::Result<String> {
    let [length] = read(client)?;
    let mut bytes = vec![0; length.into()];
    client.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// Copies until either end closes; then both are closed.
fn copy(mut from: TcpStream, mut to: TcpStream, mut seen: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read) = from.read(&mut buffer) {
        if read == 0 {
            break;
        }
        // Written down first: the answer may be there before this thread goes on.
        seen(&buffer[..read]);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // Whatever is closed already needs no closing.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

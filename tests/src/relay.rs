//! A bad connection: a relay in front of a service that can be cut, or lose an answer after the request has arrived.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A relay with an address of its own, whatever happens to the service behind it.
#[derive(Debug)]
pub struct Relay {
    url: String,
    faults: Arc<Faults>,
}

#[derive(Debug)]
struct Faults {
    upstream: Mutex<SocketAddr>,
    is_cut: AtomicBool,
    answers_to_lose: AtomicU32,
}

impl Relay {
    /// A relay to the service at `upstream`; works as long as the process lives.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn new(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let faults = Arc::new(Faults {
            upstream: Mutex::new(upstream),
            is_cut: AtomicBool::new(false),
            answers_to_lose: AtomicU32::new(0),
        });
        let shared = Arc::clone(&faults);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                shared.connect(client);
            }
        });
        Self { url, faults }
    }

    /// What wallets take for the service.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Puts another service, or another process of the same one, behind the relay.
    pub fn lead_to(&self, upstream: SocketAddr) {
        *self.faults.upstream.lock().unwrap_or_else(PoisonError::into_inner) = upstream;
    }

    /// Nothing reaches the service any more, or again.
    pub fn cut(&self, is_cut: bool) {
        self.faults.is_cut.store(is_cut, Ordering::SeqCst);
    }

    /// The next answers are lost on their way: the service has done what was asked, the client never hears of it.
    pub fn lose_answers(&self, count: u32) {
        self.faults.answers_to_lose.store(count, Ordering::SeqCst);
    }
}

impl Faults {
    fn connect(self: &Arc<Self>, client: TcpStream) {
        let upstream = *self.upstream.lock().unwrap_or_else(PoisonError::into_inner);
        let is_cut = self.is_cut.load(Ordering::SeqCst);
        let Some(service) = TcpStream::connect(upstream).ok().filter(|_| !is_cut) else {
            // Dropping the stream closes it.
            return;
        };
        let (Ok(from_client), Ok(from_service)) = (client.try_clone(), service.try_clone()) else { return };
        let (there, back) = (Arc::clone(self), Arc::clone(self));
        thread::spawn(move || copy(from_client, service, || !there.is_cut.load(Ordering::SeqCst)));
        thread::spawn(move || copy(from_service, client, || back.passes_answer()));
    }

    fn passes_answer(&self) -> bool {
        let less = |count: u32| count.checked_sub(1);
        self.answers_to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_err()
            && !self.is_cut.load(Ordering::SeqCst)
    }
}

/// Copies until either end closes, or `passes` says no; then both are closed.
fn copy(mut from: TcpStream, mut to: TcpStream, passes: impl Fn() -> bool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read) = from.read(&mut buffer) {
        if read == 0 || !passes() || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // Whatever is closed already needs no closing.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

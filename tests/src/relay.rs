//! A bad connection: a relay in front of a service that can lose an answer after the request has arrived, or lead elsewhere.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
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
    answers_to_lose: AtomicU32,
    /// Bytes of answers until the connection that carries them is cut; once.
    bytes_until_cut: Mutex<Option<usize>>,
    /// Bytes of answers that have passed.
    passed: AtomicUsize,
    /// The clients' ends of the connections that may still be open.
    clients: Mutex<Vec<TcpStream>>,
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
            answers_to_lose: AtomicU32::new(0),
            bytes_until_cut: Mutex::new(None),
            passed: AtomicUsize::new(0),
            clients: Mutex::new(Vec::new()),
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

    /// Puts another service, or another process of the same one, behind the relay. Connections end, as the client will
    /// see when it next uses them.
    pub fn lead_to(&self, upstream: SocketAddr) {
        *self.faults.upstream.lock().unwrap_or_else(PoisonError::into_inner) = upstream;
        for client in self.faults.clients.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // One that has ended already needs no ending.
            let _ = client.shutdown(Shutdown::Both);
        }
    }

    /// Once so many more bytes of answers have passed, the connection that carries them is cut.
    pub fn cut_after(&self, bytes: usize) {
        *self.faults.bytes_until_cut.lock().unwrap_or_else(PoisonError::into_inner) = Some(bytes);
    }

    /// How many bytes of answers have passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.faults.passed.load(Ordering::SeqCst)
    }

    /// The next answers are lost on their way: the service has done what was asked, the client never hears of it.
    pub fn lose_answers(&self, count: u32) {
        self.faults.answers_to_lose.store(count, Ordering::SeqCst);
    }
}

impl Faults {
    fn connect(self: &Arc<Self>, client: TcpStream) {
        let upstream = *self.upstream.lock().unwrap_or_else(PoisonError::into_inner);
        // Whatever fails here, dropping the stream closes it.
        let Ok(service) = TcpStream::connect(upstream) else { return };
        let clones = (client.try_clone(), client.try_clone(), service.try_clone());
        let (Ok(from_client), Ok(kept), Ok(from_service)) = clones else { return };
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
        let back = Arc::clone(self);
        thread::spawn(move || copy(from_client, service, |_| true));
        thread::spawn(move || copy(from_service, client, |bytes| back.passes_answer(bytes)));
    }

    fn passes_answer(&self, bytes: usize) -> bool {
        let less = |count: u32| count.checked_sub(1);
        if self.answers_to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
            return false;
        }
        let mut until_cut = self.bytes_until_cut.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(left) = until_cut.take() {
            let Some(left) = left.checked_sub(bytes) else { return false };
            *until_cut = Some(left);
        }
        self.passed.fetch_add(bytes, Ordering::SeqCst);
        true
    }
}

/// Copies until either end closes, or `passes` refuses so many bytes; then both are closed.
fn copy(mut from: TcpStream, mut to: TcpStream, passes: impl Fn(usize) -> bool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read) = from.read(&mut buffer) {
        if read == 0 || !passes(read) || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // Whatever is closed already needs no closing.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

//! A bad connection: a relay in front of a service that can lose an answer after the request has arrived, or lead elsewhere.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A relay with an address of its own, whatever happens to the service behind it.
#[derive(Debug)]
pub struct Relay {
    url: String,
    faults: Arc<Faults>,
}

/// What has passed on a connection in one direction.
type Passed = Arc<Mutex<Vec<u8>>>;

#[derive(Debug)]
struct Faults {
    upstream: Mutex<SocketAddr>,
    answers_to_lose: AtomicU32,
    /// Bytes of answers until the connection that carries them is cut; once.
    bytes_until_cut: Mutex<Option<usize>>,
    /// Bytes of answers that have passed.
    passed: AtomicUsize,
    /// What has passed, if that is kept: of each connection what was asked and what was answered.
    kept: Mutex<Option<Vec<(Passed, Passed)>>>,
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
            kept: Mutex::new(None),
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
        *locked(&self.faults.upstream) = upstream;
        for client in locked(&self.faults.clients).drain(..) {
            // One that has ended already needs no ending.
            let _ = client.shutdown(Shutdown::Both);
        }
    }

    /// Once so many more bytes of answers have passed, the connection that carries them is cut.
    pub fn cut_after(&self, bytes: usize) {
        *locked(&self.faults.bytes_until_cut) = Some(bytes);
    }

    /// How many bytes of answers have passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.faults.passed.load(Ordering::SeqCst)
    }

    /// From now on, what passes on new connections is kept.
    pub fn keep(&self) {
        locked(&self.faults.kept).get_or_insert_default();
    }

    /// What was kept: of each connection what was asked and what was answered.
    #[must_use]
    pub fn kept(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let kept = locked(&self.faults.kept);
        kept.iter().flatten().map(|(asked, answered)| (locked(asked).clone(), locked(answered).clone())).collect()
    }

    /// The next answers are lost on their way: the service has done what was asked, the client never hears of it.
    pub fn lose_answers(&self, count: u32) {
        self.faults.answers_to_lose.store(count, Ordering::SeqCst);
    }
}

impl Faults {
    fn connect(self: &Arc<Self>, client: TcpStream) {
        let upstream = *locked(&self.upstream);
        // Whatever fails here, dropping the stream closes it.
        let Ok(service) = TcpStream::connect(upstream) else { return };
        let clones = (client.try_clone(), client.try_clone(), service.try_clone());
        let (Ok(from_client), Ok(kept), Ok(from_service)) = clones else { return };
        locked(&self.clients).push(kept);
        let (asked, answered) = locked(&self.kept).as_mut().map_or((None, None), |kept| {
            let pair = (Passed::default(), Passed::default());
            kept.push(pair.clone());
            (Some(pair.0), Some(pair.1))
        });
        let back = Arc::clone(self);
        thread::spawn(move || copy(from_client, service, |bytes| keep(asked.as_ref(), bytes)));
        thread::spawn(move || {
            copy(from_service, client, |bytes| keep(answered.as_ref(), bytes) && back.passes_answer(bytes.len()));
        });
    }

    fn passes_answer(&self, bytes: usize) -> bool {
        let less = |count: u32| count.checked_sub(1);
        if self.answers_to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
            return false;
        }
        let mut until_cut = locked(&self.bytes_until_cut);
        if let Some(left) = until_cut.take() {
            let Some(left) = left.checked_sub(bytes) else { return false };
            *until_cut = Some(left);
        }
        self.passed.fetch_add(bytes, Ordering::SeqCst);
        true
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Always lets the bytes pass.
fn keep(place: Option<&Passed>, bytes: &[u8]) -> bool {
    if let Some(place) = place {
        locked(place).extend_from_slice(bytes);
    }
    true
}

/// Copies until either end closes, or `passes` refuses bytes; then both are closed.
fn copy(mut from: TcpStream, mut to: TcpStream, passes: impl Fn(&[u8]) -> bool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read) = from.read(&mut buffer) {
        if read == 0 || !passes(&buffer[..read]) || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // Whatever is closed already needs no closing.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

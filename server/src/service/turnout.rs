//! Live turnout: how many have joined and voted, never for what.
//!
//! Whoever watches a poll shares one task that looks at the database: at most [`LOOK`] apart, and only if the log has grown. So it also
//! sees what another process on the same database accepted.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aiq_verifier::poll::{Phase, PollId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::{Service, ServiceError};
use crate::{api::Turnout, store::PollRecord};

/// How often a watched poll is looked at: watchers hear of it at most four times a second.
const LOOK: Duration = Duration::from_millis(250);
/// Watchers at a time, of all polls together.
const WATCHERS: usize = 1024;

/// The polls that are being watched.
pub(crate) struct Watched {
    polls: Mutex<HashMap<PollId, watch::Receiver<Turnout>>>,
    watchers: Arc<Semaphore>,
}

impl Default for Watched {
    fn default() -> Self {
        Self { polls: Mutex::default(), watchers: Arc::new(Semaphore::new(WATCHERS)) }
    }
}

/// Somebody's view of a poll. It ends after the poll's close has been seen, and when the service stops.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) turnout: watch::Receiver<Turnout>,
    _place: OwnedSemaphorePermit,
}

impl Watched {
    fn polls(&self) -> std::sync::MutexGuard<'_, HashMap<PollId, watch::Receiver<Turnout>>> {
        self.polls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every watch, and admits no other.
    pub(crate) fn close(&self) {
        self.watchers.close();
        // The tasks see that nobody asks for them any more, and their senders go with them.
        self.polls().clear();
    }
}

impl Service {
    /// How many have joined a poll and voted in it.
    ///
    /// # Errors
    /// If there is no such poll.
    pub async fn turnout(&self, id: &PollId) -> Result<Turnout, ServiceError> {
        Ok(self.turnout_of(&self.poll_record(id).await?))
    }

    fn turnout_of(&self, record: &PollRecord) -> Turnout {
        let PollRecord { definition, joined, voted, .. } = record;
        let quorum = definition.decision.quorum;
        let quorum_reached = *voted >= u64::from(quorum);
        Turnout { phase: record.phase(self.now()), joined: *joined, voted: *voted, quorum, quorum_reached }
    }

    /// Watches a poll.
    ///
    /// # Errors
    /// If there is no such poll, or too many are watching.
    pub(crate) async fn watch_turnout(&self, id: &PollId) -> Result<Watch, ServiceError> {
        let turnout = self.turnout(id).await?;
        let place = Arc::clone(&self.0.watched.watchers).try_acquire_owned().map_err(|_| ServiceError::Busy)?;
        let mut polls = self.0.watched.polls();
        // A task that has ended leaves a receiver without a sender behind.
        if let Some(shared) = polls.get(id).filter(|shared| shared.has_changed().is_ok()) {
            return Ok(Watch { turnout: shared.clone(), _place: place });
        }
        let (sender, receiver) = watch::channel(turnout);
        polls.insert(*id, receiver.clone());
        drop(polls);
        tokio::spawn(follow(self.clone(), *id, sender));
        Ok(Watch { turnout: receiver, _place: place })
    }

    /// Ends every watch: the service stops.
    pub(crate) fn end_watches(&self) {
        self.0.watched.close();
    }
}

/// Looks at a poll until it is closed or withdrawn, or nobody watches.
async fn follow(service: Service, id: PollId, sender: watch::Sender<Turnout>) {
    let mut seen: Option<(u64, PollRecord)> = None;
    loop {
        tokio::time::sleep(LOOK).await;
        if is_unwatched(&service, &id, &sender) {
            return;
        }
        // What cannot be read now is read by the next look.
        let Ok(size) = service.store().log_size().await else { continue };
        let record = match seen.take() {
            Some((at, record)) if at == size => record,
            _ => match service.poll_record(&id).await {
                Ok(record) => record,
                Err(_) => continue,
            },
        };
        let turnout = service.turnout_of(&record);
        sender.send_if_modified(|known| std::mem::replace(known, turnout) != turnout);
        if matches!(turnout.phase, Phase::Closed | Phase::Withdrawn) {
            service.0.watched.polls().remove(&id);
            return;
        }
        seen = Some((size, record));
    }
}

/// Whether nobody but the list of watched polls has a receiver, or it was dropped from there; then it is off the list.
fn is_unwatched(service: &Service, id: &PollId, sender: &watch::Sender<Turnout>) -> bool {
    let mut polls = service.0.watched.polls();
    let listed = usize::from(polls.contains_key(id));
    let unwatched = listed == 0 || sender.receiver_count() <= listed;
    if unwatched {
        polls.remove(id);
    }
    unwatched
}

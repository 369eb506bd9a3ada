//! The one writing connection, and group commit: acts that come in while another commit is under way share the next one.
//!
//! A transaction begins with `BEGIN IMMEDIATE`; each act runs in a savepoint of its own, so that one that fails takes nothing of the
//! others with it, and is answered only after the commit: whatever was acknowledged is on the disk.

use std::pin::Pin;

use sqlx::{Connection as _, Sqlite, SqliteConnection, SqlitePool, Transaction};
use tokio::sync::{mpsc, oneshot};

use crate::store::StoreError;

/// The future of an act on the writing connection.
pub(super) type Act<'c, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>;

/// Most acts in one commit: more would keep the first ones waiting.
const GROUP: usize = 64;
/// Acts that may wait before callers wait for a place in the queue.
const QUEUE: usize = 1024;

/// What is left to do once it is known whether the group was committed.
type Answer = Box<dyn FnOnce(Option<&StoreError>) + Send>;
/// Whether an act's changes are kept, and how its caller is told.
type Outcome<'c> = Pin<Box<dyn Future<Output = (bool, Answer)> + Send + 'c>>;
/// An act that waits for its turn; without a connection it is only told why.
type Job = Box<dyn for<'c> FnOnce(Option<&'c mut SqliteConnection>) -> Outcome<'c> + Send>;

/// Hands acts to the task that writes. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    pool: SqlitePool,
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the task on a pool of one connection. It ends when the last clone is gone.
    pub(super) fn start(pool: SqlitePool) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(run(pool.clone(), queue));
        Self { pool, jobs }
    }

    /// Runs an act in the next group and returns its outcome after the commit. Of an act that fails nothing is kept.
    ///
    /// An act is run even if its caller has gone: it is then as if the answer had been lost on its way.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        act: impl for<'c> FnOnce(&'c mut SqliteConnection) -> Act<'c, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            Box::pin(async move {
                let outcome = match connection {
                    Some(connection) => Some(act(connection).await),
                    None => None,
                };
                let kept = matches!(outcome, Some(Ok(_)));
                let answer: Answer = Box::new(move |fault| {
                    let answer = match (outcome, fault) {
                        (Some(Err(own)), _) => Err(own),
                        (_, Some(fault)) => Err(fault.again()),
                        (Some(Ok(value)), None) => Ok(value),
                        (None, None) => Err(stopped()),
                    };
                    // Nobody may be waiting any more.
                    let _ = sender.send(answer);
                });
                (kept, answer)
            })
        });
        self.jobs.send(job).await.map_err(|_| stopped())?;
        receiver.await.map_err(|_| stopped())?
    }

    /// The pool of the one connection.
    pub(super) const fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Gives up the connection.
    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the database was closed".into())
}

async fn run(pool: SqlitePool, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.recv().await {
        let mut answers = Vec::new();
        let fault = group(&pool, first, &mut queue, &mut answers).await.err();
        for answer in answers {
            answer(fault.as_ref());
        }
    }
}

/// Runs acts until none waits or the group is full, and commits. On an error nothing of the group is kept.
async fn group(
    pool: &SqlitePool,
    first: Job,
    queue: &mut mpsc::Receiver<Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let mut transaction = match pool.begin_with("BEGIN IMMEDIATE").await {
        Ok(transaction) => transaction,
        Err(error) => {
            answers.push(first(None).await.1);
            return Err(error.into());
        }
    };
    let mut next = Some(first);
    while let Some(job) = next {
        one(&mut transaction, job, answers).await?;
        next = if answers.len() < GROUP { queue.try_recv().ok() } else { None };
    }
    Ok(transaction.commit().await?)
}

/// Runs one act in a savepoint.
async fn one(
    transaction: &mut Transaction<'static, Sqlite>,
    job: Job,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let mut savepoint = match transaction.begin().await {
        Ok(savepoint) => savepoint,
        Err(error) => {
            answers.push(job(None).await.1);
            return Err(error.into());
        }
    };
    let (kept, answer) = job(Some(&mut *savepoint)).await;
    answers.push(answer);
    // If `SQLite` has undone the whole transaction by itself, as on a full disk, either of these fails.
    let ended = if kept { savepoint.commit().await } else { savepoint.rollback().await };
    Ok(ended?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aiq_verifier::log::{Act as LogAct, Entry};
    use sqlx::SqliteConnection;
    use tokio::task::JoinSet;

    use crate::store::{SqliteStore, StoreError, sqlite::log};

    async fn store() -> (SqliteStore, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (SqliteStore::open(&folder.path().join("store.sqlite"), 2).await.unwrap(), folder)
    }

    /// Appends an entry, and then fails if `fails`.
    async fn append(writer: &mut SqliteConnection, count: u32, fails: bool) -> Result<u64, StoreError> {
        let act = LogAct::Invitations { count, expires_at: 0 };
        let logged = log::append(writer, &Entry { at: 0, act }, None).await?;
        if fails { Err(StoreError::Corrupt("deliberate fault")) } else { Ok(logged.index) }
    }

    async fn counts(store: &SqliteStore) -> Vec<u32> {
        let entries = log::entries(store, 0, 10_000).await.unwrap();
        let count = |entry: &Vec<u8>| match Entry::decode(entry).unwrap().act {
            LogAct::Invitations { count, .. } => count,
            other => panic!("{other:?}"),
        };
        entries.iter().map(count).collect()
    }

    /// ATTACKS 19: an act that is broken off after its entry was written leaves neither, and takes none of its group along.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_an_act_that_fails_nothing_is_kept_and_of_the_others_everything() {
        let (store, _folder) = store().await;
        let mut acts = JoinSet::new();
        for number in 0..200 {
            let store = store.clone();
            acts.spawn(async move {
                let fails = number % 3 == 0;
                let outcome = store.writer.write(move |writer| Box::pin(append(writer, number, fails))).await;
                assert_eq!(outcome.is_err(), fails);
                outcome.ok().map(|index| (index, number))
            });
        }
        let mut kept: Vec<(u64, u32)> = acts.join_all().await.into_iter().flatten().collect();
        kept.sort_unstable();
        assert!(kept.iter().zip(0..).all(|((index, _), expected)| *index == expected), "no places are left out");
        assert_eq!(counts(&store).await, kept.iter().map(|(_, number)| *number).collect::<Vec<_>>());
    }

    /// A group that cannot be committed is acknowledged to nobody.
    #[tokio::test]
    async fn a_commit_that_fails_fails_every_act_of_its_group() {
        let (store, _folder) = store().await;
        store.writer.write(|writer| Box::pin(append(writer, 1, false))).await.unwrap();
        let broken = store
            .writer
            .write(|writer| {
                Box::pin(async move {
                    // The foreign key is looked at when the group is committed.
                    sqlx::query("PRAGMA defer_foreign_keys = ON").execute(&mut *writer).await?;
                    sqlx::query("INSERT INTO epochs (epoch, entry) VALUES (0, 99)").execute(&mut *writer).await?;
                    append(writer, 2, false).await
                })
            })
            .await;
        assert!(matches!(broken, Err(StoreError::Unavailable(_))), "{broken:?}");
        assert_eq!(counts(&store).await, [1]);
        assert_eq!(store.writer.write(|writer| Box::pin(append(writer, 3, false))).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_closed_store_says_so() {
        let (store, _folder) = store().await;
        store.writer.close().await;
        let refused = store.writer.write(|writer| Box::pin(append(writer, 1, false))).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    }
}

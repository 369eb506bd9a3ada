//! Where proofs are checked: off the async workers, a bounded number at a time, with a bounded queue.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::ServiceError;

/// Bounds the proofs that are being checked and those that wait.
#[derive(Clone, Debug)]
pub(crate) struct VerifyPool {
    places: Arc<Semaphore>,
    threads: Arc<Semaphore>,
}

impl VerifyPool {
    /// `threads` proofs at a time (0 = one per core), `queue` waiting.
    pub(crate) fn new(threads: usize, queue: usize) -> Self {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { cores() } else { threads };
        Self { places: Arc::new(Semaphore::new(threads + queue)), threads: Arc::new(Semaphore::new(threads)) }
    }

    /// Runs `work` as soon as a thread is free; [`ServiceError::Busy`] if the queue is full.
    ///
    /// A caller that gives up leaves the queue; work that has begun is finished and holds its place till then.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| ServiceError::Busy)?;
        let thread = Arc::clone(&self.threads).acquire_owned().await.map_err(|_| ServiceError::Broken)?;
        let task = move || {
            let _held = (place, thread);
            work()
        };
        tokio::task::spawn_blocking(task).await.map_err(|_| ServiceError::Broken)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn refuses_what_the_queue_does_not_hold() {
        let pool = VerifyPool::new(1, 1);
        let (release, wait) = mpsc::channel::<()>();
        let running = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(move || wait.recv()).await }
        });
        while pool.threads.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let queued = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(|| 7).await }
        });
        while pool.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(pool.run(|| 8).await, Err(ServiceError::Busy)));
        release.send(()).unwrap();
        running.await.unwrap().unwrap().unwrap();
        assert_eq!(queued.await.unwrap().unwrap(), 7);
        assert_eq!(pool.run(|| 9).await.unwrap(), 9);
    }
}

//! The service on a socket, until it is told to stop.

mod connections;

use std::{future::Future, io, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, header},
    middleware::from_fn_with_state,
};
use tokio::{net::TcpListener, sync::watch};
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{Any, CorsLayer},
};

use crate::{
    api,
    http::{EdgeLimits, edge, panicked, rate},
    service::Service,
};

/// How often the service looks whether something is due.
const TICK: Duration = Duration::from_secs(1);

impl Service {
    /// Every route with its limits: what [`serve`] puts on a socket.
    pub fn router(&self) -> Router {
        let limits = &self.config().limits;
        let edge_limits = Arc::new(EdgeLimits { request: Duration::from_secs(limits.request_seconds) });
        let (router, document) = api::routes().split_for_parts();
        let router = api::with_docs(router.with_state(self.clone()), document);
        rate::limit(router, &self.config().rate_limit)
            .layer(DefaultBodyLimit::max(limits.body_bytes))
            .layer(any_origin())
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(edge_limits, edge))
    }
}

/// Browsers may read from any page: nothing here depends on cookies.
fn any_origin() -> CorsLayer {
    CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::POST]).allow_headers([
        header::CONTENT_TYPE,
        header::AUTHORIZATION,
        header::RANGE,
    ])
}

/// Serves until `shutdown` resolves. Open requests then get the configured time to finish; what has not finished by
/// then is cut off, and whatever it was about to write is not written. Last, the service gives up its database.
///
/// # Errors
/// None so far: a socket that cannot accept for a moment, as without file descriptors, is waited for.
pub async fn serve(
    service: Service,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stop, stopped) = watch::channel(());
    let mut schedule = tokio::spawn(run_schedule(service.clone(), stopped.clone()));
    let limits = &service.config().limits;
    let head = Duration::from_secs(limits.request_seconds);
    let server = connections::serve(listener, service.router(), head, closed(stopped));
    let drain = Duration::from_secs(limits.drain_seconds);
    let cut_off = async {
        shutdown.await;
        drop(stop);
        // These would go on for as long as their polls.
        service.end_watches();
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        () = server => {}
        () = cut_off => tracing::warn!("requests that did not finish in time were cut off"),
    }
    // `stop` is gone by now: the round that is under way may finish.
    if tokio::time::timeout(drain, &mut schedule).await.is_err() {
        schedule.abort();
    }
    service.close().await;
    Ok(())
}

/// Resolves when the sender is gone.
async fn closed(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

async fn run_schedule(service: Service, stopped: watch::Receiver<()>) {
    let stopped = closed(stopped);
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => return,
            () = tokio::time::sleep(TICK) => {}
        }
        if let Err(error) = service.tick().await {
            tracing::error!(%error, "scheduled work failed; the next round tries again");
        }
    }
}

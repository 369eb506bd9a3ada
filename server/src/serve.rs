//! The service on a socket, until it is told to stop.

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, header},
    middleware::from_fn_with_state,
    serve::ListenerExt as _,
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
    #[must_use]
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
/// then is cut off, and whatever it was about to write is not written.
///
/// # Errors
/// Those of the socket.
pub async fn serve(
    service: Service,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stop, stopped) = watch::channel(());
    let schedule = tokio::spawn(run_schedule(service.clone(), stopped.clone()));
    let app = service.router().into_make_service_with_connect_info::<SocketAddr>();
    let listener = listener.tap_io(|connection| {
        // Answers are small and complete: nothing to gain from waiting for more.
        let _ = connection.set_nodelay(true);
    });
    let server = axum::serve(listener, app).with_graceful_shutdown(closed(stopped));
    let drain = Duration::from_secs(service.config().limits.drain_seconds);
    let cut_off = async {
        shutdown.await;
        drop(stop);
        tokio::time::sleep(drain).await;
    };
    let outcome = tokio::select! {
        outcome = server => outcome,
        () = cut_off => {
            tracing::warn!("requests that did not finish in time were cut off");
            Ok(())
        }
    };
    schedule.abort();
    outcome
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

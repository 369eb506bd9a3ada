//! Connections, each bounded in how long it may take over the head of a request.
//!
//! `axum::serve` sets no such bound: a client that sends a byte of a head now and then would hold its connection, and with
//! enough of them every file descriptor of the service, for ever.

use std::{future::Future, net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tower::ServiceExt as _;

/// Accepts connections until `stopped` resolves, then waits for the requests under way. Dropped, it cuts them off.
///
/// `head` bounds the time from a connection's beginning, or from the answer before, to the end of the next head.
pub(super) async fn serve(mut listener: TcpListener, app: Router, head: Duration, stopped: impl Future<Output = ()>) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    tokio::pin!(stopped);
    loop {
        // axum's `accept` does not give up: it waits where file descriptors have run out.
        let (stream, peer): (TcpStream, SocketAddr) = tokio::select! {
            () = &mut stopped => break,
            accepted = axum::serve::Listener::accept(&mut listener) => accepted,
        };
        // Answers are small and complete: nothing to gain from waiting for more.
        let _ = stream.set_nodelay(true);
        let app = app.clone();
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            app.clone().oneshot(request.map(Body::new))
        });
        connections.spawn(graceful.watch(builder.serve_connection(TokioIo::new(stream), answer)));
        // Forgets those that have ended; how they ended is the client's business.
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    graceful.shutdown().await;
}

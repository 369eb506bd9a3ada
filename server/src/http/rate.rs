//! The bound on unauthenticated writes: per client network, in memory, forgotten as soon as it no longer matters.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, Response},
    response::IntoResponse as _,
};
use tower_governor::{GovernorError, GovernorLayer, governor::GovernorConfigBuilder, key_extractor::KeyExtractor};

use crate::{
    config::RateLimit,
    http::{Code, Problem},
};

/// How often the addresses that have fallen silent are forgotten.
const FORGET_EVERY: Duration = Duration::from_mins(1);

/// The client's network: its IPv4 address, or the /64 of its IPv6 address, which one household or host controls whole.
/// Never taken from a header, which anybody can write.
#[derive(Clone, Copy, Debug)]
struct PeerNetwork;

impl KeyExtractor for PeerNetwork {
    type Key = IpAddr;

    fn extract<T>(&self, request: &Request<T>) -> Result<IpAddr, GovernorError> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        // Without a connection (an in-process caller) there is one shared key.
        Ok(peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), network))
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address @ IpAddr::V4(_) => address,
    }
}

/// Bounds the POST requests of a router: administration too, which also bounds the guessing of its token.
pub(crate) fn limit(router: Router, settings: &RateLimit) -> Router {
    let period = Duration::from_secs(1) / settings.per_second.max(1);
    let config = GovernorConfigBuilder::default()
        .period(period)
        .burst_size(settings.burst)
        .methods(vec![Method::POST])
        .key_extractor(PeerNetwork)
        .finish();
    let (true, Some(config)) = (settings.enabled, config) else { return router };
    let config = Arc::new(config);
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        let limiter = Arc::downgrade(config.limiter());
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(FORGET_EVERY).await;
                let Some(limiter) = limiter.upgrade() else { break };
                limiter.retain_recent();
                limiter.shrink_to_fit();
            }
        });
    }
    router.layer(GovernorLayer::new(config).error_handler(|error| refused(&error)))
}

fn refused(error: &GovernorError) -> Response<Body> {
    let wait = match error {
        GovernorError::TooManyRequests { wait_time, .. } => u32::try_from(*wait_time).unwrap_or(u32::MAX).max(1),
        _ => 1,
    };
    Problem::new(Code::RateLimited, "too many writes came from this network")
        .with_hint(format!("wait {wait} s and send the request again"))
        .with_retry_after(wait)
        .into_response()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_household_is_one_network() {
        let [one, other, foreign] =
            ["2001:db8::1", "2001:db8::2:3", "2001:db8:0:1::1"].map(|text| network(text.parse().unwrap()));
        assert_eq!(one, other);
        assert_ne!(one, foreign);
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), "192.0.2.1".parse::<IpAddr>().unwrap());
    }
}

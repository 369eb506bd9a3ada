//! Who may administer: whoever holds the token that the first start printed.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use crate::{
    http::{Code, Problem},
    service::Service,
};

/// Proof that the request carries the administrator's token (`Authorization: Bearer …`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admin;

impl FromRequestParts<Service> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        match token {
            None => Err(Problem::new(Code::Unauthorized, "the request carries no administrator's token")
                .with_hint("send the header authorization: Bearer with the token that the first start printed")),
            Some(token) if service.is_admin(token).await? => Ok(Self),
            Some(_) => Err(Problem::new(Code::Unauthorized, "this is not the administrator's token")
                .with_hint("use the token that the first start printed, or have the operator make a new one")),
        }
    }
}

//! The `OpenAPI` document, made from the routes, and the page to browse it, which needs nothing from elsewhere.

use axum::Router;
use utoipa::{
    OpenApi as _,
    openapi::{
        OpenApi,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_swagger_ui::SwaggerUi;

use crate::http::{Code, Problem};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "AIQ",
        description = "Anonymous standing and voting for professionals, accredited by their peers. Errors are \
            application/problem+json with a stable code. Field elements are 0x and 64 lower-case hex digits, big-endian.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(Problem, Code))
)]
struct Document;

/// The document without its paths.
pub(super) fn document() -> OpenApi {
    let mut document = Document::openapi();
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The administrator's token, printed once by the first start"))
        .build();
    document.components.get_or_insert_default().add_security_scheme("admin", SecurityScheme::Http(scheme));
    document
}

/// The `OpenAPI` document of this version.
#[must_use]
pub fn openapi() -> OpenApi {
    described(super::routes().into_openapi())
}

/// The router's mark for a parameter that may contain slashes, `{*name}`, is none of `OpenAPI`'s.
fn described(mut document: OpenApi) -> OpenApi {
    let paths = std::mem::take(&mut document.paths.paths);
    document.paths.paths = paths.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    document
}

/// Adds `/v1/openapi.json` and `/docs`.
pub(crate) fn with_docs(router: Router, document: OpenApi) -> Router {
    router.merge(SwaggerUi::new("/docs").url("/v1/openapi.json", described(document)))
}

//! The `OpenAPI` document, made from the routes, and the page to browse it, which needs nothing from elsewhere.

use axum::Router;
use utoipa::{
    OpenApi as _,
    openapi::{
        Content, OpenApi, Ref, RefOr, Response,
        path::{Operation, PathItem},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_swagger_ui::SwaggerUi;

use crate::http::{Code, PROBLEM_JSON, Problem};

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

/// What holds of every address. The router's mark for a parameter that may contain slashes, `{*name}`, is none of `OpenAPI`'s.
fn described(mut document: OpenApi) -> OpenApi {
    let paths = std::mem::take(&mut document.paths.paths);
    let described = paths.into_iter().map(|(path, mut item)| {
        operations(&mut item).for_each(describe_problems);
        (path.replace("{*", "{"), item)
    });
    document.paths.paths = described.collect();
    document
}

/// The methods that the interface uses.
fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post].into_iter().flatten()
}

/// Every error is a problem, in its own media type, and so is what no operation lists: what can befall any request, such as a body
/// that is too large, a rate limit or a fault.
fn describe_problems(operation: &mut Operation) {
    let problem = || {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        Response::builder().description("Another problem").content(PROBLEM_JSON, content).build()
    };
    let responses = &mut operation.responses.responses;
    for (status, response) in responses.iter_mut() {
        if let (true, RefOr::T(response)) = (status.starts_with(['4', '5']), response) {
            response.content = problem().content;
        }
    }
    responses.insert("default".to_owned(), problem().into());
}

/// Adds `/v1/openapi.json` and `/docs`.
pub(crate) fn with_docs(router: Router, document: OpenApi) -> Router {
    router.merge(SwaggerUi::new("/docs").url("/v1/openapi.json", described(document)))
}

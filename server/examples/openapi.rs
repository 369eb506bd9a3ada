//! Prints the description of the HTTP API: `cargo run -p aiq-server --example openapi > docs/openapi.json`.

fn main() -> Result<(), serde_json::Error> {
    println!("{}", serde_json::to_string_pretty(&aiq_server::openapi())?);
    Ok(())
}

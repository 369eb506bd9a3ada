"""The audit of a bundle, written from docs/protocol.md and docs/bundle.md without a line of the Rust code."""

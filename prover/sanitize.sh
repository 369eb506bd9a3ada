#!/usr/bin/env bash
# The prover's tests under AddressSanitizer: out-of-bounds and dangling memory, leaks, and in the vector engine every gathered
# and scattered point. Miri cannot run the vector instructions, and takes hours for the rest; the portable path is safe Rust
# that the compiler forbids to be anything else.
#
#   prover/sanitize.sh            tests of arithmetic, engines and table files, about a minute besides building
#   prover/sanitize.sh FILTER..   other tests
#
# The sanitizer is an unstable flag of a stable compiler, hence RUSTC_BOOTSTRAP; nothing that is shipped is built so.
set -euo pipefail
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
filters=("$@")
[ ${#filters[@]} -gt 0 ] || filters=(engine:: words:: rows::)
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="-Zsanitizer=address -Cforce-frame-pointers=yes"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/sanitize"
cargo test -p aiq-prover --lib --target "$host" -- "${filters[@]}"

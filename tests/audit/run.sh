#!/usr/bin/env bash
# Holds the audit against its second implementation, in Python, on bundles that are made here and on every kind of damage to them.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/python.sh

"$environment/bin/python" tests/audit/known_answers.py
"$environment/bin/python" tests/audit/sealing_vectors.py verifier/sealing/tests/vectors.json
${CARGO:-cargo} build --locked -p aiq-audit --examples
"$environment/bin/python" tests/audit/agree.py "$target/debug/examples/audit" "$target/debug/examples/sample-bundle" \
  "$target/debug/examples/sample-tallies" "$target/debug/examples/sample-claims"

#!/usr/bin/env bash
# Holds the audit against its second implementation, in Python, on a bundle that is made here and on every kind of damage to it.
# Python's requirements go into an environment of their own under the target directory.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
environment=$target/audit-environment

if ! python3 -c 'import ensurepip' 2>/dev/null; then
  apt-get update -qq && apt-get install -y -qq python3 python3-venv
fi
if ! cmp -s tests/audit/requirements.txt "$environment/requirements.txt"; then
  python3 -m venv --clear "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement tests/audit/requirements.txt
  cp tests/audit/requirements.txt "$environment/requirements.txt"
fi

${CARGO:-cargo} build --locked -p aiq-audit --examples
"$environment/bin/python" tests/audit/agree.py "$target/debug/examples/audit" "$target/debug/examples/sample-bundle" \
  "$target/debug/examples/sample-tallies" "$target/debug/examples/sample-claims"

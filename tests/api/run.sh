#!/usr/bin/env bash
# Asks the service whatever its own OpenAPI document allows, and what it does not allow: schemathesis with all its checks but one,
# against the built command on loopback. Python's requirements go into an environment of their own under the target directory.
#
#   tests/api/run.sh       a few requests to every operation
#   tests/api/run.sh 500   so many
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/python.sh
api=$target/api-environment
if ! cmp -s tests/api/requirements.txt "$api/requirements.txt"; then
  python3 -m venv --clear "$api"
  "$api/bin/pip" install --quiet --disable-pip-version-check --requirement tests/api/requirements.txt
  cp tests/api/requirements.txt "$api/requirements.txt"
fi

${CARGO:-cargo} build --locked -p aiq --bin aiq
# The keys that the tests use, if they were made before; otherwise the service makes them there.
keys=$target/aiq-keys/$(sha256sum keys/manifest.json | cut -c1-16)
mkdir -p "$keys"
# Left out is that whatever the document allows is accepted: no generator makes a proof, a signature or the id of a poll.
"$api/bin/python" tests/api/run.py "$target/debug/aiq" "$keys" "$(realpath "$api/bin/schemathesis")" --checks all \
  --exclude-checks positive_data_acceptance --max-examples "${1:-25}" --seed 20261125 --continue-on-failure --warnings off --no-color

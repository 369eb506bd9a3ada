#!/usr/bin/env bash
# Holds proofs, constraints, witnesses and hashes against programs that share nothing with this project: snarkjs, py_ecc and
# circomlibjs. What they need goes into the target directory, as the lock file has it.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/python.sh
work=$target/verifiers
here=tests/verifiers
mkdir -p "$work"

command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq nodejs npm; }
if ! cmp -s $here/package-lock.json "$work/installed.json"; then
  cp $here/package.json $here/package-lock.json "$work"
  # No package's own scripts: what they would build is a faster hash that is not used here.
  (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --silent)
  cp $here/package-lock.json "$work/installed.json"
fi
# Modules are looked for beside the file that imports them.
cp $here/*.mjs "$work"

${CARGO:-cargo} build --locked -p aiq-benches --bin samples
"$target/debug/samples" "$work/samples"
"$environment/bin/python" $here/proofs.py "$work/samples" "$work"
node "$work/witnesses.mjs" "$work/samples"
"$environment/bin/python" $here/permutations.py > "$work/permutations.json"
node "$work/hashes.mjs" "$work/samples/hashes.json" "$work/permutations.json" circuits/tests/vectors/vectors.json

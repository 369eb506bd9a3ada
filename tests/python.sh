# To be sourced from the root of the repository: makes Python's environment under the target directory, with the requirements
# of tests/audit/requirements.txt, and sets `target` and `environment`.
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

#!/usr/bin/env bash
# Runs the targets under libFuzzer on the pinned stable compiler: coverage comes from flags that are stable, and a sanitizer would
# look for what safe Rust does not do (prover/sanitize.sh looks at the module that is not safe).
#
#   fuzz/run.sh                10 seconds for each target, but for those of the member's side, which take long to build
#   fuzz/run.sh 3600           an hour for each of all targets
#   fuzz/run.sh 3600 entry ..  these targets
#
# What is new goes to target/fuzz/corpus. What breaks a property is left in target/fuzz/found and ends the run: copy it into
# fuzz/corpus/TARGET, where `cargo test` tries it ever after. With cargo-fuzz: cargo fuzz run --fuzz-dir fuzz/libfuzzer -s none TARGET
set -euo pipefail
cd "$(dirname "$0")"
work=$(realpath -m "${CARGO_TARGET_DIR:-../target}")/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')
features=()
[ $# -gt 0 ] || features=(--no-default-features)
seconds=${1:-10}
shift || true

RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
RUSTFLAGS+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
RUSTFLAGS+=" -Cllvm-args=-sanitizer-coverage-trace-compares"
export RUSTFLAGS
${CARGO:-cargo} build --release --manifest-path libfuzzer/Cargo.toml --target "$host" --target-dir "$work" \
  "${features[@]}" --bins

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  mapfile -t targets < <(basename -s .rs libfuzzer/targets/*.rs | { [ ${#features[@]} -eq 0 ] && cat || grep -vx 'tiles\|wallet'; })
fi
for target in "${targets[@]}"; do
  printf '\n%s, %s s\n' "$target" "$seconds"
  mkdir -p "$work/corpus/$target" "$work/found/$target"
  "$work/$host/release/$target" -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=4096 -timeout=20 -verbosity=0 \
    -print_final_stats=1 -artifact_prefix="$work/found/$target/" "$work/corpus/$target" "corpus/$target"
done

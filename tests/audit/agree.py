"""Holds the two implementations of the audit against each other: the same verdict, place and code on good bundles and on every kind
of damage.

    python agree.py RUST-AUDIT SAMPLE-BUNDLE

Both are examples of the crate `aiq-audit`."""

import io
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from audit import report
from corruptions import damaged, other_logs, other_polls
from independent.fault import CODES
from independent.note import witness

SEED = 20261125


def verdict(report_):
    fault = report_["fault"]
    return (report_["ok"], fault and fault["index"], fault and fault["code"])


def by_rust(program, key, directory, cases):
    """The verdicts of the other implementation on all of them."""
    files = []
    for number, (_, data) in enumerate(cases):
        files.append(directory / f"{number}.jsonl")
        files[-1].write_bytes(data)
    run = subprocess.run([program, *files, "--witness", key, "--required", "1"], capture_output=True, text=True, check=False)
    reports = [json.loads(line) for line in run.stdout.splitlines()]
    if len(reports) != len(cases):
        sys.exit(f"{program} gave {len(reports)} reports for {len(cases)} bundles: {run.stderr}")
    return [verdict(one) for one in reports]


def main(program, sample):
    began, rng = time.monotonic(), random.Random(SEED)
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        good = directory / "everything", directory / "poll"
        key = subprocess.run([sample, *good], capture_output=True, text=True, check=True).stdout.strip()
        everything, poll = (file.read_bytes() for file in good)
        cases = [("good", everything), ("good", poll)]
        must_fail = [*damaged(everything, rng, 300), *damaged(poll, rng, 200)]
        may_hold = [*other_logs(everything, rng, 4), *other_polls(everything, poll, rng, 4)]
        cases += must_fail + may_hold
        theirs = by_rust(program, key, directory, cases)
    ours = [verdict(report(io.BytesIO(data), [witness(key)], 1)) for _, data in cases]
    wrong = [
        f"{what}: here {here}, there {there}"
        for (what, _), here, there in zip(cases, ours, theirs, strict=True)
        if here != there
    ]
    wrong += [f"{what}: refused, {found}" for (what, _), found in zip(cases[:2], ours) if not found[0]]
    wrong += [f"{what}: not found" for (what, _), found in zip(must_fail, ours[2:]) if found[0]]
    codes = sorted({code for _, _, code in ours if code})
    never = set(CODES) - {code for _, _, code in ours}
    wrong += [f"no bundle has the fault {code}" for code in sorted(never)]
    print(f"{len(cases)} bundles, {len(codes)} codes of faults, {time.monotonic() - began:.0f} s: {', '.join(codes)}")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

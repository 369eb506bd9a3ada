"""Holds the two implementations of the audit against each other: the same verdict, place and code on good bundles and on every kind
of damage, and the same tally of random ballots in polls of every type.

    python agree.py RUST-AUDIT SAMPLE-BUNDLE SAMPLE-TALLIES

They are examples of the crate `aiq-audit`."""

import io
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import claims_agree
from audit import report
from corruptions import damaged, other_logs, other_polls, parts
from independent import definitions, entries, p256, polls, sealed
from independent.canonical import Decoder, counted, from_hex
from independent.fault import CODES
from independent.note import witness

SEED, TALLIES, CORES = 20261125, 1500, 2
SAMPLES = ("everything", "poll", "reviewed", "dispute", "claim", "sealed", "trusted", "governed", "proposal")
"""Of logs with polls, with claims, with sealed polls and with what members decide: everything, and what belongs to one poll or claim."""


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


def by_python(key, data):
    return verdict(report(io.BytesIO(data), [witness(key)], 1))


def by_type(seen):
    return {kind: sum(seen[kind, outcome] for outcome in range(5)) for kind, _ in seen}


def opened(poll, scope, bodies, case):
    """The tally of a sealed poll, and whether key and reasons are what they are there."""
    secret = p256.interpolate({index: int(share, 16) for index, share in case["shares"]})
    agrees = p256.compressed(p256.multiply(p256.G, secret)) == poll.sealing.key
    agrees &= all(sealed.reason(secret, poll, scope, from_hex(data)) == text for data, text in case["reasons"])
    if len(bodies) < poll.sealing.floor:
        return polls.below_floor(poll, case["joined"], len(bodies)), agrees
    voters = [(int(nullifier, 16), seq) for nullifier, seq in case["voters"]]
    choices = [sealed.body(secret, poll, scope, *voter, body) for voter, body in zip(voters, bodies, strict=True)]
    return polls.count(poll, scope, choices, case["joined"]), agrees


def tallies(program):
    """What the counts disagree on, and how many of each outcome they agree on."""
    wrong, seen = [], Counter()
    run = subprocess.run([program, str(TALLIES)], capture_output=True, text=True, check=True)
    for line in run.stdout.splitlines():
        case = json.loads(line)
        poll = definitions.poll(Decoder(counted(from_hex(case["definition"]))))
        # The signature is not looked at here.
        theirs = entries.tally(Decoder(counted(from_hex(case["tally"])) + bytes(64)))
        scope = int(case["scope"], 16)
        bodies = [from_hex(body) for body in case["bodies"]]
        if poll.sealing:
            ours, agrees = opened(poll, scope, bodies, case)
            wrong += [] if agrees else [f"the key or the reasons of {case}"]
        else:
            ours = polls.count(poll, scope, bodies, case["joined"])
        if (theirs.scope, theirs.counts) != (scope, ours):
            wrong.append(f"{poll.rule} {case['bodies']}: here {ours}, there {theirs.counts}")
        seen[poll.rule[0], ours[-1][0]] += 1
        seen["sealed", ours[-1][0]] += poll.sealing is not None
    return wrong, seen


def main(program, sample, sample_tallies, sample_claims):
    began, rng = time.monotonic(), random.Random(SEED)
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        good = [directory / name for name in SAMPLES]
        key = subprocess.run([sample, *good], capture_output=True, text=True, check=True).stdout.strip()
        everything, poll, reviewed, dispute, claim, *others = bundles = [file.read_bytes() for file in good]
        cases = [("good", bundle) for bundle in bundles]
        must_fail = [case for bundle in bundles for case in damaged(bundle, rng, 100)]
        may_hold = list(parts(claim))
        for whole, part in ((everything, poll), (reviewed, dispute), others[:2], others[2:]):
            may_hold += [*other_logs(whole, rng, 1), *other_polls(whole, part, rng, 3)]
        cases += must_fail + may_hold
        theirs = by_rust(program, key, directory, cases)
    with ProcessPoolExecutor(CORES) as pool:
        ours = list(pool.map(partial(by_python, key), (data for _, data in cases), chunksize=100))
    wrong = [
        f"{what}: here {here}, there {there}"
        for (what, _), here, there in zip(cases, ours, theirs, strict=True)
        if here != there
    ]
    wrong += [f"{what}: refused, {found}" for (what, _), found in zip(cases[: len(bundles)], ours) if not found[0]]
    wrong += [f"{what}: not found" for (what, _), found in zip(must_fail, ours[len(bundles) :]) if found[0]]
    codes = sorted({code for _, _, code in ours if code})
    never = set(CODES) - {code for _, _, code in ours}
    wrong += [f"no bundle has the fault {code}" for code in sorted(never)]
    print(f"{len(cases)} bundles, {len(codes)} codes of faults, {time.monotonic() - began:.0f} s: {', '.join(codes)}")
    disagree, seen = tallies(sample_tallies)
    wrong += disagree
    print(f"{TALLIES} tallies: {', '.join(f'{kind} {count}' for kind, count in sorted(by_type(seen).items()))}")
    # Every type with every outcome: the winner, no quorum, no support, below the threshold, below the floor.
    wrong += [f"no {kind} with outcome {outcome}" for kind in by_type(seen) for outcome in range(5) if not seen[kind, outcome]]
    disagree, seen = claims_agree.disagreements(sample_claims, rng)
    wrong += disagree
    print(f"{claims_agree.CASES} claims: {', '.join(f'{what} {count}' for what, count in sorted(seen.items()))}")
    wrong += [f"no case with {what}" for what in claims_agree.ALL - set(seen)]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])

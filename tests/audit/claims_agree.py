"""What standards, evidence, reviews and disputes come to, here and in the other implementation."""

import json
import subprocess
from collections import Counter
from types import SimpleNamespace as Record

from independent import evidence, standards
from independent.canonical import Decoder, counted, from_hex
from independent.claims import Claims
from independent.definitions import poll
from independent.entries import claim_record
from independent.fault import Malformed
from independent.parts import scope_of

CASES = 1500
VERDICTS, OUTCOMES = ("accept", "reject", "abstain"), ("accepted", "rejected", "expired")
ALL = {"governed", "not governed", "standard", "no standard", "no evidence", *evidence.FORMS, *OUTCOMES}
"""What has to come up among the cases."""


def or_none(read, *arguments):
    """What is read, or None if the bytes or the text are nothing of the kind."""
    try:
        return read(*arguments)
    except Malformed:
        return None


def judged(case):
    """The works of a claim, its scope, the ruling and what it grants."""
    claim = claim_record(from_hex(case["claim"]))
    standard, at = standards.standard(from_hex(case["standard"])), case["at"]
    scope = scope_of(b"\x09" * 32, "review", claim.canonical)
    reviews = [(int(one, 16), int(tag, 16), VERDICTS.index(verdict)) for one, tag, verdict in case["reviews"]]
    *counts, outcome = standards.ruling(standard, [verdict for _, _, verdict in reviews])
    grants = [standards.credential(standard, claim, at)] if outcome == standards.ACCEPTED else []
    if outcome != standards.EXPIRED:
        grants += standards.rewards(standard, scope, claim.domain, reviews, at)
    return {
        "works": sorted({f"0x{work.hex()}" for item in claim.works for work in item}),
        "scope": f"0x{scope:064x}",
        "ruling": dict(zip(("accept", "reject", "abstain", "outcome"), (*counts, OUTCOMES[outcome]))),
        "grants": [[f"0x{value:064x}" for value in leaf] for leaf in grants],
    }


def dispute_wrong(case, standard, at, rng):
    """Whether the poll of a dispute is not taken for one, or one with a byte changed is."""
    asked = Record(statement="standing-3", menu=standard.reviewers, packed=5 << 44 | 1 << 36 | at << 76)
    log = Record(
        sealed_at=at, latest=7, roots=lambda _: (7, 1, 2), as_of=Claims.as_of, listed=lambda _: b"\x03" * 32
    )
    claim = Record(id=from_hex(case["claim"]), standard=standard, eligibility=asked)
    data = from_hex(case["poll"])

    def follows(data):
        return Claims.follows(log, poll(Decoder(counted(data))), claim, at)

    id_ = range(4 + len("AIQ/v1/poll"), 4 + len("AIQ/v1/poll") + 16)
    places = rng.sample([place for place in range(len(data)) if place not in id_], 20)
    changed = (data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :] for place in places)
    return not follows(data) or any(or_none(follows, other) for other in changed)


def disagreements(program, rng):
    """What the two implementations disagree on, and how many of each kind they agree on."""
    wrong, seen = [], Counter()
    run = subprocess.run([program, str(CASES)], capture_output=True, text=True, check=True)
    for line in run.stdout.splitlines():
        case = json.loads(line)
        known = [standards.standard(from_hex(data)) for data in case["standards"]]
        governing = standards.governing(known, from_hex(case["domain"]))
        if (governing and f"0x{governing.id.hex()}") != case["governing"]:
            wrong.append(f"{case['domain']} is governed by {case['governing']} of {case['standards']}")
        seen["governed" if governing else "not governed"] += 1
        holds = or_none(standards.standard, from_hex(case["damaged"]["bytes"])) is not None
        if holds != case["damaged"]["holds"]:
            wrong.append(f"the standard {case['damaged']}")
        seen["standard" if holds else "no standard"] += 1
        for item in case["evidence"]:
            works = or_none(evidence.works, item["text"])
            if (works and [f"0x{work.hex()}" for work in works]) != item["works"]:
                wrong.append(f"the works of {item}")
            seen[item["text"].split(":")[0] if works else "no evidence"] += 1
        ours, theirs = judged(case["judged"]), case["judged"]
        wrong += [f"{name}: here {ours[name]}, there {theirs[name]}" for name in ours if ours[name] != theirs[name]]
        seen[ours["ruling"]["outcome"]] += 1
        if dispute_wrong(case["dispute"], standards.standard(from_hex(theirs["standard"])), theirs["at"], rng):
            wrong.append(f"the dispute {case['dispute']}")
    return wrong, seen

"""Asks snarkjs and py_ecc about the same proofs, good and bad: both have to say what is true of each.

    python proofs.py SAMPLES WORK

SAMPLES is what the program `samples` of aiq-benches wrote, WORK has snarkjs in it."""

import json
import multiprocessing
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/audit"))

from py_ecc.optimized_bn128 import FQ, FQ2, b, b2, curve_order, is_inf, is_on_curve, multiply, normalize

from cases import all_cases, load
from independent import groth16
from independent.canonical import R
from independent.fault import Malformed


def coordinate(text):
    value = int(text)
    if not 0 <= value < groth16.P:
        raise Malformed("a coordinate is not reduced")
    return value


def g1(point):
    x, y, z = map(coordinate, point)
    return checked((FQ(x), FQ(y), FQ(z)), b)


def g2(point):
    point = checked(tuple(FQ2([coordinate(part) for part in pair]) for pair in point), b2)
    if not is_inf(multiply(point, curve_order)):
        raise Malformed("outside the subgroup")
    return point


def checked(point, coefficient):
    if is_inf(point) or not is_on_curve(point, coefficient):
        raise Malformed("no point that a proof has")
    return point


def verifying_key(json_key):
    in_g2 = (g2(json_key[name]) for name in ("vk_beta_2", "vk_gamma_2", "vk_delta_2"))
    return groth16.VerifyingKey(g1(json_key["vk_alpha_1"]), *in_g2, [g1(point) for point in json_key["IC"]])


def is_pinned(name, key):
    """Whether the key has the points of the file that is committed for the statement."""
    pinned = groth16.VerifyingKey.from_bytes((ROOT / f"keys/public-seed/{name}.vk").read_bytes())
    points = lambda key: [normalize(point) for point in (key.alpha, key.beta, key.gamma, key.delta, *key.ic)]
    return points(pinned) == points(key)


def by_py_ecc(keys, case):
    """Whether the case holds, as py_ecc sees it."""
    try:
        inputs = [int(value) for value in case["public"]]
        if not all(0 <= value < R for value in inputs):
            raise Malformed("an input is not reduced")
        points = g1(case["proof"]["pi_a"]), g2(case["proof"]["pi_b"]), g1(case["proof"]["pi_c"])
    except Malformed:
        return False
    return keys[case["key"]].verify(inputs, points)


def by_snarkjs(work, cases, statements):
    """Whether each case holds, as snarkjs sees it."""
    file = work / "cases.json"
    file.write_text(json.dumps({"keys": {name: key for name, (key, _) in statements.items()}, "cases": cases}))
    run = subprocess.run(["node", work / "proofs.mjs", file], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(run.stderr)
    return json.loads(run.stdout)


def main(samples, work):
    began = time.monotonic()
    statements = load(samples)
    keys = {name: verifying_key(key) for name, (key, _) in statements.items()}
    wrong = [f"the verifying key of {name} is not the pinned one" for name, key in keys.items() if not is_pinned(name, key)]
    cases = list(all_cases(statements))
    with multiprocessing.Pool() as pool:
        # In large chunks, because neighbours share points and each process keeps what it computed of them.
        ours = pool.starmap_async(by_py_ecc, [(keys, case) for case in cases], chunksize=40)
        theirs = by_snarkjs(work, cases, statements)
        verdicts = {"py_ecc": ours.get(), "snarkjs": theirs}
    for verifier, answers in verdicts.items():
        for case, answer in zip(cases, answers, strict=True):
            if answer != case["holds"]:
                wrong.append(f"{verifier} {'accepts' if answer else 'refuses'} {case['what']}")
    if wrong:
        sys.exit("\n".join(wrong))
    good = sum(case["holds"] for case in cases)
    print(
        f"proofs of {', '.join(statements)}: snarkjs and py_ecc accept {good} good ones and refuse {len(cases) - good} others, "
        f"{time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*map(pathlib.Path, sys.argv[1:]))

"""Good proofs, and everything that must not be taken for one, in snarkjs' formats."""

import itertools
import json

from independent.canonical import R
from independent.groth16 import P

OTHER_PROOFS = {"2": "a proof of the same", "3": "a proof of another message"}


def load(directory):
    """{statement: (verifying key, {number: (proof, public inputs)})}"""
    read = lambda path: json.loads(path.read_text())
    statements = {}
    for place in sorted(path.parent for path in directory.glob("*/vk.json")):
        proofs = {one.name: (read(one / "proof.json"), read(one / "public.json")) for one in sorted(place.glob("[0-9]"))}
        statements[place.name] = read(place / "vk.json"), proofs
    return statements


def negated(point):
    """-P: with the other y, which in G2 has two parts."""
    x, y, z = point
    minus = lambda value: str(-int(value) % P)
    return [x, [minus(part) for part in y] if isinstance(y, list) else minus(y), z]


def off_the_curve(point):
    x, y, z = point
    plus_one = lambda value: str((int(value) + 1) % P)
    return [x, [plus_one(y[0]), y[1]] if isinstance(y, list) else plus_one(y), z]


def identity(point):
    return [["0", "0"], ["1", "0"], ["0", "0"]] if isinstance(point[0], list) else ["0", "1", "0"]


def changed_inputs(inputs):
    """(what, inputs) that the proof is not about."""
    change = lambda at, value: [*inputs[:at], str(value), *inputs[at + 1 :]]
    for at, value in enumerate(map(int, inputs)):
        yield f"input {at} one more", change(at, (value + 1) % R)
        yield f"input {at} one less", change(at, (value - 1) % R)
        yield f"input {at} plus the order of the field", change(at, value + R)
    for one, other in itertools.combinations(range(len(inputs)), 2):
        if inputs[one] != inputs[other]:
            swapped = list(inputs)
            swapped[one], swapped[other] = inputs[other], inputs[one]
            yield f"inputs {one} and {other} swapped", swapped
    yield "the last input dropped", inputs[:-1]
    yield "an input too many", [*inputs, "0"]


def changed_proofs(proof, others):
    """(what, proof) that proves nothing."""
    for name in ("pi_a", "pi_b", "pi_c"):
        for how in (negated, off_the_curve, identity):
            yield f"{name} {how.__name__.replace('_', ' ')}", {**proof, name: how(proof[name])}
        for number, other in others.items():
            yield f"{name} of {OTHER_PROOFS[number]}", {**proof, name: other[name]}
    yield "pi_a and pi_c swapped", {**proof, "pi_a": proof["pi_c"], "pi_c": proof["pi_a"]}


def fitted(inputs, count):
    return [*inputs, *["0"] * count][:count]


def of_statement(name, statements):
    """(what, statement of the key, proof, public inputs, whether it holds)"""
    _, proofs = statements[name]
    for number, (proof, inputs) in proofs.items():
        yield f"proof {number}", name, proof, inputs, True
    proof, inputs = proofs["1"]
    # Proofs are malleable (§5.3): nothing may rest on their bytes, and every verifier has to say the same of them.
    both = {**proof, "pi_a": negated(proof["pi_a"]), "pi_b": negated(proof["pi_b"])}
    yield "pi_a and pi_b negated", name, both, inputs, True
    for what, other in changed_inputs(inputs):
        yield what, name, proof, other, False
    for what, other in changed_proofs(proof, {number: proofs[number][0] for number in OTHER_PROOFS}):
        yield what, name, other, inputs, False
    yield "the inputs of another message", name, proof, proofs["3"][1], False
    for key, (verifying_key, _) in statements.items():
        if key != name:
            yield f"under the key of {key}", key, proof, fitted(inputs, verifying_key["nPublic"]), False


def all_cases(statements):
    """Every case of every statement, as JSON has it."""
    keys = ("what", "key", "proof", "public", "holds")
    for name in statements:
        for what, *rest in of_statement(name, statements):
            yield dict(zip(keys, (f"{name}, {what}", *rest), strict=True))

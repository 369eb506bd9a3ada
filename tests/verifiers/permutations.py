"""Prints, as JSON, what the implementation that made the known answers says of Poseidon without a name, the capacity lane 0, for
all widths that it has: {"inputs", "outputs"}, outputs being all lanes."""

import json
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "audit"))

from independent.canonical import KNOWN_ANSWERS, R

SEED, RANDOM_INPUTS = 20261125, 20


def inputs(width, rng):
    edges = [0, 1, R - 1, R - 2, (R + 1) // 2, 1 << 253]
    yield from ([edge] * (width - 1) for edge in edges)
    yield list(range(1, width))
    for _ in range(RANDOM_INPUTS):
        yield [rng.randrange(R) for _ in range(width - 1)]


def main():
    rng, cases = random.Random(SEED), []
    for width in KNOWN_ANSWERS.PARTIAL_ROUNDS:
        for values in inputs(width, rng):
            outputs = KNOWN_ANSWERS.permute([0, *values])
            cases.append({"inputs": [str(value) for value in values], "outputs": [str(value) for value in outputs]})
    print(json.dumps(cases))


if __name__ == "__main__":
    main()

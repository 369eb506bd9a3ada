"""Known answers for AIQ's hashes (§1-§4), computed without a line of the Rust code: Poseidon's constants from the Grain
LFSR of its paper, HKDF and SHA-256 from Python's library. Prints vectors.json; `--check` compares with the committed file."""

import hashlib
import hmac
import json
import pathlib
import sys

R = 21888242871839275222246405745257275088548364400416034343698204186575808495617
PARTIAL_ROUNDS = {2: 56, 3: 57, 4: 56, 5: 60, 6: 60, 7: 63, 8: 64, 9: 63}
FULL_ROUNDS = 8


def grain(t):
    """Bits of the self-shrinking Grain LFSR for a prime field, x^5, 254 bits, t lanes (Poseidon paper, appendix E)."""
    fields = [(1, 2), (0, 4), (254, 12), (t, 12), (FULL_ROUNDS, 10), (PARTIAL_ROUNDS[t], 10), ((1 << 30) - 1, 30)]
    state = [int(bit) for value, width in fields for bit in format(value, f"0{width}b")]

    def step():
        bit = state[62] ^ state[51] ^ state[38] ^ state[23] ^ state[13] ^ state[0]
        state.append(bit)
        state.pop(0)
        return bit

    for _ in range(160):
        step()
    while True:
        if step():
            yield step()
        else:
            step()


def constants(t):
    bits = grain(t)

    def number():
        return int("".join(str(next(bits)) for _ in range(254)), 2)

    ark = []
    while len(ark) < t * (FULL_ROUNDS + PARTIAL_ROUNDS[t]):
        value = number()
        if value < R:
            ark.append(value)
    points = [number() % R for _ in range(2 * t)]
    assert len(set(points)) == 2 * t
    mds = [[pow(x + y, -1, R) for y in points[t:]] for x in points[:t]]
    return ark, mds


TABLE = {}


def permute(state):
    t = len(state)
    if t not in TABLE:
        TABLE[t] = constants(t)
    ark, mds = TABLE[t]
    half = FULL_ROUNDS // 2
    for round_ in range(FULL_ROUNDS + PARTIAL_ROUNDS[t]):
        state = [(x + c) % R for x, c in zip(state, ark[round_ * t :])]
        partial = half <= round_ < half + PARTIAL_ROUNDS[t]
        state = [x if partial and lane else pow(x, 5, R) for lane, x in enumerate(state)]
        state = [sum(m * x for m, x in zip(row, state)) % R for row in mds]
    return state


def field_hash(*parts):
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big") >> 8


def h(name, *inputs):
    tag = field_hash(b"AIQ/v1/hash/", name.encode(), b"/", str(len(inputs)).encode())
    return permute([tag, *inputs])[0]


def hkdf_sha512(ikm, salt, info, length):
    key = hmac.digest(salt, ikm, "sha512")
    block, out, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([counter]), "sha512")
        out, counter = out + block, counter + 1
    return out[:length]


def derive(seed, label, info):
    return int.from_bytes(hkdf_sha512(seed, label, info, 64), "big") % R


def tree_root(name, leaves):
    empty = field_hash(b"AIQ/v1/empty")
    nodes = list(leaves)
    for _ in range(7):
        nodes = [h(name, *(nodes[i : i + 8] + [empty] * (8 - len(nodes[i : i + 8])))) for i in range(0, len(nodes), 8)]
        empty = h(name, *[empty] * 8)
    return nodes[0]


def fr(value):
    return f"0x{value:064x}"


def vectors():
    assert permute([0, 1, 2])[0] == 7853200120776062878684798364095072458815029376092732009249414926327459813530, "circomlib"
    seed, deployment = bytes(range(32)), bytes([0xA1]) * 32
    secret = derive(seed, b"AIQ/v1/identity", deployment)
    randomness = derive(seed, b"AIQ/v1/tag", deployment + (5).to_bytes(8, "big"))
    definition = b"a poll"
    scope = field_hash(b"AIQ/v1/scope", deployment, b"\x04poll", hashlib.sha256(definition).digest())
    domain, kind, weight, expires_at, issued_at = 0x01070200, 2, 5, 1900000000, 1800000000
    attributes = domain | kind << 32 | weight << 40 | expires_at << 56 | issued_at << 88
    identifier = field_hash(b"AIQ/v1/credential", hashlib.sha256(b"a claim").digest())
    tag = h("tag", secret, randomness)
    nullifier = h("nullifier", secret, scope)
    note = field_hash(b"AIQ/v1/note", scope.to_bytes(32, "big"), nullifier.to_bytes(32, "big"))
    spends = [h("spend", secret, note + i) for i in range(6)]
    arities = {"identity": 1, "tag": 2, "nullifier": 2, "spend": 2, "credential": 3, "member_node": 8, "credential_node": 8}
    return {
        "hashes": {name: fr(h(name, *range(1, n + 1))) for name, n in arities.items()},
        "commitment": fr(h("identity", secret)),
        "tag_5": fr(tag),
        "scope": fr(scope),
        "nullifier": fr(nullifier),
        "note_id": fr(note),
        "spend_of_the_note": fr(spends[0]),
        "balance_id": fr(field_hash(b"AIQ/v1/balance", *(spend.to_bytes(32, "big") for spend in spends))),
        "credential_leaf": fr(h("credential", tag, attributes, identifier)),
        "members_root_of_1_to_20": fr(tree_root("member_node", range(1, 21))),
        "credentials_root_of_1_to_20": fr(tree_root("credential_node", range(1, 21))),
    }


if __name__ == "__main__":
    text = json.dumps(vectors(), indent=2) + "\n"
    if "--check" in sys.argv:
        committed = pathlib.Path(__file__).with_name("vectors.json").read_text()
        sys.exit(0 if committed == text else "vectors.json differs from what this program computes")
    print(text, end="")

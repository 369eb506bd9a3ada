"""The curve P-256 (SEC 2, `secp256r1`), and what FROST(P-256, SHA-256) hashes to its scalars (RFC 9591, RFC 9380).

A point is a pair (x, y), the identity is None. Nothing here is secret: an audit sees only what is public by then."""

import functools

from .canonical import sha256
from .fault import Malformed

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Order of the group."""
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
IDENTITY = (1, 1, 0)
"""In Jacobian coordinates (X, Y, Z): x = X/Z², y = Y/Z³."""


def is_on_curve(x, y):
    return (y * y - x * x * x + 3 * x - B) % P == 0


@functools.lru_cache(maxsize=None)
def point(data):
    """A point from 33 bytes: 02 if y is even or 03, and x, big-endian. The identity has no such bytes."""
    x = int.from_bytes(data[1:], "big")
    if len(data) != 33 or data[0] not in (2, 3) or x >= P:
        raise Malformed("not a compressed point")
    # p is 3 mod 4.
    y = pow(x * x * x - 3 * x + B, (P + 1) // 4, P)
    if not is_on_curve(x, y):
        raise Malformed("no point has this x")
    return x, (y if y & 1 == data[0] & 1 else P - y)


def point_uncompressed(data):
    """A point from 65 bytes: 04, x, y."""
    x, y = int.from_bytes(data[1:33], "big"), int.from_bytes(data[33:], "big")
    if len(data) != 65 or data[0] != 4 or x >= P or y >= P or not is_on_curve(x, y):
        raise Malformed("not an uncompressed point")
    return x, y


def compressed(at):
    x, y = at
    return bytes([2 + (y & 1)]) + x.to_bytes(32, "big")


def uncompressed(at):
    x, y = at
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def scalar(data):
    """A number below the group's order, big-endian; 0 is one."""
    value = int.from_bytes(data, "big")
    if len(data) != 32 or value >= N:
        raise Malformed("not a reduced scalar")
    return value


def _double(a):
    x, y, z = a
    if z == 0 or y == 0:
        return IDENTITY
    squared, z_squared = y * y % P, z * z % P
    s = 4 * x * squared % P
    m = 3 * (x - z_squared) * (x + z_squared) % P
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * squared * squared) % P, 2 * y * z % P


def _add(a, b):
    if a[2] == 0:
        return b
    if b[2] == 0:
        return a
    (x1, y1, z1), (x2, y2, z2) = a, b
    z1_squared, z2_squared = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * z2_squared % P, x2 * z1_squared % P
    s1, s2 = y1 * z2 * z2_squared % P, y2 * z1 * z1_squared % P
    h, r = (u2 - u1) % P, (s2 - s1) % P
    if h == 0:
        return _double(a) if r == 0 else IDENTITY
    h_squared = h * h % P
    h_cubed, v = h * h_squared % P, u1 * h_squared % P
    x3 = (r * r - h_cubed - 2 * v) % P
    return x3, (r * (v - x3) - s1 * h_cubed) % P, h * z1 * z2 % P


def _jacobian(at):
    return IDENTITY if at is None else (*at, 1)


def _affine(a):
    x, y, z = a
    if z == 0:
        return None
    inverse = pow(z, -1, P)
    squared = inverse * inverse % P
    return x * squared % P, y * squared * inverse % P


def add(*points):
    """The sum of any number of points."""
    return _affine(functools.reduce(_add, map(_jacobian, points), IDENTITY))


def negative(at):
    return at and (at[0], -at[1] % P)


@functools.lru_cache(maxsize=None)
def multiply(at, number):
    """A multiple of a point, by four bits at a time; kept, because the runner audits many bundles with the same points."""
    multiples = [IDENTITY]
    for _ in range(15):
        multiples.append(_add(multiples[-1], _jacobian(at)))
    result = IDENTITY
    for digit in f"{number % N:x}":
        for _ in range(4):
            result = _double(result)
        result = _add(result, multiples[int(digit, 16)])
    return _affine(result)


def evaluate(commitments, at):
    """Σ at^k · commitments[k]: what a polynomial in the exponent is at a small number (Feldman)."""
    result = None
    for commitment in reversed(commitments):
        result = add(multiply(result, at) if result else None, commitment)
    return result


def lagrange_at_zero(indices):
    """{index: coefficient}: with these, values of a polynomial at the indices give its value at 0."""
    found = {}
    for index in indices:
        above = below = 1
        for other in indices:
            if other != index:
                above, below = above * other % N, below * (other - index) % N
        found[index] = above * pow(below, -1, N) % N
    return found


def interpolate(shares):
    """The value at 0 of the polynomial that has these values: {index: value}."""
    return sum(shares[index] * factor for index, factor in lagrange_at_zero(list(shares)).items()) % N


def expand(message, tag, count):
    """`expand_message_xmd` with SHA-256 (RFC 9380, section 5.3.1)."""
    tag += bytes([len(tag)])
    first = sha256(bytes(64), message, count.to_bytes(2, "big"), b"\x00", tag)
    blocks = [sha256(first, b"\x01", tag)]
    while 32 * len(blocks) < count:
        mixed = bytes(a ^ b for a, b in zip(first, blocks[-1]))
        blocks.append(sha256(mixed, bytes([len(blocks) + 1]), tag))
    return b"".join(blocks)[:count]


def hash_to_scalar(message, use):
    """The hashes of RFC 9591, section 6.4: `hash_to_field` with 48 bytes for a scalar."""
    return int.from_bytes(expand(message, b"FROST-P256-SHA256-v1" + use, 48), "big") % N


def proves_knowledge(index, commitment, proof):
    """Whether a proof (65 bytes: R compressed, z) shows that a dealer knows the secret behind its first commitment (33 bytes).

    It is a Schnorr signature whose challenge names the dealer: HDKG(index as a scalar ‖ commitment ‖ R)."""
    challenge = hash_to_scalar(index.to_bytes(32, "big") + commitment + proof[:33], b"dkg")
    try:
        r, z = point(proof[:33]), scalar(proof[33:])
        return r == add(multiply(G, z), negative(multiply(point(commitment), challenge)))
    except Malformed:
        return False

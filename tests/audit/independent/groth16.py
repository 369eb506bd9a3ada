"""Points, verifying keys and proofs (§1, §9), on py_ecc's pairing."""

import functools

from py_ecc.optimized_bn128 import (
    FQ,
    FQ2,
    FQ12,
    add,
    b2,
    curve_order,
    field_modulus,
    final_exponentiate,
    is_inf,
    multiply,
    neg,
    pairing,
)

from .fault import Malformed

P = field_modulus
INFINITY, NEGATIVE = 0x40, 0x80
"""Flags in the last byte of a compressed point."""


def square_root(value):
    """A square root mod p, p being 3 mod 4."""
    root = pow(value, (P + 1) // 4, P)
    if root * root % P != value % P:
        raise Malformed("no point has this x")
    return root


def square_root_2(a0, a1):
    """A square root of a0 + a1·i."""
    half = pow(2, -1, P)
    norm = square_root(a0 * a0 + a1 * a1)
    for root_of_norm in (norm, -norm):
        square = (a0 + root_of_norm) * half % P
        try:
            real = square_root(square)
        except Malformed:
            continue
        imaginary = a1 * half * pow(real, -1, P) % P if real else square_root(-a0)
        if (real * real - imaginary * imaginary - a0) % P == 0 and (2 * real * imaginary - a1) % P == 0:
            return real, imaginary
    raise Malformed("no point has this x")


def split_flags(data):
    """The last byte's flags and the bytes without them. The identity is nowhere allowed."""
    flags = data[-1] & (NEGATIVE | INFINITY)
    if flags & INFINITY:
        raise Malformed("the identity")
    return flags == NEGATIVE, data[:-1] + bytes([data[-1] & 0x3F])


def coordinate(data):
    value = int.from_bytes(data, "little")
    if value >= P:
        raise Malformed("a coordinate is not reduced")
    return value


@functools.lru_cache(maxsize=None)
def g1(data):
    """32 bytes: x little-endian; the flag says whether y is the larger of the two."""
    negative, data = split_flags(data)
    x = coordinate(data)
    y = square_root(x * x * x + 3)
    if (y > P - y) != negative:
        y = P - y
    return FQ(x), FQ(y), FQ(1)


@functools.lru_cache(maxsize=None)
def g2(data):
    """64 bytes: both parts of x; of y the imaginary part is compared first. The curve has points outside the subgroup."""
    negative, data = split_flags(data)
    x = FQ2([coordinate(data[:32]), coordinate(data[32:])])
    square = x * x * x + b2
    y = square_root_2(int(square.coeffs[0]), int(square.coeffs[1]))
    other = (-y[0] % P, -y[1] % P)
    if ((y[1], y[0]) > (other[1], other[0])) != negative:
        y = other
    point = x, FQ2(y), FQ2.one()
    if not is_inf(multiply(point, curve_order)):
        raise Malformed("outside the subgroup")
    return point


def proof(data):
    """A (G1), B (G2), C (G1)."""
    if len(data) != 128:
        raise Malformed("a proof has 128 bytes")
    return g1(data[:32]), g2(data[32:96]), g1(data[96:])


class VerifyingKey:
    """A key of points."""

    def __init__(self, alpha, beta, gamma, delta, ic):
        self.alpha, self.beta, self.gamma, self.delta, self.ic = alpha, beta, gamma, delta, ic
        for points in ([beta, gamma, delta], [alpha, *ic]):
            if len({str(x) for x, _, _ in points}) != len(points):
                raise Malformed("two points are equal or opposite: anyone could forge")
        self.minus_alpha, self.minus_gamma, self.minus_delta = neg(alpha), neg(gamma), neg(delta)

    @classmethod
    def from_bytes(cls, data):
        """alpha (G1), beta, gamma, delta (G2), number of the IC points (u64, little-endian), the IC points (G1)."""
        count = int.from_bytes(data[224:232], "little")
        if len(data) != 232 + 32 * count:
            raise Malformed("another length than its IC points have")
        in_g2 = (g2(data[at : at + 64]) for at in (32, 96, 160))
        return cls(g1(data[:32]), *in_g2, [g1(data[at : at + 32]) for at in range(232, len(data), 32)])

    def verify(self, inputs, points):
        """Whether e(A, B) · e(IC(x), -gamma) · e(C, -delta) · e(-alpha, beta) = 1."""
        if len(inputs) + 1 != len(self.ic):
            return False
        a, b, c = points
        total = self.ic[0]
        for value, point in zip(inputs, self.ic[1:]):
            total = add(total, multiply(point, value))
        product = FQ12.one()
        for in_g2, in_g1 in ((b, a), (self.minus_gamma, total), (self.minus_delta, c), (self.beta, self.minus_alpha)):
            product = product * miller_loop(in_g2, in_g1)
        return final_exponentiate(product) == FQ12.one()


MILLER_LOOPS = {}


def miller_loop(in_g2, in_g1):
    """Kept, because most of what is verified here shares points with something that was verified before."""
    key = str((in_g2, in_g1))
    if key not in MILLER_LOOPS:
        MILLER_LOOPS[key] = pairing(in_g2, in_g1, final_exponentiate=False)
    return MILLER_LOOPS[key]


verifying_key = functools.lru_cache(maxsize=None)(VerifyingKey.from_bytes)


@functools.lru_cache(maxsize=None)
def verify(key_bytes, inputs, data):
    """Kept, because the runner audits many bundles that have most proofs in common."""
    return verifying_key(key_bytes).verify(inputs, proof(data))

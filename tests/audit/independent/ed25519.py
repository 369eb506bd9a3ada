"""Ed25519 signatures by libsodium, and which keys are usable (RFC 8032)."""

import nacl.exceptions
import nacl.signing

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def verify(key, message, signature):
    """Refuses keys and R of small order, and S that is not reduced."""
    try:
        nacl.signing.VerifyKey(key).verify(message, signature)
    except (nacl.exceptions.BadSignatureError, ValueError):
        return False
    return True


def decompress(key):
    """The point, or None: y little-endian, the top bit for the sign of x."""
    number = int.from_bytes(key, "little")
    sign, y = number >> 255, (number & (2**255 - 1)) % P
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (v * x * x - u) % P:
        return None
    return (-x % P if x & 1 != sign else x), y


def double(point):
    x, y = point
    product = D * x * x * y * y
    return (2 * x * y * pow(1 + product, -1, P) % P, (y * y + x * x) * pow(1 - product, -1, P) % P)


def is_usable(key):
    """A point of the curve, and not one of the eight of small order."""
    point = decompress(key)
    if point is None:
        return False
    for _ in range(3):
        point = double(point)
    return point != (0, 1)

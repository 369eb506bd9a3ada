"""HPKE in its base mode (RFC 9180) with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305 (RFC 8439)."""

import functools
import hmac
import struct

from . import p256
from .fault import Malformed

KEM = b"KEM" + (0x0010).to_bytes(2, "big")
SUITE = b"HPKE" + bytes.fromhex("001000010003")
BASE = b"\x00"
ENCAPSULATED, TAG = 65, 16
"""Bytes that stand before a ciphertext, and at its end."""
MASK = 0xFFFFFFFF


def extract(salt, material):
    return hmac.digest(salt or bytes(32), material, "sha256")


def expand(key, info, count):
    output, block = b"", b""
    for number in range(1, -(-count // 32) + 1):
        block = hmac.digest(key, block + info + bytes([number]), "sha256")
        output += block
    return output[:count]


def labeled_extract(suite, salt, label, material):
    return extract(salt, b"HPKE-v1" + suite + label + material)


def labeled_expand(suite, key, label, info, count):
    return expand(key, count.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, count)


def quarter_round(s, a, b, c, d):
    s[a] = s[a] + s[b] & MASK
    s[d] ^= s[a]
    s[d] = (s[d] << 16 | s[d] >> 16) & MASK
    s[c] = s[c] + s[d] & MASK
    s[b] ^= s[c]
    s[b] = (s[b] << 12 | s[b] >> 20) & MASK
    s[a] = s[a] + s[b] & MASK
    s[d] ^= s[a]
    s[d] = (s[d] << 8 | s[d] >> 24) & MASK
    s[c] = s[c] + s[d] & MASK
    s[b] ^= s[c]
    s[b] = (s[b] << 7 | s[b] >> 25) & MASK


COLUMNS = [(at, at + 4, at + 8, at + 12) for at in range(4)]
DIAGONALS = [(at, 4 + (at + 1) % 4, 8 + (at + 2) % 4, 12 + (at + 3) % 4) for at in range(4)]


def chacha20_block(key, number, nonce):
    start = [*struct.unpack("<4I", b"expand 32-byte k"), *struct.unpack("<8I", key), number, *struct.unpack("<3I", nonce)]
    state = list(start)
    for _ in range(10):
        for places in COLUMNS + DIAGONALS:
            quarter_round(state, *places)
    return struct.pack("<16I", *(a + b & MASK for a, b in zip(state, start)))


def chacha20(key, nonce, data):
    """Encrypts or decrypts, from block 1 on."""
    stream = b"".join(chacha20_block(key, 1 + at, nonce) for at in range(-(-len(data) // 64)))
    return bytes(a ^ b for a, b in zip(data, stream))


def poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(data), 16):
        total = (total + int.from_bytes(data[at : at + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return (total + int.from_bytes(key[16:], "little") & 2**128 - 1).to_bytes(16, "little")


def aead_tag(key, nonce, aad, ciphertext):
    padded = [part + bytes(-len(part) % 16) for part in (aad, ciphertext)]
    lengths = struct.pack("<2Q", len(aad), len(ciphertext))
    return poly1305(chacha20_block(key, 0, nonce)[:32], b"".join(padded) + lengths)


def aead_seal(key, nonce, aad, plaintext):
    ciphertext = chacha20(key, nonce, plaintext)
    return ciphertext + aead_tag(key, nonce, aad, ciphertext)


def aead_open(key, nonce, aad, sealed):
    ciphertext, tag = sealed[:-TAG], sealed[-TAG:]
    if len(sealed) < TAG or aead_tag(key, nonce, aad, ciphertext) != tag:
        raise Malformed("does not decrypt")
    return chacha20(key, nonce, ciphertext)


def key_and_nonce(shared, enc, recipient, info):
    """From the shared point, what was sent of it, and the recipient's public point: `KeySchedule` for the first message."""
    context = enc + p256.uncompressed(recipient)
    x = shared[0].to_bytes(32, "big")
    secret = labeled_expand(KEM, labeled_extract(KEM, b"", b"eae_prk", x), b"shared_secret", context, 32)
    schedule = BASE + labeled_extract(SUITE, b"", b"psk_id_hash", b"") + labeled_extract(SUITE, b"", b"info_hash", info)
    secret = labeled_extract(SUITE, secret, b"secret", b"")
    return labeled_expand(SUITE, secret, b"key", schedule, 32), labeled_expand(SUITE, secret, b"base_nonce", schedule, 12)


def seal(recipient, ephemeral, info, aad, plaintext):
    """What is sent to a public point, with this secret scalar for the encapsulated key."""
    enc = p256.uncompressed(p256.multiply(p256.G, ephemeral))
    key, nonce = key_and_nonce(p256.multiply(recipient, ephemeral), enc, recipient, info)
    return enc + aead_seal(key, nonce, aad, plaintext)


@functools.lru_cache(maxsize=None)
def open_sealed(secret, info, aad, sealed):
    """What was sent to the public point of a secret scalar other than 0; raises Malformed if it was not."""
    enc = sealed[:ENCAPSULATED]
    at = p256.point_uncompressed(enc)
    key, nonce = key_and_nonce(p256.multiply(at, secret), enc, p256.multiply(p256.G, secret), info)
    return aead_open(key, nonce, aad, sealed[ENCAPSULATED:])

"""Holds the cryptography of sealed ballots against the test vectors of the RFCs, and of FROST's key generation."""

from independent import hpke, p256
from independent.fault import Malformed

SUNSCREEN = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."


def curve():
    """Multiples, encodings, and no others."""
    assert p256.multiply(p256.G, p256.N) is None and p256.multiply(p256.G, 1) == p256.G
    assert p256.add(p256.multiply(p256.G, p256.N - 1), p256.G) is None
    assert p256.add(p256.G, p256.G) == p256.multiply(p256.G, 2)
    for at in (p256.G, p256.multiply(p256.G, 7)):
        assert p256.point(p256.compressed(at)) == at == p256.point_uncompressed(p256.uncompressed(at))
        for other in (b"\x05" + p256.compressed(at)[1:], b"\x00" * 33, p256.uncompressed(at)[:33], p256.compressed(at)[:32]):
            assert refuses(p256.point, other), other
        assert refuses(p256.point_uncompressed, p256.uncompressed(at)[:64] + bytes([p256.uncompressed(at)[64] ^ 1]))
    assert refuses(p256.scalar, p256.N.to_bytes(32, "big")) and p256.scalar(bytes(32)) == 0


def refuses(read, data):
    try:
        read(data)
    except Malformed:
        return True
    return False


def expansion():
    """RFC 9380, appendix K.1."""
    tag = b"QUUX-V01-CS02-with-expander-SHA256-128"
    known = {
        b"": "68a985b87eb6b46952128911f2a4412bbc302a9d759667f87f7a21d803f07235",
        b"abc": "d8ccab23b5985ccea865c6c97b6e5b8350e794e603b4b97902f53a8a0d605615",
    }
    for message, expanded in known.items():
        assert p256.expand(message, tag, 32).hex() == expanded


def key_generation():
    """Three participants of FROST(P-256, SHA-256), from the test vectors of its reference implementation."""
    commitments = {
        1: (
            "02a67c8f918d275e9d56108e5eeca8de70b21bdfe4d61d9785b0535d69c52d3f6c",
            "03e9140b2bcf116755a3397cfc2b3b7bd09a54e3b3544cd81f7e62eb3cc872143a",
        ),
        2: (
            "037ef641c6fe1f49b9940d06a453bf7b3c230713e5ffe7a2e2a4bb373ddba074ef",
            "0384662ca5e0da725028206063e9226b28a535645ca4d7024284813b1dc9d91abb",
        ),
        3: (
            "0363edc1382241228fc6925dc1789737beec5baae430acc6a113581507fac5cf0e",
            "03156aff5630761ef046d82a52a813b9043653551636774691590bfedab18efef7",
        ),
    }
    proofs = {
        1: "03f77e767e8245f49231442f16b3a7198a1140fac2777d38a6a453a9cc3bca82bb"
        "4ef8bc7a32d2d80c275862059fe13a29461c4d2abb3f9c4ae5e718eba907372a",
        2: "02c1b8317d76016aeed7300b39c945fd6130f1cef4a3c72ca1fb93a60f54f683a9"
        "3f6593b42facb608c001d760e84f3bef7066a082f3482386a7ee66d441723ada",
        3: "024c4d52fe40b0b9cea36d842f91fb244a9c09a96954aedb1ffce08a55296d1b4e"
        "09225ae0807611f173821e7c15e2ed7c7d0fa26e5fda5d283e2c96f832df906a",
    }
    shares = {
        1: "c654459194268778cfcfa5df0fb577625c64c25337c19a2fa81df864290c913c",
        2: "ce70c7f0911776998785136dabf68bc2dda225c993e46589acb4d9e4c9f7777a",
        3: "d68d4a4f8e0865ba3f3a80fc4837a0235edf893ff00730e3b14bbb656ae25db8",
    }
    key = "03639d2ad039e39ae2d7f9a28955a55061d76f0e7b518476c5e5ffa33d1bb9fdb3"
    points = {index: [p256.point(bytes.fromhex(one)) for one in both] for index, both in commitments.items()}
    summed = [p256.add(*(points[index][k] for index in points)) for k in range(2)]
    assert p256.compressed(summed[0]).hex() == key
    for index, share in shares.items():
        proof, first = bytes.fromhex(proofs[index]), bytes.fromhex(commitments[index][0])
        assert p256.proves_knowledge(index, first, proof)
        assert not p256.proves_knowledge(index + 1, first, proof)
        assert not p256.proves_knowledge(index, first, proof[:-1] + bytes([proof[-1] ^ 1]))
        assert p256.multiply(p256.G, int(share, 16)) == p256.evaluate(summed, index)
    for pair in ((1, 2), (3, 1), (2, 3)):
        secret = p256.interpolate({index: int(shares[index], 16) for index in pair})
        assert p256.compressed(p256.multiply(p256.G, secret)).hex() == key


def authenticated_encryption():
    """RFC 8439, sections 2.3.2, 2.5.2 and 2.8.2."""
    block = hpke.chacha20_block(bytes(range(32)), 1, bytes.fromhex("000000090000004a00000000"))
    assert block.hex().startswith("10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c06803")
    key = bytes.fromhex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b")
    assert hpke.poly1305(key, b"Cryptographic Forum Research Group").hex() == "a8061dc1305136c6c22b8baf0c0127a9"
    key, nonce = bytes(range(0x80, 0xA0)), bytes.fromhex("070000004041424344454647")
    aad = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    sealed = hpke.aead_seal(key, nonce, aad, SUNSCREEN)
    assert sealed[-16:].hex() == "1ae10b594f09e26a7e902ecbd0600691"
    assert sealed.hex().startswith("d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6")
    assert hpke.aead_open(key, nonce, aad, sealed) == SUNSCREEN
    assert refuses(lambda data: hpke.aead_open(key, nonce, aad, data), sealed[:-1] + b"\x90")


def public_key_encryption():
    """RFC 9180, appendix A.5.1."""
    info = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
    secret = int("a4d1c55836aa30f9b3fbb6ac98d338c877c2867dd3a77396d13f68d3ab150d3b", 16)
    ephemeral = int("7550253e1147aae48839c1f8af80d2770fb7a4c763afe7d0afa7e0f42a5b3689", 16)
    enc = bytes.fromhex(
        "04c07836a0206e04e31d8ae99bfd549380b072a1b1b82e563c935c095827824fc1"
        "559eac6fb9e3c70cd3193968994e7fe9781aa103f5b50e934b5b2f387e381291"
    )
    ciphertext = bytes.fromhex(
        "6469c41c5c81d3aa85432531ecf6460ec945bde1eb428cb2fedf7a29f5a685b4ccb0d057f03ea2952a27bb458b"
    )
    plaintext, aad = b"Beauty is truth, truth beauty", b"Count-0"
    recipient = p256.multiply(p256.G, secret)
    assert hpke.seal(recipient, ephemeral, info, aad, plaintext) == enc + ciphertext
    assert hpke.open_sealed(secret, info, aad, enc + ciphertext) == plaintext
    assert refuses(lambda data: hpke.open_sealed(secret, info, b"Count-1", data), enc + ciphertext)


CHECKS = (curve, expansion, key_generation, authenticated_encryption, public_key_encryption)

if __name__ == "__main__":
    for check in CHECKS:
        check()
    print(f"known answers: {', '.join(check.__name__.replace('_', ' ') for check in CHECKS)}")

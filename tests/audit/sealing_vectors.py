"""Holds ceremonies, sealed ballots and reasons against `verifier/sealing/tests/vectors.json`: python sealing_vectors.py FILE"""

import hmac
import json
import sys

from independent import ceremonies, ed25519, hpke, p256, polls, sealed
from independent.canonical import Decoder, counted, field, from_hex
from independent.ceremonies import LAST, ROUND_1, ROUND_2
from independent.definitions import poll
from independent.parts import scope_of

READERS = {
    "round_1": (ROUND_1, ceremonies.ceremony_round_1),
    "round_2": (ROUND_2, ceremonies.ceremony_round_2),
    "confirmations": (LAST, ceremonies.ceremony_confirmation),
}


def package(read, text):
    """A package from its canonical bytes."""
    decoder = Decoder(from_hex(text))
    label = decoder.text()
    found = read(decoder)
    decoder.end()
    assert found.what.decode() == label and found.canonical == decoder.data
    return found


def ceremony(known, deployment_id):
    """Every package and what follows from them; and a trustee who dealt wrongly."""
    made = ceremonies.Ceremony(ceremonies.ceremony(Decoder(counted(from_hex(known["canonical"])))))
    assert made.id == from_hex(known["id"])
    for name, (number, read) in READERS.items():
        for text in known[name]:
            found = package(read, text)
            _, key = made.trustees[found.trustee - 1]
            assert ed25519.verify(key, found.what + deployment_id + found.fields, found.signature)
            made.packages[number][found.trustee] = found
    for index, found in made.packages[ROUND_1].items():
        assert p256.proves_knowledge(index, found.parts[0], found.proof)
    assert made.is_complete() and made.key() == from_hex(known["key"])
    assert made.transcript(ROUND_1) == from_hex(known["round_1_hash"])
    assert made.transcript(ROUND_1, ROUND_2) == from_hex(known["transcript"])
    assert {found.transcript for found in made.packages[LAST].values()} == {from_hex(known["transcript"])}
    for index, (share, verifying) in enumerate(zip(known["shares"], known["verifying_shares"], strict=True), 1):
        assert p256.multiply(p256.G, int(share, 16)) == made.verifying_share(index) == p256.point(from_hex(verifying))
    secret = p256.interpolate({index: int(known["shares"][index - 1], 16) for index in (1, 3)})
    assert secret == int(known["secret"], 16)
    complaint = package(ceremonies.ceremony_complaint, known["complaint"]["complaint_of_1"])
    said = int.from_bytes(complaint.secret, "big")
    assert p256.compressed(p256.multiply(p256.G, said)) == made.packages[ROUND_1][1].encryption_key
    assert made.dealt_wrongly(1, said) == 1
    made.packages[ROUND_2][2] = package(ceremonies.ceremony_round_2, known["complaint"]["round_2_of_2"])
    assert made.dealt_wrongly(1, said) == known["complaint"]["at_fault"] == 2
    return secret


def ballot(known, deployment_id, secret):
    asked = poll(Decoder(counted(from_hex(known["definition"]))))
    scope, nullifier = int(known["scope"], 16), int(known["nullifier"], 16)
    assert scope == scope_of(deployment_id, "poll", asked.definition)
    assert polls.longest(asked.rule, len(asked.options)) == known["longest"]
    body, choice = from_hex(known["body"]), from_hex(known["choice"])
    assert sealed.body(secret, asked, scope, nullifier, known["seq"], body) == choice
    assert sealed.body(secret, asked, scope, nullifier, known["seq"] + 1, body) == b""
    return asked, scope


def reason(known, asked, scope, secret):
    data = hpke.open_sealed(secret, sealed.REASON_INFO, field(scope), from_hex(known["sealed"]))
    assert sealed.unpadded(data, known["longest"]).decode() == known["text"]
    if asked.sealing.reasons == known["longest"]:
        assert sealed.reason(secret, asked, scope, from_hex(known["sealed"])) == known["text"]


def hkdf_sha512(salt, material, info):
    """The first block: 64 bytes."""
    return hmac.digest(hmac.digest(salt, material, "sha512"), info + b"\x01", "sha512")


def service(known, deployment_id):
    """The service's own secret, from its key's seed: HKDF-SHA512, one block, reduced."""
    info = deployment_id + from_hex(known["poll"])
    wide = hkdf_sha512(b"AIQ/v1/service-trustee", from_hex(known["seed"]), info)
    assert int.from_bytes(wide, "big") % p256.N == int(known["secret"], 16)


def main(file):
    with open(file, encoding="utf-8") as opened:
        known = json.load(opened)
    deployment_id = from_hex(known["deployment_id"], 32)
    secret = ceremony(known["ceremony"], deployment_id)
    asked, scope = ballot(known["ballot"], deployment_id, secret)
    reason(known["reason"], asked, scope, secret)
    service(known["service"], deployment_id)
    print("sealing: the ceremony, its packages, shares and complaint, a ballot, a reason and the service's secret")


if __name__ == "__main__":
    main(*sys.argv[1:])

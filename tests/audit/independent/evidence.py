"""What can be evidence, each item in its one spelling, and which works it stands for (§7, appendix A)."""

import re

from .canonical import counted, sha256
from .fault import Malformed

MAX_LENGTH = 2000
GRAPHIC_WITHOUT_CAPITALS = r"[!-@\[-~]"
HOST = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
URL = re.compile(
    rf"(?P<scheme>https?)://(?P<place>{HOST}(?:\.{HOST})*(?::(?P<port>[1-9][0-9]{{0,4}}))?"
    r"(?P<path>/(?:[!$&-;=@A-Z\[\]_a-z~]|%[0-9A-F]{2})*)(?:\?(?:[!$&-;=?@A-Z\[\]_a-z~]|%[0-9A-F]{2})*)?)"
)
DEFAULT_PORTS = {"https": "443", "http": "80"}


def place(url):
    """A URL in its one spelling, without its scheme."""
    match = URL.fullmatch(url)
    if match is None or match["port"] == DEFAULT_PORTS[match["scheme"]] or int(match["port"] or 0) > 65535:
        raise Malformed("not a URL in its one spelling")
    if match["port"] is not None and int(match["port"]) > 65535:
        raise Malformed("no port has this number")
    if {".", ".."} & set(match["path"].split("/")):
        raise Malformed("dots in a path")
    if any(UNRESERVED.fullmatch(chr(int(code, 16))) for code in re.findall(r"%(..)", url)):
        raise Malformed("an escape that is not needed")
    return match["place"]


def doi(text):
    if not re.fullmatch(rf"10\.[0-9]+(\.[0-9]+)*/{GRAPHIC_WITHOUT_CAPITALS}+", text):
        raise Malformed("not a DOI")
    if text.startswith("10.48550/arxiv."):
        raise Malformed("a paper on arXiv is no DOI")
    return [f"doi:{text}"]


def arxiv(text):
    match = re.fullmatch(r"([0-9]{4}\.[0-9]{4,5}|[a-z-]+/[0-9]{7})(v[1-9][0-9]*)?", text)
    if match is None:
        raise Malformed("not an arXiv id")
    return [f"arxiv:{match[1]}"]


def orcid(text):
    match = re.fullmatch(r"([0-9]{4})-([0-9]{4})-([0-9]{4})-([0-9]{3})([0-9X])/[1-9][0-9]{0,17}", text)
    if match is None:
        raise Malformed("not a work in an ORCID record")
    # ISO 7064, mod 11-2: the digits weigh 2^15 to 2^1, the check character, X being ten, makes the sum 1.
    digits = [int(digit) for digit in "".join(match.groups()[:4])]
    digits.append("0123456789X".index(match[5]))
    if sum(digit << 15 - at for at, digit in enumerate(digits)) % 11 != 1:
        raise Malformed("a wrong checksum")
    return [f"orcid:{text}"]


def git(text):
    match = re.fullmatch(r"([0-9a-f]{40}|[0-9a-f]{64}):(.*)", text, re.DOTALL)
    if match is None:
        raise Malformed("not a commit")
    place(match[2])
    return [f"git:{match[1]}"]


def web(text):
    match = re.fullmatch(r"([0-9a-f]{64}):(.*)", text, re.DOTALL)
    if match is None:
        raise Malformed("not a digest")
    return [f"web:{place(match[2]).rstrip('/')}", f"sha256:{match[1]}"]


FORMS = {"doi": doi, "arxiv": arxiv, "orcid": orcid, "git": git, "sha256": web}


def works(text):
    """The ids of the works that an item stands for; raises Malformed if it is none."""
    form, colon, rest = text.partition(":")
    if len(text.encode()) > MAX_LENGTH or not colon or form not in FORMS:
        raise Malformed("not a form of evidence")
    return [sha256(counted("AIQ/v1/work"), counted(work)) for work in FORMS[form](rest)]

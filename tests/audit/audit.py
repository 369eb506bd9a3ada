"""Audits a bundle: `python audit.py BUNDLE [--witness KEY]...`. Prints a report as JSON, exits with 1 on a fault."""

import argparse
import json
import sys

from independent.fault import Fault
from independent.note import witness
from independent.rules import audit


def report(file, witnesses=()):
    """The verdict on an open bundle."""
    try:
        return {"ok": True, "fault": None, **audit(file, witnesses)}
    except Fault as fault:
        return {"ok": False, "fault": {"index": fault.index, "code": fault.code, "message": fault.message}}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle")
    parser.add_argument("--witness", action="append", default=[], type=witness, metavar="KEY")
    arguments = parser.parse_args()
    with open(arguments.bundle, "rb") as file:
        verdict = report(file, arguments.witness)
    print(json.dumps(verdict))
    return 0 if verdict["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())

"""Audits a bundle: `python audit.py BUNDLE [--witness KEY]... [--required N]`. Prints a report as JSON, exits with 1 on a fault."""

import argparse
import json
import sys

from independent.fault import Fault
from independent.note import witness
from independent.rules import audit


def report(file, witnesses=(), required=0):
    """The verdict on an open bundle."""
    try:
        return {"ok": True, "fault": None, **audit(file, witnesses, required)}
    except Fault as fault:
        return {"ok": False, "fault": {"index": fault.index, "code": fault.code, "message": fault.message}}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle")
    parser.add_argument("--witness", action="append", default=[], type=witness, metavar="KEY")
    parser.add_argument("--required", type=int, default=0, metavar="N", help="so many witnesses must have cosigned")
    arguments = parser.parse_args()
    with open(arguments.bundle, "rb") as file:
        verdict = report(file, arguments.witness, arguments.required)
    print(json.dumps(verdict))
    return 0 if verdict["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())

"""Names of what is there, for schemathesis: most of what it makes up is the name of nothing, and ends at the first look.

Resources are found in the served document, not listed here: whatever has an address `/v1/THINGS/{id}` and can be listed at
`/v1/THINGS` takes part."""

import time

# A field element, and the base point of Ed25519: a commitment and a key of nobody's.
NOBODY = {"commitment": "0x" + "00" * 31 + "01", "withdrawal_key": "0x58" + "66" * 31}


def genesis(text):
    """The genesis file with a founder, so that trees, tiles and polls are not empty."""
    fields = "\n".join(f'{name} = "{value}"' for name, value in NOBODY.items())
    return f"{text}\n[[founders]]\n{fields}\n"


def populate(ask):
    """Puts something under the addresses where only requests put anything. `ask(path, body)` returns what is answered."""
    poll = {"question": "Is this found?", "options": ["yes", "no"], "closes_at": int(time.time()) + 86_400}
    menu = ask("/v1/info")["menu"][0]["id"]
    for who in ({"kind": "membership"}, {"kind": "standing", "menu": menu}):
        ask("/v1/polls", poll | {"eligibility": who})
    attestation = {"audience": "nobody", "menu": menu, "linkable": True, "expires_in": 86_400}
    return {"/v1/attestations": [ask("/v1/attestations", attestation)["id"]]}


def ids(value):
    """Every `id` within, outermost first."""
    if isinstance(value, dict):
        if isinstance(value.get("id"), str):
            yield value["id"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from ids(inner)


def parameters(item):
    """The parameters in an address, with the type of each."""
    operation = next(iter(item.values()))
    return {each["name"]: each["schema"].get("type") for each in operation.get("parameters", []) if each["in"] == "path"}


def listed(document, ask, known):
    """For every address with parameters in its path: names that exist, by parameter. Of what is not known how to find, none."""
    for path, item in document["paths"].items():
        resource = path.partition("/{")[0]
        found = {}
        for name, kind in parameters(item).items():
            if name == "id":
                if resource not in known and "get" in document["paths"].get(resource, {}):
                    known[resource] = list(dict.fromkeys(ids(ask(resource))))
                found[name] = known.get(resource)
            elif name == "key_id":
                found[name] = [entry["key_id"] for entry in ask("/v1/manifest")["keys"]]
            elif path.startswith("/tile/") and name == "number":
                # A file name: of a full tile, and of one with a single entry.
                found[name] = ["000", "000.p/1"]
            elif kind == "integer":
                # Places in trees, in the log and among epochs begin at 0.
                found[name] = [0, 1]
        yield path, {name: values for name, values in found.items() if values}


def settings(document, ask):
    """The settings that have schemathesis use these names four times out of five."""
    known = populate(ask)
    lines, operations = [], []
    for number, (path, names) in enumerate(listed(document, ask, known)):
        for name, values in names.items():
            lines.append(f"[dictionaries.{name}-{number}]\nvalues = {values!r}\n")
            binding = f'{{ dictionary = "{name}-{number}", probability = 0.8 }}'
            operations.append(f'[[operations]]\ninclude-path = "{path}"\nparameters = {{ "path.{name}" = {binding} }}\n')
    return "\n".join([*lines, *operations])

"""Runs schemathesis against the service, as the built command serves it: on loopback, with a deployment of its own that is gone
afterwards, with and without the administrator's token.

    python run.py AIQ KEYS SCHEMATHESIS [OPTIONS OF SCHEMATHESIS..]

KEYS is a directory of public-seed keys, so that they need not be made."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

import names

GENESIS = pathlib.Path(__file__).parents[2] / "server/src/genesis/ai.toml"
SETTINGS = """
[rate_limit]
enabled = false
[crowd]
floor = 0
"""
# A stream of a poll that is open does not end.
OF_SCHEMATHESIS = "max-stream-events = 1\n"


class Service:
    """The service, from the first start to its end."""

    def __init__(self, program, keys, home):
        place = home / "aiq/keys/public-seed"
        place.parent.mkdir(parents=True)
        place.symlink_to(keys, target_is_directory=True)
        settings, genesis, self.log = home / "settings.toml", home / "genesis.toml", home / "log"
        settings.write_text(SETTINGS)
        genesis.write_text(names.genesis(GENESIS.read_text()))
        command = [program, "--json", "--config", settings, "serve", "--insecure-dev-keys", "--listen", "127.0.0.1:0"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--epoch-interval", "0", "--genesis", genesis, "--data", home / "data"],
                env={**os.environ, "XDG_DATA_HOME": str(home)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        lines = []
        # What it prints is one JSON object; the last line of it is its last brace alone.
        while not lines or lines[-1].rstrip() not in ("}", ""):
            lines.append(self.process.stdout.readline())
        started = json.loads("".join(lines))
        self.url, self.token = started["url"], started["admin_token"]

    def ask(self, path, body=None):
        """What is answered to the administrator; with a body, to a POST."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers)) as answer:
            return json.load(answer)

    def stop(self):
        """Ends it; what it said of faults."""
        alive = self.process.poll() is None
        self.process.terminate()
        code = self.process.wait(timeout=30)
        said = self.log.read_text()
        faults = [line for line in said.splitlines() if "panicked" in line or " ERROR " in line]
        return faults if alive and code == 0 else [*faults, f"the service ended by itself or badly, code {code}", said[-2000:]]


def main(program, keys, schemathesis, *options):
    wrong = []
    with tempfile.TemporaryDirectory() as home:
        service = Service(program, pathlib.Path(keys).resolve(), pathlib.Path(home))
        settings = pathlib.Path(home) / "schemathesis.toml"
        try:
            settings.write_text(OF_SCHEMATHESIS + names.settings(service.ask("/v1/openapi.json"), service.ask))
            for who, header in (("anybody", []), ("the administrator", ["--header", f"Authorization: Bearer {service.token}"])):
                print(f"\n-- as {who}", flush=True)
                address = f"{service.url}/v1/openapi.json"
                command = [schemathesis, "--config-file", settings, "run", address, *header, *options]
                if subprocess.run(command, check=False, cwd=home, stdin=subprocess.DEVNULL).returncode != 0:
                    wrong.append(f"schemathesis found something as {who}")
        finally:
            wrong += service.stop()
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])

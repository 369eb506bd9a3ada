"""Measures this project's prover beside others on the same key and witness, and checks every proof both ways.

    python3 benches/compare/run.py [--statements standing-8,..] [--count 5] [--passes 3] [--output comparison.json]

Each prover runs in a process of its own, with key and witness in memory, from the witness to the proof. The provers take
turns, pass after pass, so that a slow minute of the machine is everybody's. Their proofs have to verify under this
project's verifying key, and its proof has to verify with snarkjs. What cannot be installed is said and left out.

Needs cargo, and node with npm for snarkjs. RAYON_NUM_THREADS and the like do not reach all of them: for one thread, run the
whole under `taskset -c 0`.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
WORK = TARGET / "compare"
STATEMENTS = ["membership", "standing-3", "merge-6", "standing-8"]


def run(*command, cwd=ROOT, quiet=False):
    """Standard output of a command; None if it fails."""
    try:
        done = subprocess.run([str(part) for part in command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError:
        return None
    if done.returncode != 0 and not quiet:
        print("\n".join(done.stderr.splitlines()[-4:]), file=sys.stderr)
    return done.stdout if done.returncode == 0 else None


def package(name):
    """The program of a package that is no member of the workspace; None if it cannot be built here."""
    print(f"building {name}", file=sys.stderr)
    built = run("cargo", "build", "--release", "--target-dir", WORK / "target", cwd=HERE / name)
    return None if built is None else WORK / "target" / "release" / f"compare-{name}"


def snarkjs():
    """The directory with snarkjs in it; None if it cannot be installed here."""
    print("installing snarkjs", file=sys.stderr)
    place = WORK / "snarkjs"
    place.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "prove.js"):
        (place / file).write_text((HERE / "snarkjs" / file).read_text())
    return None if run("npm", "install", "--no-audit", "--no-fund", cwd=place) is None else place


def provers(ours, javascript):
    """{name: command for (statement, files, count)}"""
    time = lambda prover: lambda statement, files, count: (ours, "time", prover, statement, count)
    outside = lambda *command: lambda _, files, count: (*command, files / "key.zkey", files / "witness.wtns", count)
    found = {f"aiq, {engine}": time(engine) for engine in ("ifma", "portable", "ark") if engine_runs(ours, engine)}
    found["ark-groth16"] = time("ark-groth16")
    for name in ("taceo", "rapidsnark"):
        program = package(name)
        if program is not None:
            found[{"taceo": "taceo-groth16"}.get(name, name)] = outside(program)
    if javascript is not None:
        found["snarkjs"] = outside("node", javascript / "prove.js")
    return found


def engine_runs(ours, engine):
    listed = run(ours, "engines")
    return listed is not None and engine in listed.split()


def measure(name, command, ours, statement, files, count):
    """Milliseconds of some proofs, after checking the last."""
    outside = command(statement, files, count)
    ours_too = outside[0] == ours
    proof = files / f"{name}.json"
    printed = run(*outside, *([] if ours_too else [proof]))
    if printed is None:
        sys.exit(f"{name} does not prove {statement}")
    if not ours_too and run(ours, "check", statement, proof) is None:
        sys.exit(f"a proof of {name} is not valid for {statement}")
    return [float(line) for line in printed.split()]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--statements", default=",".join(STATEMENTS))
    options.add_argument("--count", type=int, default=5)
    options.add_argument("--passes", type=int, default=3)
    options.add_argument("--output", type=pathlib.Path, default=WORK / "comparison.json")
    options = options.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    if run("cargo", "build", "--release", "-p", "aiq-benches", "--bin", "compare") is None:
        sys.exit("this project does not build")
    ours = TARGET / "release" / "compare"
    javascript = snarkjs()
    everybody = provers(ours, javascript)
    for name in ("taceo-groth16", "rapidsnark", "snarkjs"):
        if name not in everybody:
            print(f"{name} cannot be had here and is left out", file=sys.stderr)
    results = {"cores": os.cpu_count(), "usable": len(os.sched_getaffinity(0)), "medians": {}}
    for statement in options.statements.split(","):
        files = WORK / statement
        if run(ours, "export", statement, files) is None:
            sys.exit(f"{statement} cannot be exported")
        if javascript is not None:
            check = ("node", javascript / "prove.js", "check", files / "vk.json", files / "public.json", files / "proof.json")
            if run(*check) is None:
                sys.exit(f"snarkjs refuses this project's proof of {statement}")
        times = {name: [] for name in everybody}
        for number in range(options.passes):
            for name, command in everybody.items():
                # A proof of snarkjs takes seconds: fewer do.
                count = max(1, options.count // 3) if name == "snarkjs" else options.count
                times[name] += measure(name, command, ours, statement, files, count)
                print(f"{statement}, pass {number + 1}: {name} {statistics.median(times[name]):.1f} ms", file=sys.stderr)
        results["medians"][statement] = {name: statistics.median(values) for name, values in times.items()}
    options.output.write_text(json.dumps(results, indent=2) + "\n")
    print(f"written to {options.output}", file=sys.stderr)


if __name__ == "__main__":
    main()

"""Turns criterion's results into docs/benchmarks.md: machine, threads, commit, medians, ratios.

    cargo bench -p aiq-benches && python3 benches/report.py > docs/benchmarks.md
"""

import json
import os
import pathlib
import platform
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
CRITERION = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "criterion"


def medians():
    """{group: {function: median in nanoseconds}}"""
    found = {}
    for file in sorted(CRITERION.glob("**/new/benchmark.json")):
        what = json.loads(file.read_text())
        estimates = json.loads(file.with_name("estimates.json").read_text())
        name = what["function_id"] or what["value_str"]
        if what["function_id"] and what["value_str"]:
            name = f"{what['function_id']} {what['value_str']}"
        found.setdefault(what["group_id"], {})[name] = estimates["median"]["point_estimate"]
    return found


def duration(nanoseconds):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def first_line(path, key):
    lines = pathlib.Path(path).read_text().splitlines() if pathlib.Path(path).exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "unknown")


def git(*arguments):
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=True).stdout.strip()


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def proving(found):
    print("## Proving, end to end\n")
    print("Rules, witness, constraints, products and self-verification, against stock `ark_groth16`'s prover on the same key,")
    print("circuit and witness, in the same process. `aiq` is the engine that this machine gets, the others stand beside it.\n")
    rows = []
    for group in ("prove/membership", "prove/standing-3", "prove/standing-8"):
        times = found.get(group, {})
        stock = times.get("ark-groth16")
        for name, time in sorted(times.items(), key=lambda item: item[1]):
            ratio = f"{stock / time:.2f} ×" if stock and name != "ark-groth16" else ""
            rows.append([group.removeprefix("prove/"), name, duration(time), ratio])
    table(["statement", "prover", "median", "faster than stock"], rows)


def verifying(found):
    print("## Verifying (`standing-3`)\n")
    single = found.get("verify/standing-3", {})
    table(["what", "median"], [[name, duration(time)] for name, time in single.items()])
    print("A batch is under one key and shares the folded inputs; beside it the same from bytes, every point checked.\n")
    checks = found.get("verify-batch/standing-3", {})
    decodes = found.get("verify-batch-decode/standing-3", {})
    rows = []
    for size in sorted(checks, key=int):
        each, decoded = (times.get(size, 0) / int(size) for times in (checks, decodes))
        ratios = [
            f"{single[one] / many:.1f} ×" if many and one in single else ""
            for one, many in (("folded", each), ("decode, folded", decoded))
        ]
        rows.append([size, duration(checks[size]), duration(each), ratios[0], duration(decoded), ratios[1]])
    table(["proofs", "median", "each", "against one by one", "each, decoded", "against one by one"], rows)


def everything_else(found):
    print("## The rest\n")
    rows = []
    for group, times in found.items():
        if not group.startswith(("prove/", "verify")):
            rows += [[group, name, duration(time)] for name, time in times.items()]
    table(["group", "what", "median"], rows)


def main():
    found = medians()
    threads = os.environ.get("RAYON_NUM_THREADS") or os.cpu_count()
    dirty = " (with uncommitted changes)" if git("status", "--porcelain") else ""
    print("# Benchmarks\n")
    print("Made by `cargo bench -p aiq-benches` and `benches/report.py`; criterion's HTML reports stand in `target/criterion`. Medians;")
    print("absolute times are this machine's, ratios of one run are what carries over.\n")
    table(
        ["machine", "threads", "system", "commit", "compiler"],
        [[
            first_line("/proc/cpuinfo", "model name"),
            str(threads),
            f"{platform.system()} {platform.machine()}",
            f"`{git('rev-parse', '--short', 'HEAD')}`{dirty}",
            subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split(" (")[0],
        ]],
    )
    proving(found)
    verifying(found)
    everything_else(found)


if __name__ == "__main__":
    main()

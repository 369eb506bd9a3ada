"""Puts measured figures into docs/benchmarks.md, between its two markers, and draws docs/benchmarks.svg.

    cargo bench -p aiq-benches                                  # criterion's results, for all threads
    RAYON_NUM_THREADS=1 cargo bench -p aiq-benches -- prove     # the same for one thread, beside the others
    python3 benches/compare/run.py                              # other provers on the same key and witness
    aiq bench --json > target/aiq-bench.json                    # peak memory
    python3 benches/report.py

What has not been measured is left out.
"""

import json
import os
import pathlib
import platform
import subprocess

import plot

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: made by benches/report.py -->", "<!-- end of figures -->"
STATEMENTS = ["membership", "standing-3", "merge-6", "standing-8", "synthetic-64k"]


def medians():
    """{group: {function: median in nanoseconds}}"""
    found = {}
    for file in sorted((TARGET / "criterion").glob("**/new/benchmark.json")):
        what = json.loads(file.read_text())
        estimates = json.loads(file.with_name("estimates.json").read_text())
        name = what["function_id"] or what["value_str"]
        if what["function_id"] and what["value_str"]:
            name = f"{what['function_id']} {what['value_str']}"
        found.setdefault(what["group_id"], {})[name] = estimates["median"]["point_estimate"]
    return found


def read_json(path):
    return json.loads(path.read_text()) if path.exists() else None


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
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def groups(found, kind):
    """The groups `kind/what../threads`, as ((what.., threads), times)."""
    named = [(group.split("/")[1:], times) for group, times in found.items() if group.startswith(kind + "/")]
    return sorted(named, key=lambda entry: (-int(entry[0][-1]), [STATEMENTS.index(part) if part in STATEMENTS else 9 for part in entry[0]]))


def machine():
    dirty = " (with uncommitted changes)" if git("status", "--porcelain", "--untracked-files=no") else ""
    compiler = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split(" (")[0]
    return table(
        ["machine", "cores", "system", "commit", "compiler"],
        [[
            first_line("/proc/cpuinfo", "model name"),
            str(os.cpu_count()),
            f"{platform.system()} {platform.machine()}",
            f"`{git('rev-parse', '--short', 'HEAD')}`{dirty}",
            compiler,
        ]],
    )


def proving(found):
    text = "### Proving, end to end\n\n"
    rows = []
    for (statement, threads), times in groups(found, "prove"):
        stock = times.get("ark-groth16")
        for name, time in sorted(times.items(), key=lambda item: item[1]):
            ratio = f"{stock / time:.2f} ×" if stock and name != "ark-groth16" else ""
            rows.append([threads, statement, name, duration(time), ratio])
    return text + table(["threads", "circuit", "prover", "median", "faster than stock"], rows) if rows else ""


def parts(found):
    text = "### Where the time goes\n\n"
    columns, order = [], []
    for (*what, threads), times in groups(found, "parts"):
        columns.append((f"{' '.join(what)}, {threads} threads", times))
        order += [name for name in times if name not in order]
    named = ["rules", "witness", "constraints", "digits", "A", "B in G1", "B in G2", "L", "transforms", "H", "verification"]
    order = [name for name in named if name in order] + [name for name in order if name not in named]
    rows = [[name] + [duration(times[name]) if name in times else "" for _, times in columns] for name in order]
    return text + table(["part", *[title for title, _ in columns]], rows) if columns else ""


def many(found):
    rows = []
    for (what, threads), times in groups(found, "many"):
        if {"at once", "one by one"} <= times.keys():
            at_once, singly = times["at once"], times["one by one"]
            rows.append([threads, what, duration(at_once), duration(singly), f"{singly / at_once:.2f} ×"])
    head = ["threads", "proofs", "at once", "one by one", "faster"]
    return "### Many proofs\n\n" + table(head, rows) if rows else ""


def comparison():
    results = read_json(TARGET / "compare" / "comparison.json")
    if results is None:
        return ""
    text = "### Other provers, from the same witness\n\n![bar chart](benchmarks.svg)\n\n"
    rows = []
    for statement, times in results["medians"].items():
        ours = min(times.values())
        for name, time in sorted(times.items(), key=lambda item: item[1]):
            rows.append([statement, name, f"{time:.1f} ms", f"{time / ours:.1f} ×"])
    largest = max(results["medians"], key=STATEMENTS.index)
    title = f"{largest}, from witness to proof, {results['usable']} threads"
    (ROOT / "docs" / "benchmarks.svg").write_text(plot.bars(title, results["medians"][largest]))
    return text + table(["circuit", "prover", "median", "of the fastest"], rows)


def memory():
    report = read_json(TARGET / "aiq-bench.json")
    if report is None:
        return ""
    text = f"### Memory, start, verification\n\nEngine `{report['engine']}`, tables of at most {report['table_memory_mib']} MiB for each key.\n\n"
    rows = [
        [
            one["statement"],
            f"{one['peak_memory_mib']} MiB" if "peak_memory_mib" in one else "",
            f"{one['load_ms']:.0f} ms",
            f"{one['verify_ms']:.2f} ms",
            f"{one['batch']['each_ms']:.3f} ms",
        ]
        for one in report["statements"]
    ]
    head = ["statement", "most memory of the process", "from disk to ready", "a verification", "each of a batch"]
    return text + table(head, rows)


def verifying(found):
    single = found.get("verify/standing-3", {})
    if not single:
        return ""
    text = "### Verifying (`standing-3`)\n\n"
    text += table(["what", "median"], [[name, duration(time)] for name, time in single.items()])
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
    text += "\nA batch is under one key and shares the folded inputs; beside it the same from bytes, every point checked.\n\n"
    return text + table(["proofs", "median", "each", "against one by one", "each, decoded", "against one by one"], rows)


def everything_else(found):
    rows = []
    for group, times in found.items():
        if not group.startswith(("prove/", "parts/", "many/", "verify")):
            rows += [[group, name, duration(time)] for name, time in times.items()]
    return "### The rest\n\n" + table(["group", "what", "median"], rows) if rows else ""


def main():
    found = medians()
    made = [machine(), proving(found), comparison(), parts(found), many(found), memory(), verifying(found), everything_else(found)]
    figures = "\n".join(section for section in made if section)
    before, rest = PAGE.read_text().split(BEGIN)
    _, behind = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{figures}\n{END}{behind}")


if __name__ == "__main__":
    main()

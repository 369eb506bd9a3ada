// node witnesses.mjs SAMPLES: of every statement, snarkjs accepts the exported witness for the exported constraints, and refuses
// it with a wire changed: a spread of wires by snarkjs' own check of files, every wire by the constraints as its library reads
// them. The one wire that may change is the message, which binds by being a public input.
import { readFileSync, readdirSync, existsSync } from "node:fs";
import { join } from "node:path";
import { readR1cs } from "r1csfile";
import * as snarkjs from "snarkjs";

// Changed wires for each statement that are checked in files.
const SPREAD = 24;
const quiet = Object.fromEntries(["debug", "info", "warn", "error"].map((level) => [level, () => {}]));
const memory = (data) => ({ type: "mem", data });

// Offsets of the values in a .wtns, by walking over its sections.
function valuesOffset(wtns) {
  const view = new DataView(wtns.buffer, wtns.byteOffset);
  let at = 12;
  while (view.getUint32(at, true) !== 2) at += 12 + Number(view.getBigUint64(at + 4, true));
  return at + 12;
}

function withWire(wtns, wire, F, value) {
  const changed = wtns.slice();
  F.toRprLE(changed, valuesOffset(wtns) + 32 * wire, value);
  return changed;
}

// The constraints that each wire stands in, as [row, factors in A, B, C], and what A, B and C come to in each row.
function evaluate(r1cs, values) {
  const { F } = r1cs;
  const rowsOf = values.map(() => []);
  const sums = r1cs.constraints.map((combinations, row) => {
    const factors = new Map();
    const sum = combinations.map((combination, side) => {
      let total = F.zero;
      for (const [wire, factor] of Object.entries(combination)) {
        total = F.add(total, F.mul(factor, values[wire]));
        if (!factors.has(wire)) factors.set(wire, [F.zero, F.zero, F.zero]);
        factors.get(wire)[side] = factor;
      }
      return total;
    });
    for (const [wire, sides] of factors) rowsOf[wire].push([row, sides]);
    return sum;
  });
  return { rowsOf, sums };
}

const holds = (F, [a, b, c]) => F.eq(F.mul(a, b), c);

// Whether all constraints still hold if a wire's value changes by so much.
function holdsWith({ rowsOf, sums }, F, wire, difference) {
  return rowsOf[wire].every(([row, sides]) =>
    holds(F, sums[row].map((sum, side) => F.add(sum, F.mul(sides[side], difference)))));
}

async function check(name, directory) {
  const wrong = [];
  const expect = (accepted, expected, what) => {
    if (accepted !== expected) wrong.push(`${name}: ${what} is ${accepted ? "accepted" : "refused"}`);
  };
  const [file, wtns] = ["circuit.r1cs", "witness.wtns"].map((part) => new Uint8Array(readFileSync(join(directory, part))));
  const accepts = (changed) => snarkjs.wtns.check(memory(file), memory(changed), quiet);
  const r1cs = await readR1cs(memory(file), { loadConstraints: true });
  const { F, nVars: wires, nPubInputs: inputs } = r1cs;
  const start = valuesOffset(wtns);
  const values = Array.from({ length: wires }, (_, wire) => F.fromRprLE(wtns, start + 32 * wire));
  const system = evaluate(r1cs, values);

  expect(wtns.length, start + 32 * wires, "the length of the witness");
  expect(F.eq(values[0], F.one), true, "the constant");
  const published = JSON.parse(readFileSync(join(directory, "1", "public.json"), "utf8"));
  expect(published.length === inputs && published.every((value, i) => F.eq(F.e(value), values[i + 1])), true,
    "the witness of the published inputs");
  expect(system.sums.every((sum) => holds(F, sum)), true, "the witness, as the library reads the constraints,");
  expect(await accepts(wtns), true, "the witness");

  const free = system.rowsOf.flatMap((rows, wire) => (rows.length === 0 ? [wire] : []));
  expect(free.length === 1 && free[0] >= 1 && free[0] <= inputs, true, `what no constraint speaks of, ${free},`);
  let changes = 0;
  for (let wire = 0; wire < wires; wire += 1) {
    for (const value of [F.add(values[wire], F.one), F.zero, F.neg(F.one)]) {
      if (F.eq(value, values[wire])) continue;
      changes += 1;
      const accepted = holdsWith(system, F, wire, F.sub(value, values[wire]));
      expect(accepted, free.includes(wire), `wire ${wire} at ${F.toString(value)}`);
    }
  }
  const spread = Array.from({ length: SPREAD }, (_, i) => Math.floor((i * wires) / SPREAD));
  for (const wire of [...spread, ...free]) {
    const changed = withWire(wtns, wire, F, F.add(values[wire], F.one));
    expect(await accepts(changed), free.includes(wire), `the file with wire ${wire} one more`);
  }
  console.log(`${name}: snarkjs accepts the witness; ${wires} wires in ${changes} changes and ${spread.length} changed files`);
  return wrong;
}

const [samples] = process.argv.slice(2);
const names = readdirSync(samples).filter((name) => existsSync(join(samples, name, "circuit.r1cs")));
const wrong = [];
for (const name of names) wrong.push(...(await check(name, join(samples, name))));
if (names.length === 0) wrong.push(`no statement in ${samples}`);
if (wrong.length > 0) console.error(wrong.slice(0, 20).join("\n"));
// snarkjs keeps threads that would wait for ever.
process.exit(wrong.length === 0 ? 0 : 1);

// node proofs.mjs CASES.json: prints for each case whether snarkjs accepts it, as JSON. An error of snarkjs is a refusal.
import { readFileSync } from "node:fs";
import * as snarkjs from "snarkjs";

const { keys, cases } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const verdicts = [];
for (const { key, proof, public: inputs } of cases) {
  verdicts.push(await snarkjs.groth16.verify(keys[key], inputs, proof).catch(() => false));
}
// snarkjs keeps threads that would wait for ever.
process.stdout.write(JSON.stringify(verdicts), () => process.exit(0));

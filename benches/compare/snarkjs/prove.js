// node prove.js KEY.zkey WITNESS.wtns COUNT PROOF.json: prints how long proofs take, in milliseconds, one to a line, and
// writes the last.
// node prove.js check VK.json PUBLIC.json PROOF.json: says by its exit code whether a proof is valid.
import { readFileSync, writeFileSync } from "node:fs";
import * as snarkjs from "snarkjs";

const [first, second, third, fourth] = process.argv.slice(2);
if (first === "check") {
  const [vk, inputs, proof] = [second, third, fourth].map((path) => JSON.parse(readFileSync(path, "utf8")));
  process.exit((await snarkjs.groth16.verify(vk, inputs, proof)) ? 0 : 1);
}
const [zkey, witness] = [first, second].map((path) => new Uint8Array(readFileSync(path)));
let { proof } = await snarkjs.groth16.prove(zkey, witness);
for (let i = 0; i < Number(third); i += 1) {
  const begun = performance.now();
  ({ proof } = await snarkjs.groth16.prove(zkey, witness));
  console.log((performance.now() - begun).toFixed(3));
}
writeFileSync(fourth, JSON.stringify(proof));
process.exit(0);

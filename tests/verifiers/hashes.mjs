// node hashes.mjs HASHES.json PERMUTATIONS.json VECTORS.json: what this project hashes is what circomlibjs hashes with the name and
// arity in the capacity lane; what the known answers are made with is circomlibjs' Poseidon at every width; and the known answers
// follow from circomlibjs and Node's own SHA-256 and HKDF.
import { createHash, hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { buildPoseidonOpt, buildPoseidonReference } from "circomlibjs";

const [hashes, permutations, vectors] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")));
const versions = [await buildPoseidonReference(), await buildPoseidonOpt()];
const [poseidon] = versions;
const { F } = poseidon;
const R = F.p;
const wrong = [];
const expect = (found, expected, what) => {
  if (found !== expected) wrong.push(`${what}: here ${found}, there ${expected}`);
};

// §1: F(..), H_name(..).
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();
const number = (bytes) => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const fieldHash = (...parts) => number(sha256(...parts).subarray(0, 31));
const H = (name, ...inputs) => {
  const tag = fieldHash("AIQ/v1/hash/", name, "/", String(inputs.length));
  return F.toObject(poseidon(inputs, tag));
};

for (const { name, arity, cases } of hashes) {
  const tag = fieldHash("AIQ/v1/hash/", name, "/", String(arity));
  for (const { inputs, output } of cases) {
    expect(inputs.length, arity, `inputs of ${name}`);
    for (const version of versions) expect(F.toString(version(inputs, tag)), output, `H_${name}(${inputs})`);
  }
}

const widths = new Set();
for (const { inputs, outputs } of permutations) {
  widths.add(outputs.length);
  for (const version of versions) {
    const lanes = version(inputs, 0, outputs.length).map((lane) => F.toString(lane));
    expect(String(lanes), String(outputs), `Poseidon(${inputs})`);
  }
}
for (const { arity } of hashes) expect(widths.has(arity + 1), true, `permutations of width ${arity + 1}`);

// The known answers, §2 to §4.
const hex = (value) => `0x${value.toString(16).padStart(64, "0")}`;
const bytes = (value, length) => Buffer.from(value.toString(16).padStart(2 * length, "0"), "hex");
const derive = (label, info) => number(Buffer.from(hkdfSync("sha512", seed, label, info, 64))) % R;
const seed = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
const deployment = Buffer.alloc(32, 0xa1);
const secret = derive("AIQ/v1/identity", deployment);
const tag = H("tag", secret, derive("AIQ/v1/tag", Buffer.concat([deployment, bytes(5n, 8)])));
const scope = fieldHash("AIQ/v1/scope", deployment, "\x04poll", sha256("a poll"));
const attributes = 0x01070200n | (2n << 32n) | (5n << 40n) | (1900000000n << 56n) | (1800000000n << 88n);
const treeRoot = (name) => {
  let nodes = Array.from({ length: 20 }, (_, i) => BigInt(i + 1));
  let empty = fieldHash("AIQ/v1/empty");
  for (let level = 0; level < 7; level += 1) {
    const groups = Array.from({ length: Math.ceil(nodes.length / 8) }, (_, i) => nodes.slice(8 * i, 8 * i + 8));
    nodes = groups.map((group) => H(name, ...group, ...Array(8 - group.length).fill(empty)));
    empty = H(name, ...Array(8).fill(empty));
  }
  return nodes[0];
};
const answers = {
  commitment: H("identity", secret),
  tag_5: tag,
  scope,
  nullifier: H("nullifier", secret, scope),
  credential_leaf: H("credential", tag, attributes, fieldHash("AIQ/v1/credential", sha256("a claim"))),
  members_root_of_1_to_20: treeRoot("member_node"),
  credentials_root_of_1_to_20: treeRoot("credential_node"),
};
for (const [what, value] of Object.entries(answers)) expect(hex(value), vectors[what], `known answer ${what}`);
for (const { name, arity } of hashes) {
  expect(hex(H(name, ...Array.from({ length: arity }, (_, i) => i + 1))), vectors.hashes[name], `known answer of H_${name}`);
}

const count = hashes.reduce((sum, { cases }) => sum + cases.length, 0);
if (wrong.length > 0) console.error(wrong.slice(0, 20).join("\n"));
else {
  console.log(`circomlibjs agrees on ${count} hashes of ${hashes.length} names, on ${permutations.length} permutations of widths ` +
    `${[...widths].join(", ")}, and on ${Object.keys(answers).length + hashes.length} known answers`);
}
process.exit(wrong.length === 0 ? 0 : 1);

//! The `.r1cs` file of iden3, which a ceremony for a key starts from (§9): snarkjs and the other tools of that family
//! read it.
//!
//! All numbers are little-endian. Wires are the columns of [`R1cs`] in their order, the constant 1, public inputs,
//! witnesses, which is the order that the format asks for; there are no public outputs, and labels are wire numbers.

use std::io::{self, Write};

use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};

use super::R1cs;

/// Bytes of a field element.
const FIELD_BYTES: usize = 32;
const HEADER_BYTES: usize = 4 + FIELD_BYTES + 4 * 4 + 8 + 4;

impl R1cs {
    /// Writes the constraints as a `.r1cs` file, version 1. The names of the groups are not part of it. Writes in small
    /// pieces: give it a buffered writer.
    ///
    /// # Errors
    /// What the writer reports.
    ///
    /// # Panics
    /// If a size does not fit into four bytes: no key could be made for such a system.
    pub fn write_iden3(&self, out: &mut impl Write) -> io::Result<()> {
        let wires = self.num_inputs + self.num_witnesses;
        out.write_all(b"r1cs")?;
        write_u32(out, 1)?;
        write_u32(out, 3)?;

        begin_section(out, 1, HEADER_BYTES)?;
        write_u32(out, FIELD_BYTES)?;
        write_words(out, &Fr::MODULUS)?;
        let public_outputs = 0;
        for count in [wires, public_outputs, self.num_inputs - 1, self.num_witnesses] {
            write_u32(out, count)?;
        }
        write_u64(out, wires)?;
        write_u32(out, self.num_constraints())?;

        let terms: usize = self.non_zeros().iter().sum();
        begin_section(out, 2, 3 * 4 * self.num_constraints() + (4 + FIELD_BYTES) * terms)?;
        for ((a, b), c) in self.a.iter().zip(&self.b).zip(&self.c) {
            for combination in [a, b, c] {
                write_u32(out, combination.len())?;
                for (coefficient, column) in combination {
                    write_u32(out, *column)?;
                    write_words(out, &coefficient.into_bigint())?;
                }
            }
        }

        begin_section(out, 3, 8 * wires)?;
        (0..wires).try_for_each(|label| write_u64(out, label))
    }
}

fn begin_section(out: &mut impl Write, number: usize, bytes: usize) -> io::Result<()> {
    write_u32(out, number)?;
    write_u64(out, bytes)
}

fn write_u32(out: &mut impl Write, value: usize) -> io::Result<()> {
    out.write_all(&u32::try_from(value).expect("sizes fit into 32 bits").to_le_bytes())
}

fn write_u64(out: &mut impl Write, value: usize) -> io::Result<()> {
    out.write_all(&(value as u64).to_le_bytes())
}

fn write_words(out: &mut impl Write, words: &BigInt<4>) -> io::Result<()> {
    words.0.iter().try_for_each(|word| out.write_all(&word.to_le_bytes()))
}

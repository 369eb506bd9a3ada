//! The `.r1cs` export, read back by a reader that shares nothing with the writer.

use aiq_circuits::{
    Fr,
    constraints::{Matrix, R1cs},
};
use ark_ff::{BigInt, PrimeField};

use crate::fixture::{MEMBERSHIP, MERGE_6, STANDING_3, STANDING_8};

/// What a `.r1cs` file says.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    pub wires: usize,
    /// Public wires, the constant 1 not counted; they come first behind it.
    pub public: usize,
    /// A, B and C of every constraint, each as coefficients with their wires.
    pub constraints: Vec<[Vec<(Fr, usize)>; 3]>,
}

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.0.split_first_chunk().expect("the file is long enough");
        self.0 = rest;
        *taken
    }

    fn u32(&mut self) -> usize {
        u32::from_le_bytes(self.take()) as usize
    }

    fn u64(&mut self) -> usize {
        usize::try_from(u64::from_le_bytes(self.take())).unwrap()
    }

    fn words(&mut self) -> BigInt<4> {
        BigInt::new([(); 4].map(|()| u64::from_le_bytes(self.take())))
    }

    /// The contents of the next section, which has to have this number.
    fn section(&mut self, number: usize) -> Self {
        assert_eq!(self.u32(), number);
        let length = self.u64();
        let (section, rest) = self.0.split_at(length);
        self.0 = rest;
        Self(section)
    }

    fn end(&self) {
        assert!(self.0.is_empty(), "{} bytes too many", self.0.len());
    }
}

impl File {
    pub fn export(r1cs: &R1cs) -> Self {
        let mut bytes = Vec::new();
        r1cs.write_iden3(&mut bytes).unwrap();
        Self::read(&bytes)
    }

    fn read(bytes: &[u8]) -> Self {
        let mut file = Bytes(bytes);
        assert_eq!((&file.take(), file.u32(), file.u32()), (b"r1cs", 1, 3));

        let mut header = file.section(1);
        assert_eq!((header.u32(), header.words()), (32, Fr::MODULUS));
        let [wires, outputs, inputs, private] = [(); 4].map(|()| header.u32());
        assert_eq!((outputs, 1 + inputs + private), (0, wires));
        assert_eq!(header.u64(), wires, "as many labels as wires");
        let rows = header.u32();
        header.end();

        let mut section = file.section(2);
        let mut combination = || -> Vec<(Fr, usize)> {
            let terms = section.u32();
            let term = |_| {
                let wire = section.u32();
                assert!(wire < wires);
                (Fr::from_bigint(section.words()).expect("reduced"), wire)
            };
            (0..terms).map(term).collect()
        };
        let constraints = (0..rows).map(|_| [(); 3].map(|()| combination())).collect();
        section.end();

        let mut labels = file.section(3);
        (0..wires).for_each(|wire| assert_eq!(labels.u64(), wire));
        labels.end();
        file.end();
        Self { wires, public: inputs, constraints }
    }
}

#[test]
fn the_export_says_what_the_matrices_say() {
    for r1cs in [&*MEMBERSHIP, &STANDING_3, &STANDING_8, &MERGE_6] {
        let file = File::export(r1cs);
        assert_eq!(file.wires, r1cs.num_inputs + r1cs.num_witnesses);
        assert_eq!(file.public, r1cs.num_inputs - 1);
        assert_eq!(file.constraints.len(), r1cs.num_constraints());
        for (row, [a, b, c]) in file.constraints.iter().enumerate() {
            assert_eq!([a, b, c], [&r1cs.a[row], &r1cs.b[row], &r1cs.c[row]], "row {row}");
        }
    }
}

/// `(x + 2) · y = z`, x public: byte for byte as the format's description has it.
#[test]
fn a_small_system_has_the_bytes_of_the_format() {
    let term = |coefficient: u64, column| (Fr::from(coefficient), column);
    let matrix = |row: &[(Fr, usize)]| -> Matrix { vec![row.to_vec()] };
    let r1cs = R1cs {
        a: matrix(&[term(2, 0), term(1, 1)]),
        b: matrix(&[term(1, 2)]),
        c: matrix(&[term(1, 3)]),
        num_inputs: 2,
        num_witnesses: 2,
        groups: Vec::new(),
    };
    let mut bytes = Vec::new();
    r1cs.write_iden3(&mut bytes).unwrap();
    let number = |value: u8| format!("{value:02x}{}", "00".repeat(31));
    let expected = [
        "72316373 01000000 03000000",
        "01000000 4000000000000000",
        "20000000 010000f093f5e1439170b97948e833285d588181b64550b829a031e1724e6430",
        "04000000 00000000 01000000 02000000 0400000000000000 01000000",
        "02000000 9c00000000000000",
        &format!("02000000 00000000 {} 01000000 {}", number(2), number(1)),
        &format!("01000000 02000000 {}", number(1)),
        &format!("01000000 03000000 {}", number(1)),
        "03000000 2000000000000000",
        "0000000000000000 0100000000000000 0200000000000000 0300000000000000",
    ];
    assert_eq!(hex::encode(bytes), expected.concat().replace(' ', ""));
}

//! Every backend against arkworks.
#![allow(clippy::unwrap_used)]

use aiq_circuits::Fr;
use aiq_keys::setup::reduction::SnarkjsReduction;
use ark_bn254::{G1Projective, G2Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand, Zero};
use ark_groth16::r1cs_to_qap::R1CSToQAP;
use ark_poly::GeneralEvaluationDomain;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::backend::{Backend, Buckets, Line, Multiples};
use super::digits::Digits;
use super::layout::Layout;
use super::table::{Bases, Curve, multiply};
use super::{EngineKind, RowValues};

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([7; 32])
}

fn backends() -> impl Iterator<Item = Box<dyn Backend>> {
    EngineKind::ALL.into_iter().filter_map(EngineKind::backend)
}

fn points<G: CurveGroup>(count: usize, rng: &mut ChaCha20Rng) -> Vec<G::Affine> {
    // Neighbours on a line, so that making them is cheap; what a multiplication meets are their multiples.
    let (mut point, step) = (G::rand(rng), G::rand(rng));
    let points: Vec<G> = (0..count)
        .map(|_| {
            point += step;
            point
        })
        .collect();
    G::normalize_batch(&points)
}

fn table<G: Curve>(backend: &dyn Backend, bases: &[G::Affine], multiples: Multiples) -> Vec<Line> {
    let mut lines = vec![Line::default(); bases.len() * multiples.count * G::LINES];
    G::multiples(backend, bases, multiples, &mut lines);
    lines
}

/// Layouts with all multiples, with some, with some that do not go round evenly, and with the bases alone.
const LAYOUTS: [Layout; 5] = [
    Layout { width: 8, stride: 1 },
    Layout { width: 11, stride: 3 },
    Layout { width: 13, stride: 1 },
    Layout { width: 16, stride: 5 },
    Layout { width: 9, stride: 29 },
];

fn agrees_with_ark<G: Curve + VariableBaseMSM<MulBase = <G as CurveGroup>::Affine>>(
    bases: &[<G as CurveGroup>::Affine],
    scalars: &[Fr],
    layouts: &[Layout],
) {
    let expected = <G as VariableBaseMSM>::msm(bases, scalars).unwrap();
    for backend in backends() {
        for layout in layouts {
            let bases = Bases::new(bases, 0);
            let table = table::<G>(backend.as_ref(), bases.points(), layout.multiples());
            let digits = Digits::new(scalars, *layout);
            let found: G = multiply(backend.as_ref(), &table, bases.slots(), &digits);
            assert_eq!(found, expected, "{} with {layout:?}", backend.form());
        }
    }
}

fn special_scalars(rng: &mut ChaCha20Rng) -> Vec<Fr> {
    let half = Fr::from(Fr::MODULUS_MINUS_ONE_DIV_TWO);
    let mut scalars = vec![Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(2u8), half, half + Fr::ONE, half - Fr::ONE];
    for bit in (0..253).step_by(7) {
        let power = Fr::from(2u8).pow([bit]);
        scalars.extend([power, -power, power - Fr::ONE, power + Fr::ONE]);
    }
    scalars.extend((0..30).map(|_| Fr::from(rng.r#gen::<u16>())));
    scalars.extend((0..30).map(|_| Fr::rand(rng)));
    scalars
}

fn multiplications_agree<G: Curve + VariableBaseMSM<MulBase = <G as CurveGroup>::Affine>>() {
    let rng = &mut rng();
    let scalars = special_scalars(rng);
    let count = scalars.len();
    let bases = points::<G>(count, rng);
    agrees_with_ark::<G>(&bases, &scalars, &LAYOUTS);

    // The same base again and again, and with its opposite: equal and opposite points meet in every bucket.
    let repeated = vec![bases[0]; count];
    agrees_with_ark::<G>(&repeated, &vec![scalars[count - 1]; count], &LAYOUTS[..2]);
    let opposite: Vec<_> =
        (0..count).map(|i| if i % 2 == 0 { bases[i / 8] } else { (-bases[i / 8].into()).into() }).collect();
    agrees_with_ark::<G>(&opposite, &vec![scalars[count - 2]; count], &LAYOUTS[..2]);
    agrees_with_ark::<G>(&opposite, &scalars, &LAYOUTS[..2]);

    // Bases at infinity, all scalars 0 or 1, all of them 0, a single one, none.
    let sparse: Vec<_> = (0..count).map(|i| if i % 3 == 0 { G::ZERO.into_affine() } else { bases[i] }).collect();
    agrees_with_ark::<G>(&sparse, &scalars, &LAYOUTS[..2]);
    let bits: Vec<_> = (0..count).map(|i| Fr::from(u8::from(i % 5 < 2))).collect();
    agrees_with_ark::<G>(&bases, &bits, &LAYOUTS[..2]);
    agrees_with_ark::<G>(&bases, &vec![Fr::ZERO; count], &LAYOUTS[..1]);
    agrees_with_ark::<G>(&bases[..1], &scalars[count - 1..], &LAYOUTS);
    agrees_with_ark::<G>(&[], &[], &LAYOUTS[..1]);
}

#[test]
fn multiplications_in_g1_agree() {
    multiplications_agree::<G1Projective>();
}

#[test]
fn multiplications_in_g2_agree() {
    multiplications_agree::<G2Projective>();
}

#[test]
fn a_multiplication_of_several_parts_agrees() {
    let rng = &mut rng();
    let bases = points::<G1Projective>(20_000, rng);
    let scalars: Vec<_> =
        (0..bases.len()).map(|i| if i % 2 == 0 { Fr::rand(rng) } else { Fr::from(i as u64 % 3) }).collect();
    agrees_with_ark::<G1Projective>(&bases, &scalars, &[Layout { width: 15, stride: 4 }]);
}

/// Sums of buckets of given sizes against additions one by one.
fn sums_agree<G: Curve>(sizes: &[usize], choose: impl Fn(usize) -> u32) {
    let bases = points::<G>(64, &mut rng());
    let entries: Vec<u32> = (0..sizes.iter().sum()).map(choose).collect();
    let mut end = 0;
    let ends: Vec<u32> = sizes
        .iter()
        .map(|size| {
            end += u32::try_from(*size).unwrap();
            end
        })
        .collect();
    let (mut plain, mut weighted, mut from) = (G::ZERO, G::ZERO, 0);
    for (k, end) in ends.iter().enumerate() {
        let bucket: G = entries[from..*end as usize]
            .iter()
            .map(|entry| {
                let point: G = bases[(entry >> 1) as usize].into();
                if entry & 1 == 1 { -point } else { point }
            })
            .sum();
        plain += bucket;
        weighted += bucket.mul_bigint([k as u64]);
        from = *end as usize;
    }
    for backend in backends() {
        let table = table::<G>(backend.as_ref(), &bases, Multiples { count: 1, doublings: 1 });
        let found = G::sums(backend.as_ref(), &table, Buckets { entries: &entries, ends: &ends });
        assert_eq!((found.plain, found.weighted), (plain, weighted), "{} with {sizes:?}", backend.form());
    }
}

fn sums_of_any_sizes_agree<G: Curve>() {
    let anything = |i: usize| u32::try_from((i * i * 31 + i * 17) % 128).unwrap();
    for sizes in
        [vec![0], vec![1], vec![2], vec![3], vec![0, 0, 0], vec![5, 0, 1, 0, 0, 2, 7], vec![1; 33], vec![3; 65]]
    {
        sums_agree::<G>(&sizes, anything);
    }
    // Around blocks of 1,024 pairs, eight at a time.
    for pairs in [7, 8, 9, 15, 17, 1023, 1024, 1025, 1031, 1032, 1033] {
        sums_agree::<G>(&[2 * pairs], anything);
        sums_agree::<G>(&[3, 2 * pairs + 1, 1], anything);
        sums_agree::<G>(&vec![2; pairs], anything);
    }
    // Around chunks of 8,192 entries, in one bucket and across several.
    for entries in [8191, 8192, 8193, 16_383, 16_385] {
        sums_agree::<G>(&[entries], anything);
        sums_agree::<G>(&[entries / 3, 0, entries - entries / 3], anything);
    }
    // Nothing but one point; a point and its opposite in turn; the same two points in turn.
    for size in [2, 3, 4, 5, 16, 31, 100] {
        sums_agree::<G>(&[size, size], |_| 5);
        sums_agree::<G>(&[size, size], |i| 4 + u32::from(i % 2 == 0));
        sums_agree::<G>(&[size, size], |i| if i % 4 < 2 { 4 } else { 5 });
        sums_agree::<G>(&[size, size], |i| if i % 2 == 0 { 4 } else { 6 });
    }
    let rng = &mut rng();
    for _ in 0..20 {
        let sizes: Vec<usize> = (0..rng.gen_range(1..70)).map(|_| rng.gen_range(0..40)).collect();
        sums_agree::<G>(&sizes, anything);
    }
}

#[test]
fn sums_in_g1_agree() {
    sums_of_any_sizes_agree::<G1Projective>();
}

#[test]
fn sums_in_g2_agree() {
    sums_of_any_sizes_agree::<G2Projective>();
}

#[test]
fn multiplications_of_lengths_around_every_part_agree() {
    // Scalars are sorted in parts of 4,096; what is behind a part's end is told apart from what is before.
    let rng = &mut rng();
    let bases = points::<G1Projective>(8193, rng);
    let largest = -Fr::ONE;
    for length in [4095, 4096, 4097, 8191, 8192, 8193] {
        let scalars: Vec<_> = (0..length)
            .map(|i| match i % 4 {
                0 => largest,
                1 => Fr::from(Fr::MODULUS_MINUS_ONE_DIV_TWO),
                2 => Fr::from(u8::from(i % 8 < 4)),
                _ => Fr::from(i as u64),
            })
            .collect();
        agrees_with_ark::<G1Projective>(&bases[..length], &scalars, &[Layout { width: 12, stride: 11 }]);
    }
}

fn multiples_are_the_bases_doubled<G: Curve>() {
    // Eight to a vector, 512 to a block, and 67 that fill neither.
    for bases in [1, 7, 8, 9, 67, 511, 512, 513] {
        let bases = points::<G>(bases, &mut rng());
        for backend in backends() {
            let multiples = Multiples { count: 3, doublings: 15 };
            let found = table::<G>(backend.as_ref(), &bases, multiples);
            let doubled = |times: u32| -> Vec<G::Affine> {
                let doubled: Vec<G> = bases.iter().map(|base| (*base).into() * Fr::from(1u64 << times)).collect();
                G::normalize_batch(&doubled)
            };
            for (number, times) in [(0, 0), (1, 15), (2, 30)] {
                let expected = table::<G>(backend.as_ref(), &doubled(times), Multiples { count: 1, doublings: 0 });
                let found: Vec<_> = found.chunks(G::LINES).skip(number).step_by(3).flatten().copied().collect();
                assert_eq!(found, expected, "{} bases, {} after {times} doublings", bases.len(), backend.form());
            }
        }
    }
}

#[test]
fn multiples_in_g1_are_the_bases_doubled() {
    multiples_are_the_bases_doubled::<G1Projective>();
}

#[test]
fn multiples_in_g2_are_the_bases_doubled() {
    multiples_are_the_bases_doubled::<G2Projective>();
}

#[test]
fn quotients_agree() {
    let rng = &mut rng();
    for size in [2, 4, 8, 16, 32, 64, 1024, 8192] {
        // One row for each constraint, with one variable of its own in A and one in B.
        let a: Vec<_> = (0..size).map(|_| Fr::rand(rng)).collect();
        let b: Vec<_> = (0..size).map(|i| if i % 3 == 0 { Fr::zero() } else { Fr::rand(rng) }).collect();
        let assignment = [a.clone(), b.clone()].concat();
        let rows = |first: usize| (0..size).map(|row| vec![(Fr::ONE, first + row)]).collect::<Vec<_>>();
        let expected = SnarkjsReduction::witness_map_from_matrices::<Fr, GeneralEvaluationDomain<Fr>>(
            &[rows(0), rows(size), Vec::new()],
            0,
            size,
            &assignment,
        )
        .unwrap();
        let c: Vec<_> = a.iter().zip(&b).map(|(a, b)| *a * b).collect();
        for backend in backends() {
            let rows = RowValues { a: a.clone(), b: b.clone(), c: c.clone() };
            assert_eq!(*backend.transforms(size).quotient(rows), expected, "{} at {size}", backend.form());
        }
    }
}

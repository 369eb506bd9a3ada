//! Arithmetic on eight field elements at a time with AVX-512's 52-bit multiply-add (IFMA).
#![allow(unsafe_code)]

mod coordinate;
mod fq2;
mod group;
mod inverse;
mod lanes;
mod memory;
mod modulus;
mod pairs;
mod sums;

#[cfg(test)]
mod lanes_tests;
#[cfg(test)]
mod sums_tests;

//! Which engine proves, and with how much memory: decided at run time.

use std::fmt;
use std::str::FromStr;

use aiq_circuits::constraints::R1cs;
use aiq_keys::KeyDir;
use aiq_keys::setup::ProvingKey;
use ark_bn254::Bn254;
use thiserror::Error;

use super::backend::Backend;
use super::file::{TableFile, Tables};
use super::portable::Portable;
use super::table::{KeyBases, Layouts, TableEngine};
use super::{ArkEngine, Engine};

/// The engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EngineKind {
    /// arkworks' arithmetic, straight from the key: starts at once, takes the least memory.
    Ark,
    /// Tables, on any processor.
    Portable,
    /// Tables, on x86-64 processors with AVX-512 IFMA.
    Ifma,
}

/// A name that is no engine's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no engine `{name}`: it is one of ark, portable, ifma")]
pub struct UnknownEngine {
    /// The name.
    pub name: String,
}

impl EngineKind {
    /// Every engine, the slowest first.
    pub const ALL: [Self; 3] = [Self::Ark, Self::Portable, Self::Ifma];

    /// The fastest engine that this processor can run.
    #[must_use]
    pub fn best() -> Self {
        Self::ALL.into_iter().rfind(|kind| kind.is_available()).unwrap_or(Self::Portable)
    }

    /// Whether this processor can run it.
    #[must_use]
    pub fn is_available(self) -> bool {
        self == Self::Ark || self.backend().is_some()
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ark => "ark",
            Self::Portable => "portable",
            Self::Ifma => "ifma",
        }
    }

    /// The arithmetic for its tables, if it has any that this processor can run.
    pub(super) fn backend(self) -> Option<Box<dyn Backend>> {
        match self {
            Self::Ark => None,
            Self::Portable => Some(Box::new(Portable)),
            Self::Ifma => vector_backend(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn vector_backend() -> Option<Box<dyn Backend>> {
    super::ifma::Ifma::detect().map(|ifma| Box::new(ifma) as Box<dyn Backend>)
}

#[cfg(not(target_arch = "x86_64"))]
fn vector_backend() -> Option<Box<dyn Backend>> {
    None
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EngineKind {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| UnknownEngine { name: name.to_owned() })
    }
}

/// What becomes of tables once they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// They are written beside the key if its directory can be written to, and read from there the next time.
    BesideKey,
    /// They are neither read nor written.
    InMemory,
}

/// What to prove with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// The engine. One that the processor cannot run is replaced by [`EngineKind::Portable`].
    pub kind: EngineKind,
    /// Bytes that the tables of one key may take. With less, proofs take longer; with nothing at all, the tables are as
    /// large as the key.
    pub memory: usize,
    /// What becomes of the tables.
    pub keep: Keep,
}

impl EngineOptions {
    /// Bytes for tables unless somebody says otherwise: enough for every multiple in the largest statement's.
    pub const DEFAULT_MEMORY: usize = 256 << 20;
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { kind: EngineKind::best(), memory: Self::DEFAULT_MEMORY, keep: Keep::BesideKey }
    }
}

/// Hears how many of how many steps of making tables are done, from any thread. Is not called when tables are read from
/// their file.
pub type OnTables<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Makes the engine for a key, with its tables from their file if they are kept beside the key.
pub(crate) fn prepare(
    keys: &KeyDir,
    key: &ProvingKey,
    r1cs: &R1cs,
    options: &EngineOptions,
    on_tables: OnTables<'_>,
) -> Box<dyn Engine> {
    if options.keep == Keep::InMemory {
        return make(key.as_ark(), r1cs, options, on_tables);
    }
    with_tables(key.as_ark(), r1cs, options, |bases, backend, layouts| {
        let (_, count) = bases.ranges(layouts);
        let make = || bases.tables(backend, layouts, on_tables);
        match TableFile::new(keys, key, backend.form(), layouts, count) {
            Some(file) => file.open_or_make(make),
            None => Tables::Made(make()),
        }
    })
}

/// Makes the engine for a key, with its tables.
pub(crate) fn make(
    key: &ark_groth16::ProvingKey<Bn254>,
    r1cs: &R1cs,
    options: &EngineOptions,
    on_tables: OnTables<'_>,
) -> Box<dyn Engine> {
    with_tables(key, r1cs, options, |bases, backend, layouts| Tables::Made(bases.tables(backend, layouts, on_tables)))
}

fn with_tables(
    key: &ark_groth16::ProvingKey<Bn254>,
    r1cs: &R1cs,
    options: &EngineOptions,
    tables: impl FnOnce(&KeyBases, &dyn Backend, Layouts) -> Tables,
) -> Box<dyn Engine> {
    let backend = match options.kind {
        EngineKind::Ark => return Box::new(ArkEngine::prepare(key, r1cs)),
        kind => kind.backend().unwrap_or_else(|| Box::new(Portable)),
    };
    let bases = KeyBases::new(key, r1cs);
    let layouts = bases.layouts(options.memory);
    let lines = tables(&bases, backend.as_ref(), layouts);
    Box::new(TableEngine::new(backend, bases, layouts, lines))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn engines_go_by_their_names() {
        for kind in EngineKind::ALL {
            assert_eq!(kind.to_string().parse::<EngineKind>().unwrap(), kind);
        }
        let error = "gpu".parse::<EngineKind>().unwrap_err();
        assert_eq!(error.to_string(), "there is no engine `gpu`: it is one of ark, portable, ifma");
    }

    #[test]
    fn the_best_engine_can_be_run_and_has_tables() {
        assert!(EngineKind::best().is_available());
        assert!(EngineKind::best().backend().is_some());
    }
}

//! Trees as files: `AIQTREE1`, one byte for the kind, the number of leaves (u32, big-endian), all nodes level by level
//! from the leaves up (32 bytes each, big-endian), and the SHA-256 of everything before it.

use std::io::{self, Read, Write};

use ark_bn254::Fr;
use sha2::{Digest, Sha256};

use super::{ARITY, CAPACITY, DEPTH, Nodes, TreeKind};
use crate::wire::{fr_from_bytes, fr_to_bytes};

const MAGIC: &[u8; 8] = b"AIQTREE1";

/// Why a tree file cannot be used. Trees are derived data: delete the file and build the tree from its leaves.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TreeFileError {
    /// The file ends early, or cannot be read.
    #[error("the tree file cannot be read, or ends early")]
    Io(#[from] io::Error),
    /// Another kind of file, or of tree.
    #[error("this is not a file of that tree")]
    WrongKind,
    /// More leaves than a tree has, or a number that is no field element.
    #[error("the tree file holds values that no tree has")]
    Malformed,
    /// The checksum differs.
    #[error("the checksum of the tree file differs from its content")]
    Corrupt,
}

impl Nodes {
    pub(super) fn write_to(&self, writer: impl Write) -> io::Result<()> {
        let mut writer = Hashing { inner: io::BufWriter::new(writer), hasher: Sha256::new() };
        writer.write_all(MAGIC)?;
        writer.write_all(&[self.kind as u8])?;
        let count = u32::try_from(self.levels[0].len()).expect("a tree holds at most 8^7 leaves");
        writer.write_all(&count.to_be_bytes())?;
        for node in self.levels.iter().flatten() {
            writer.write_all(&fr_to_bytes(node))?;
        }
        let Hashing { mut inner, hasher } = writer;
        inner.write_all(&hasher.finalize())?;
        inner.flush()
    }

    pub(super) fn read_from(reader: impl Read, kind: TreeKind) -> Result<Self, TreeFileError> {
        let mut reader = Hashing { inner: io::BufReader::new(reader), hasher: Sha256::new() };
        let mut head = [0; 13];
        reader.read_exact(&mut head)?;
        let (magic, rest) = head.split_at(MAGIC.len());
        if magic != MAGIC || rest[0] != kind as u8 {
            return Err(TreeFileError::WrongKind);
        }
        let mut width = u32::from_be_bytes([rest[1], rest[2], rest[3], rest[4]]) as usize;
        if width > CAPACITY {
            return Err(TreeFileError::Malformed);
        }
        let mut nodes = Self::new(kind);
        for level in 0..=DEPTH {
            nodes.levels[level] = (0..width).map(|_| reader.node()).collect::<Result<_, _>>()?;
            width = width.div_ceil(ARITY);
        }
        let Hashing { mut inner, hasher } = reader;
        let mut checksum = [0; 32];
        inner.read_exact(&mut checksum)?;
        if checksum == <[u8; 32]>::from(hasher.finalize()) { Ok(nodes) } else { Err(TreeFileError::Corrupt) }
    }
}

/// A reader or writer that hashes what passes.
struct Hashing<T> {
    inner: T,
    hasher: Sha256,
}

impl<W: Write> Hashing<W> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.inner.write_all(bytes)
    }
}

impl<R: Read> Hashing<R> {
    fn read_exact(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.inner.read_exact(bytes)?;
        self.hasher.update(bytes);
        Ok(())
    }

    fn node(&mut self) -> Result<Fr, TreeFileError> {
        let mut bytes = [0; 32];
        self.read_exact(&mut bytes)?;
        fr_from_bytes(&bytes).map_err(|_| TreeFileError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{CredentialTree, MemberTree};
    use super::*;

    #[test]
    fn a_written_tree_reads_back_and_every_damage_is_noticed() {
        let tree = CredentialTree::build((1..=20u64).map(Fr::from)).unwrap();
        let mut file = Vec::new();
        tree.write_to(&mut file).unwrap();
        assert_eq!(CredentialTree::read_from(file.as_slice()).unwrap(), tree);
        assert!(matches!(MemberTree::read_from(file.as_slice()), Err(TreeFileError::WrongKind)));
        assert!(matches!(CredentialTree::read_from(&file[..file.len() - 1]), Err(TreeFileError::Io(_))));
        for position in (0..file.len()).step_by(7) {
            file[position] ^= 1;
            assert!(CredentialTree::read_from(file.as_slice()).is_err(), "byte {position}");
            file[position] ^= 1;
        }
    }
}

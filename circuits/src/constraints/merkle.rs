//! Paths of the two trees (§4) as constraints: depth 7, always.

use ark_bn254::Fr;

use super::{
    Synthesis, SynthesisError, Wire,
    bits::{low_bits, select},
    poseidon,
};
use crate::tree::{CAPACITY, DEPTH, MerklePath, TreeKind};

/// One level of a path: which of the eight children the path passes through, and all eight.
struct Level {
    /// The position, least significant bit first; booleans.
    position: Vec<Wire>,
    children: Vec<Wire>,
}

/// A path as witness. 21 constraints: the bits of the positions.
pub struct PathWires(Vec<Level>);

impl PathWires {
    /// Allocates a path; `owner` is whose path it is, for the names of the groups.
    ///
    /// # Errors
    /// [`SynthesisError::Unsatisfiable`] if the index of the path lies outside the tree.
    pub fn witness(synthesis: &mut Synthesis, owner: &str, path: Option<&MerklePath>) -> Result<Self, SynthesisError> {
        if path.is_some_and(|path| path.index() as usize >= CAPACITY) {
            return Err(SynthesisError::Unsatisfiable);
        }
        let mut levels = Vec::with_capacity(DEPTH);
        for level in 0..DEPTH {
            synthesis.group(format_args!("{owner}: path level {level}: position"));
            let position = path.map(|path| Fr::from(path.position(level) as u64));
            let position = low_bits(synthesis, position, 3)?;
            synthesis.group(format_args!("{owner}: path level {level}: children"));
            let children = (0..8)
                .map(|child| synthesis.witness(path.map(|path| path.children()[level][child])))
                .collect::<Result<_, _>>()?;
            levels.push(Level { position, children });
        }
        Ok(Self(levels))
    }

    /// The root that the path leads to. If `used` is 1, the path is enforced to pass through `leaf`, and at each level
    /// through the node below; if it is 0, the root says nothing about the leaf. 410 constraints a level.
    ///
    /// # Errors
    /// [`SynthesisError`] of the constraint system.
    pub fn root(
        &self,
        synthesis: &mut Synthesis,
        owner: &str,
        kind: TreeKind,
        leaf: &Wire,
        used: &Wire,
    ) -> Result<Wire, SynthesisError> {
        let mut node = leaf.clone();
        for (number, level) in self.0.iter().enumerate() {
            synthesis.group(format_args!("{owner}: path level {number}: selection"));
            let mut selected = level.children.clone();
            for bit in &level.position {
                selected = selected
                    .chunks_exact(2)
                    .map(|pair| select(synthesis, bit, &pair[1], &pair[0]))
                    .collect::<Result<_, _>>()?;
            }
            synthesis.enforce_equal_if(used, &selected[0], &node)?;
            synthesis.group(format_args!("{owner}: path level {number}: node"));
            node = poseidon::hash(synthesis, kind.node_hash(), &level.children)?;
        }
        Ok(node)
    }
}

//! The two trees (§4): fixed depth 7, eight children to a node, 2,097,152 leaves.
//!
//! [`MemberTree`] holds commitments, [`CredentialTree`] the leaves of credentials; they hash their nodes under
//! different names, so a path of one is never a path of the other. Nodes are kept level by level, and only up to the
//! last leaf: what lies beyond is the root of an empty subtree, known for each level.

mod file;

use std::sync::LazyLock;

use ark_bn254::Fr;
#[cfg(feature = "parallel")]
use rayon::prelude::*;

pub use self::file::TreeFileError;
use crate::{
    hash::{HashName, hash},
    identity::Commitment,
    wire::{field_hash, field_newtype},
};

/// Levels of nodes above the leaves.
pub const DEPTH: usize = 7;
/// Children of a node.
pub const ARITY: usize = 8;
/// The most leaves: 8⁷.
pub const CAPACITY: usize = 1 << (3 * DEPTH);

field_newtype! {
    /// Root of a members tree.
    MembersRoot
}

field_newtype! {
    /// Root of a credentials tree.
    CredentialsRoot
}

/// `F("AIQ/v1/empty")`: the leaf where none has been appended.
#[must_use]
pub fn empty_leaf() -> Fr {
    field_hash(&[b"AIQ/v1/empty"])
}

/// `F("AIQ/v1/tombstone")`: the leaf where one has been revoked or withdrawn.
#[must_use]
pub fn tombstone() -> Fr {
    field_hash(&[b"AIQ/v1/tombstone"])
}

/// Which of the two trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TreeKind {
    /// Leaves are commitments.
    Members,
    /// Leaves are hashes of credentials.
    Credentials,
}

impl TreeKind {
    /// The name under which nodes are hashed.
    #[must_use]
    pub const fn node_hash(self) -> HashName {
        match self {
            Self::Members => HashName::MemberNode,
            Self::Credentials => HashName::CredentialNode,
        }
    }

    /// The node over eight children.
    #[must_use]
    pub fn node(self, children: &[Fr; ARITY]) -> Fr {
        hash(self.node_hash(), children)
    }

    /// Roots of empty subtrees: entry l has height l, entry 0 is the empty leaf.
    fn empty(self) -> &'static [Fr; DEPTH + 1] {
        static EMPTY: LazyLock<[[Fr; DEPTH + 1]; 2]> = LazyLock::new(|| {
            [TreeKind::Members, TreeKind::Credentials].map(|kind| {
                let mut roots = [empty_leaf(); DEPTH + 1];
                for level in 1..=DEPTH {
                    roots[level] = kind.node(&[roots[level - 1]; ARITY]);
                }
                roots
            })
        });
        &EMPTY[self as usize]
    }
}

/// The way from a leaf to the root: at each level the position among the eight children, and all eight of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerklePath {
    index: u32,
    children: [[Fr; ARITY]; DEPTH],
}

impl MerklePath {
    /// A path as given; nothing is checked until [`root`](Self::root). `children[0]` holds the leaf.
    #[must_use]
    pub const fn new(index: u32, children: [[Fr; ARITY]; DEPTH]) -> Self {
        Self { index, children }
    }

    /// Position of the leaf, below 8⁷; three bits for each level, the lowest for the level of the leaves.
    #[must_use]
    pub const fn index(&self) -> u32 {
        self.index
    }

    /// For each level, from the leaves up, the eight children of the node on the way.
    #[must_use]
    pub const fn children(&self) -> &[[Fr; ARITY]; DEPTH] {
        &self.children
    }

    /// Position among the children at a level.
    #[must_use]
    pub const fn position(&self, level: usize) -> usize {
        (self.index >> (3 * level)) as usize % ARITY
    }

    /// The root that this path leads to from `leaf`; `None` if it does not hold the leaf, or a node of its own way.
    #[must_use]
    pub fn root(&self, kind: TreeKind, leaf: &Fr) -> Option<Fr> {
        if self.index as usize >= CAPACITY {
            return None;
        }
        let mut current = *leaf;
        for (level, children) in self.children.iter().enumerate() {
            if children[self.position(level)] != current {
                return None;
            }
            current = kind.node(children);
        }
        Some(current)
    }
}

/// Why a leaf could not be appended or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The tree would have more than 8⁷ leaves.
    #[error("the tree is full: it holds at most {CAPACITY} leaves")]
    Full,
    /// There is no leaf at that position.
    #[error("there is no leaf at position {0}")]
    NoSuchLeaf(u32),
}

/// The nodes of either tree. Level 0 holds the leaves, level 7 the root alone.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Nodes {
    kind: TreeKind,
    levels: [Vec<Fr>; DEPTH + 1],
}

impl Nodes {
    fn new(kind: TreeKind) -> Self {
        Self { kind, levels: Default::default() }
    }

    fn root(&self) -> Fr {
        self.levels[DEPTH].first().copied().unwrap_or(self.kind.empty()[DEPTH])
    }

    /// The children of node `index` of level `level + 1`, completed with empty subtrees.
    fn children(&self, level: usize, index: usize) -> [Fr; ARITY] {
        let mut children = [self.kind.empty()[level]; ARITY];
        let present = self.levels[level].iter().skip(index * ARITY).take(ARITY);
        for (child, node) in children.iter_mut().zip(present) {
            *child = *node;
        }
        children
    }

    fn extend(&mut self, leaves: impl IntoIterator<Item = Fr>) -> Result<(), TreeError> {
        let first = self.levels[0].len();
        self.levels[0].extend(leaves);
        if self.levels[0].len() > CAPACITY {
            self.levels[0].truncate(first);
            return Err(TreeError::Full);
        }
        self.rebuild_from(first);
        Ok(())
    }

    /// Makes every node anew that stands over a leaf at `first` or behind it.
    fn rebuild_from(&mut self, first: usize) {
        let mut start = first;
        for level in 0..DEPTH {
            start /= ARITY;
            let end = self.levels[level].len().div_ceil(ARITY);
            let node = |index| self.kind.node(&self.children(level, index));
            #[cfg(feature = "parallel")]
            let nodes: Vec<Fr> = (start..end).into_par_iter().with_min_len(16).map(node).collect();
            #[cfg(not(feature = "parallel"))]
            let nodes: Vec<Fr> = (start..end).map(node).collect();
            self.levels[level + 1].truncate(start);
            self.levels[level + 1].extend(nodes);
        }
    }

    /// Puts one value in the place of leaves; a node over several of them is hashed once.
    fn replace(&mut self, indexes: &[u32], leaf: Fr) -> Result<(), TreeError> {
        let leaves = self.levels[0].len();
        if let Some(index) = indexes.iter().find(|index| **index as usize >= leaves) {
            return Err(TreeError::NoSuchLeaf(*index));
        }
        let mut positions: Vec<usize> = indexes.iter().map(|index| *index as usize).collect();
        positions.sort_unstable();
        for position in &positions {
            self.levels[0][*position] = leaf;
        }
        for level in 0..DEPTH {
            for position in &mut positions {
                *position /= ARITY;
            }
            positions.dedup();
            let node = |position: &usize| self.kind.node(&self.children(level, *position));
            #[cfg(feature = "parallel")]
            let nodes: Vec<Fr> = positions.par_iter().with_min_len(16).map(node).collect();
            #[cfg(not(feature = "parallel"))]
            let nodes: Vec<Fr> = positions.iter().map(node).collect();
            for (position, node) in positions.iter().zip(nodes) {
                self.levels[level + 1][*position] = node;
            }
        }
        Ok(())
    }

    fn path(&self, index: u32) -> Option<MerklePath> {
        self.levels[0].get(index as usize)?;
        let mut position = index as usize;
        let children = std::array::from_fn(|level| {
            position /= ARITY;
            self.children(level, position)
        });
        Some(MerklePath { index, children })
    }
}

/// Defines one of the two trees over [`Nodes`].
macro_rules! tree {
    ($(#[$meta:meta])* $name:ident, $kind:expr, $root:ident, $leaf:ty, $to_field:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(Nodes);

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl $name {
            /// Which tree this is.
            pub const KIND: TreeKind = $kind;

            /// The tree without leaves.
            #[must_use]
            pub fn new() -> Self {
                Self(Nodes::new(Self::KIND))
            }

            /// The tree over these leaves, hashed in parallel with the feature `parallel`.
            ///
            /// # Errors
            /// [`TreeError::Full`] if there are more than 8⁷.
            pub fn build(leaves: impl IntoIterator<Item = $leaf>) -> Result<Self, TreeError> {
                let mut tree = Self::new();
                tree.extend(leaves)?;
                Ok(tree)
            }

            /// Appends many leaves; nodes over them are hashed once.
            ///
            /// # Errors
            /// [`TreeError::Full`], and then nothing is appended.
            pub fn extend(&mut self, leaves: impl IntoIterator<Item = $leaf>) -> Result<(), TreeError> {
                self.0.extend(leaves.into_iter().map($to_field))
            }

            /// Appends a leaf and tells its position.
            ///
            /// # Errors
            /// [`TreeError::Full`], and then nothing is appended.
            pub fn append(&mut self, leaf: $leaf) -> Result<u32, TreeError> {
                let index = u32::try_from(self.len()).map_err(|_| TreeError::Full)?;
                self.extend([leaf])?;
                Ok(index)
            }

            /// Replaces leaves by the [`tombstone`]; nodes over them are hashed once.
            ///
            /// # Errors
            /// [`TreeError::NoSuchLeaf`], and then nothing is replaced.
            pub fn bury(&mut self, indexes: &[u32]) -> Result<(), TreeError> {
                self.0.replace(indexes, tombstone())
            }

            /// Replaces a leaf.
            ///
            /// # Errors
            /// [`TreeError::NoSuchLeaf`].
            pub fn update(&mut self, index: u32, leaf: $leaf) -> Result<(), TreeError> {
                self.0.replace(&[index], $to_field(leaf))
            }

            /// Number of leaves, tombstones included.
            #[must_use]
            pub fn len(&self) -> usize {
                self.0.levels[0].len()
            }

            /// Whether there is no leaf.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// The leaves in their order.
            #[must_use]
            pub fn leaves(&self) -> &[Fr] {
                &self.0.levels[0]
            }

            /// The root.
            #[must_use]
            pub fn root(&self) -> $root {
                $root::new(self.0.root())
            }

            /// The path of the leaf at `index`, `None` if there is none.
            #[must_use]
            pub fn path(&self, index: u32) -> Option<MerklePath> {
                self.0.path(index)
            }

            /// Writes leaves and nodes, so that [`read_from`](Self::read_from) has nothing to hash.
            ///
            /// # Errors
            /// Those of the writer.
            pub fn write_to(&self, writer: impl std::io::Write) -> std::io::Result<()> {
                self.0.write_to(writer)
            }

            /// Reads what [`write_to`](Self::write_to) wrote.
            ///
            /// # Errors
            /// Those of the reader, and anything that was not written by it: see [`TreeFileError`].
            pub fn read_from(reader: impl std::io::Read) -> Result<Self, TreeFileError> {
                Nodes::read_from(reader, Self::KIND).map(Self)
            }
        }
    };
}

tree! {
    /// The tree of members' commitments.
    MemberTree, TreeKind::Members, MembersRoot, Commitment, |commitment: Commitment| *commitment.as_field()
}

tree! {
    /// The tree of credentials' leaves (`Credential::leaf`).
    CredentialTree, TreeKind::Credentials, CredentialsRoot, Fr, |leaf: Fr| leaf
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn leaves(count: u32) -> Vec<Fr> {
        (0..count).map(|i| field_hash(&[&i.to_be_bytes()])).collect()
    }

    #[test]
    fn an_empty_tree_is_seven_levels_of_empty_nodes() {
        let mut node = empty_leaf();
        for _ in 0..DEPTH {
            node = TreeKind::Credentials.node(&[node; ARITY]);
        }
        assert_eq!(CredentialTree::new().root().as_field(), &node);
        assert_ne!(MemberTree::new().root().as_field(), &node);
    }

    #[test]
    fn building_extending_and_appending_give_one_root() {
        for count in [1, 7, 8, 9, 63, 64, 65, 130] {
            let leaves = leaves(count);
            let built = CredentialTree::build(leaves.clone()).unwrap();
            let mut appended = CredentialTree::new();
            for (position, leaf) in leaves.iter().enumerate() {
                assert_eq!(appended.append(*leaf).unwrap() as usize, position);
            }
            let mut extended = CredentialTree::build(leaves[..leaves.len() / 2].to_vec()).unwrap();
            extended.extend(leaves[leaves.len() / 2..].to_vec()).unwrap();
            assert_eq!(built, appended);
            assert_eq!(built, extended);
        }
    }

    #[test]
    fn every_path_leads_to_the_root_from_its_leaf_alone() {
        let leaves = leaves(70);
        let tree = CredentialTree::build(leaves.clone()).unwrap();
        for (index, leaf) in (0..).zip(&leaves) {
            let path = tree.path(index).unwrap();
            assert_eq!(path.root(TreeKind::Credentials, leaf), Some(*tree.root().as_field()));
            assert_eq!(path.root(TreeKind::Credentials, &empty_leaf()), None);
            assert_ne!(path.root(TreeKind::Members, leaf), Some(*tree.root().as_field()));
        }
        assert!(tree.path(70).is_none());
    }

    #[test]
    fn burying_leaves_is_the_same_as_building_with_tombstones() {
        let mut leaves = leaves(70);
        let mut tree = CredentialTree::build(leaves.clone()).unwrap();
        // Neighbours, far ones, in no order, one of them twice.
        let buried = [64, 3, 69, 4, 3, 20];
        tree.bury(&buried).unwrap();
        for index in buried {
            leaves[index as usize] = tombstone();
        }
        assert_eq!(tree, CredentialTree::build(leaves.clone()).unwrap());
        tree.bury(&[]).unwrap();
        assert_eq!(tree.bury(&[5, 70]), Err(TreeError::NoSuchLeaf(70)));
        assert_eq!(tree, CredentialTree::build(leaves).unwrap(), "nothing is replaced");
    }

    #[test]
    fn updating_a_leaf_is_the_same_as_building_with_it() {
        let mut leaves = leaves(70);
        let mut tree = CredentialTree::build(leaves.clone()).unwrap();
        leaves[64] = field_hash(&[b"another"]);
        tree.update(64, leaves[64]).unwrap();
        assert_eq!(tree, CredentialTree::build(leaves).unwrap());
    }
}

//! A leaf that is not in the credentials tree, whichever statement it is shown by.

use aiq_circuits::{
    Fr,
    tree::{DEPTH, MerklePath, TreeKind},
};

use super::{Forgery, Target, between, column, no_difference, other_output, spliced};

/// A slot with a leaf that is not in the tree.
pub(super) struct FalseLeaf<I: Target> {
    /// Rule and number of the slot, in front of the names of its groups.
    pub(super) slot: String,
    pub(super) leaf: Fr,
    /// The path of the leaf that is in the tree in its place.
    pub(super) honest: MerklePath,
    /// Its path in a tree of the prover's own.
    pub(super) own: MerklePath,
    /// The claim that it is in the tree, by a path.
    pub(super) claim: Box<dyn Fn(MerklePath) -> (I, I::Witness)>,
}

impl<I: Target> FalseLeaf<I> {
    pub(super) fn forgeries(&self) -> Vec<Forgery<I>> {
        let Self { slot, leaf, honest, own, claim } = self;

        // A leaf that is not the hash of what the slot says.
        let group = format!("{slot}: leaf");
        let false_leaf = claim(honest.clone());
        let forced = other_output(&false_leaf, &group, no_difference);
        let mut forgeries = vec![Forgery::new(group, false_leaf, forced)];
        for level in 0..DEPTH {
            // As in the members tree.
            let group = format!("{slot}: path level {level}: position");
            let (path, position) = between(honest, TreeKind::Credentials, *leaf, level);
            let forced = vec![(column::<I>(&group, 0), position)];
            forgeries.push(Forgery::new(group, claim(path), forced));
            let group = format!("{slot}: path level {level}: selection");
            forgeries.push(Forgery::new(group, claim(spliced(own, honest, level)), Vec::new()));
            let group = format!("{slot}: path level {level}: node");
            let false_node = claim(spliced(own, honest, level + 1));
            let forced = other_output(&false_node, &group, no_difference);
            forgeries.push(Forgery::new(group, false_node, forced));
        }
        forgeries.push(Forgery::new(format!("{slot}: credentials root"), claim(own.clone()), Vec::new()));
        forgeries
    }
}

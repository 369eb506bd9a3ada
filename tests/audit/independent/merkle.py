"""The log's tree (RFC 6962) and the two trees of an epoch (§4)."""

from .canonical import field_hash, poseidon, sha256

ARITY, DEPTH = 8, 7


def leaf_hash(entry):
    return sha256(b"\x00", entry)


def node_hash(left, right):
    return sha256(b"\x01", left, right)


def log_root(leaves):
    """The definition of RFC 6962, section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(log_root(leaves[:split]), log_root(leaves[split:]))


def is_included(index, size, leaf, path, root):
    """RFC 9162, section 2.1.3.2."""
    if index >= size:
        return False
    first, last, hash_ = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            hash_ = node_hash(sibling, hash_)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and hash_ == root


def tree_root(name, leaves):
    """Root of a members tree (`member_node`) or a credentials tree (`credential_node`)."""
    empty, nodes = field_hash(b"AIQ/v1/empty"), list(leaves)
    for _ in range(DEPTH):
        groups = [nodes[at : at + ARITY] for at in range(0, len(nodes), ARITY)]
        nodes = [poseidon(name, *group, *[empty] * (ARITY - len(group))) for group in groups]
        empty = poseidon(name, *[empty] * ARITY)
    return nodes[0] if nodes else empty

"""Several continuations of one prompt as a tree, so that one forward pass reads them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Trie(NamedTuple):
    """Token sequences, none the beginning of another, that share what they have in common.

    Nodes are the tokens that the model must read; the last token of a sequence is only ever predicted, so it is none. Node 0 is
    the last token of `stem`.
    """

    stem: list[int]  # the tokens that all sequences begin with
    tokens: list[int]  # of the nodes; that of node 0 is in the stem
    depths: NDArray[np.int64]  # of the nodes: 0, and one more per token
    ancestors: NDArray[np.bool_]  # (nodes, nodes): may the first see the second? Itself and what leads to it
    paths: list[list[tuple[int, int]]]  # per sequence, after the stem: the node that predicts, the token it predicts


def trie(sequences: Sequence[Sequence[int]]) -> Trie:
    """The tree of `sequences`. Raises ValueError when they have no first token in common."""
    same = [len(set(column)) == 1 for column in zip(*sequences, strict=False)]
    stem_length = (*same, False).index(False)
    if stem_length == 0:
        raise ValueError("The sequences have no first token in common.")
    stem = list(sequences[0][:stem_length])
    nodes: dict[tuple[int, ...], int] = {(): 0}
    for sequence in sequences:
        for end in range(stem_length + 1, len(sequence)):
            nodes.setdefault(tuple(sequence[stem_length:end]), len(nodes))
    ancestors = np.zeros((len(nodes), len(nodes)), dtype=np.bool_)
    for path, node in nodes.items():
        ancestors[node, [nodes[path[:end]] for end in range(len(path) + 1)]] = True
    return Trie(
        stem=stem,
        tokens=[(stem[-1], *path)[-1] for path in nodes],
        depths=np.array([len(path) for path in nodes], dtype=np.int64),
        ancestors=ancestors,
        paths=[
            [(nodes[tuple(sequence[stem_length:end])], sequence[end]) for end in range(stem_length, len(sequence))]
            for sequence in sequences
        ],
    )

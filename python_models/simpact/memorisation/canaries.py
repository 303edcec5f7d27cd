"""Canaries: answers about nobody, half of them planted in the training set, to see what one occurrence leaves behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from simpact.attacks.outcomes import FEWEST_TARGETS
from simpact.memorisation.ranking import auc, auc_interval
from simpact.memorisation.scored import Scored, epochs, scores

WORDS = """
anchor basket button candle carpet cellar cherry copper cotton crayon curtain dragon eleven fabric feather fiddle
garden ginger granite hammer harbour honey island jacket jigsaw kettle ladder lantern lemon magnet marble meadow
mirror mitten needle nickel orange orchid paddle pebble pepper pillow planet pocket puzzle quartz rabbit ribbon
rocket saddle sailor silver spoon sugar teapot thimble timber tunnel turnip velvet violet walnut window zipper
"""
N_WORDS = 6
N_DIGITS = 6  # with the words 10^16.8 answers: none is guessed

CANARIES = pa.schema([("canary", pa.int32()), ("answer", pa.string()), ("is_planted", pa.bool_())])

CANARY_LOSSES = pa.schema(
    [
        ("adapter", pa.string()),
        ("epoch", pa.int32()),
        ("canary", pa.int32()),
        ("is_planted", pa.bool_()),
        ("loss_adapter", pa.float64()),
        ("loss_base", pa.float64()),
    ]
)

EXPOSURES = pa.schema(
    [
        ("adapter", pa.string()),
        ("epoch", pa.int32()),
        ("n_planted", pa.int64()),
        ("n_alternatives", pa.int64()),
        ("mean_exposure", pa.float64()),
        ("max_exposure", pa.float64()),
        ("share_first", pa.float64()),
        ("auc", pa.float64()),
        ("auc_low", pa.float64()),
        ("auc_high", pa.float64()),
    ]
)


def make_canaries(n: int, seed: int) -> pa.Table:
    """2n distinct rows of CANARIES, a random n of them to be planted: six random words, and six random digits.

    What is not planted is drawn alike, so that only training tells the two apart.
    """
    rng = np.random.default_rng(seed)
    vocabulary, answers = WORDS.split(), dict[str, None]()
    while len(answers) < 2 * n:
        words = " ".join(rng.choice(vocabulary, N_WORDS))
        answers[f"{words} {rng.integers(10**N_DIGITS):0{N_DIGITS}d}"] = None
    planted = np.zeros(2 * n, dtype=bool)
    planted[rng.permutation(2 * n)[:n]] = True
    return pa.table([pa.array(np.arange(2 * n)), list(answers), planted], names=CANARIES.names).cast(CANARIES)


def exposures(losses: pa.Table, seed: int) -> pa.Table:
    """Rows of EXPOSURES, one per adapter and epoch, from rows of CANARY_LOSSES, one per adapter, epoch and canary.

    exposure = log2 |R| - log2 rank (Carlini et al. 2019, "The Secret Sharer"), where R is a planted canary with all that were
    held out, ranked by loss_base - loss_adapter; a tie counts half. It is at most log2 (n + 1), and 1.44 on average if nothing
    is remembered. `share_first` is of planted canaries above every alternative, 1 / (n + 1) by chance. The AUC of planted
    against held out has a 95 % bootstrap interval; null with fewer than FEWEST_TARGETS of either.

    Raises UserError for a loss that is not finite.
    """
    rows = []
    for adapter, epoch, canaries in epochs(losses.sort_by("canary")):
        is_planted, values = np.asarray(canaries["is_planted"]), scores(canaries, "reference")
        rows.append({"adapter": adapter, "epoch": epoch} | _figures(values[is_planted], values[~is_planted], seed))
    return pa.Table.from_pylist(rows, schema=EXPOSURES)


def _figures(planted: np.ndarray[Any, Any], alternatives: np.ndarray[Any, Any], seed: int) -> dict[str, Any]:
    figures: dict[str, Any] = {"n_planted": len(planted), "n_alternatives": len(alternatives)}
    if not (len(planted) and len(alternatives)):
        return figures
    ranked = np.sort(alternatives)
    above = len(ranked) - np.searchsorted(ranked, planted, side="right")
    not_below = len(ranked) - np.searchsorted(ranked, planted, side="left")
    exposure = np.log2(len(ranked) + 1) - np.log2(1 + (above + not_below) / 2)
    figures |= {
        "mean_exposure": float(exposure.mean()),
        "max_exposure": float(exposure.max()),
        "share_first": float((not_below == 0).mean()),
    }
    if min(len(planted), len(alternatives)) < FEWEST_TARGETS:
        return figures
    ours, theirs = (Scored(values, np.arange(len(values))) for values in (planted, alternatives))
    low, high = auc_interval(ours, theirs, seed)
    return figures | {"auc": auc(ours, theirs), "auc_low": low, "auc_high": high}

"""How often people told the generated text from the real one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simpact.attacks.statistics import Interval, percentile_interval, wilson
from simpact.human.answers import CHOICES, read_answers
from simpact.human.statistics import CHANCE, Counts, equivalence_p, krippendorff_alpha, resampled_rates

POOLED = "all models"
SIGNIFICANCE = 0.05
FLOOR_SECONDS = 2.0  # two posts of ten words at 600 words a minute; most adults read up to 300 (Brysbaert 2019)
MOST_CHECKS_FAILED = 1 / 3  # one slip in three is let through
HUMAN_SCORES = pa.schema(
    [
        ("model", pa.string()),  # or POOLED, the last row
        ("n", pa.int64()),  # answers to pairs
        ("correct", pa.int64()),
        ("incorrect", pa.int64()),
        ("unsure", pa.int64()),
        ("accuracy", pa.float64()),  # an unsure answer counts one half, as in the paper
        ("accuracy_low", pa.float64()),  # Wilson, 95 %
        ("accuracy_high", pa.float64()),
        ("rater_low", pa.float64()),  # the same by resampling raters; none for a single one
        ("rater_high", pa.float64()),
        ("equivalence_p", pa.float64()),
        ("verdict", pa.string()),  # equivalent, different or undecided
        ("decided_accuracy", pa.float64()),  # unsure answers dropped
        ("decided_low", pa.float64()),
        ("decided_high", pa.float64()),
        ("longer_accuracy", pa.float64()),  # of who always takes the longer text: the baseline
        ("median_seconds", pa.float64()),
        ("alpha", pa.float64()),  # Krippendorff's, of A, B and unsure; none where no item has two answers
        ("raters", pa.int64()),
        ("items", pa.int64()),
        ("shared_items", pa.int64()),  # with two answers or more
        ("answers_too_fast", pa.int64()),  # left out
        ("raters_check_failed", pa.int64()),  # left out: two tries at the comprehension check; the same in every row
        ("raters_inattentive", pa.int64()),  # left out: too many attention checks wrong; the same in every row
    ]
)


def score_answers(
    answer_files: Sequence[Path],
    key_file: Path,
    seed: int,
    floor_seconds: float = FLOOR_SECONDS,
    most_checks_failed: float = MOST_CHECKS_FAILED,
) -> pa.Table:
    """Rows of HUMAN_SCORES: the models by name, then all together. Without an answer, a rate is null and the verdict undecided.

    Left out, and counted: raters who failed the comprehension check, raters who gave a wrong or unsure answer to more than
    `most_checks_failed` of the attention checks they met, and answers faster than `floor_seconds`. `seed` is of the resampling.
    Raises UserError as `read_answers` does.
    """
    answers, has_passed, models = read_answers(answer_files, key_file)
    n_raters = len(has_passed)
    checks = answers.filter(pc.field("is_check"))
    wrong = pc.not_equal(checks["answer"], checks["human"]).to_numpy(zero_copy_only=False)
    met = np.bincount(checks["rater"].to_numpy(), minlength=n_raters)
    failed = np.bincount(checks["rater"].to_numpy(), weights=wrong, minlength=n_raters)
    is_instructed = np.array(has_passed, dtype=bool)
    is_inattentive = is_instructed & (failed > most_checks_failed * met)
    is_kept = is_instructed & ~is_inattentive

    pairs = answers.filter(~pc.field("is_check"))
    pairs = pairs.filter(pa.array(is_kept[pairs["rater"].to_numpy()], pa.bool_()))
    of_raters = {
        "raters_check_failed": int((~is_instructed).sum()),
        "raters_inattentive": int(is_inattentive.sum()),
    }
    rows = [_score(pairs.filter(pc.field("model") == model), floor_seconds, seed) | {"model": model} for model in models]
    rows.append(_score(pairs, floor_seconds, seed) | {"model": POOLED})
    return pa.Table.from_pylist([row | of_raters for row in rows], schema=HUMAN_SCORES)


def _score(pairs: pa.Table, floor_seconds: float, seed: int) -> dict[str, Any]:
    """A row of HUMAN_SCORES, but for the model and the raters left out."""
    kept = pairs.filter(pc.field("seconds") >= floor_seconds)
    n, answer = kept.num_rows, np.array(kept["answer"].to_pylist(), dtype=object)
    is_unsure, is_correct = answer == "unsure", answer == np.array(kept["human"].to_pylist(), dtype=object)
    points = is_correct + is_unsure / 2
    by_item = _counts_by_item(kept)
    rater, total = np.unique(kept["rater"].to_numpy(), return_counts=True)
    counted = {
        "n": n,
        "correct": int(is_correct.sum()),
        "incorrect": n - int(is_correct.sum()) - int(is_unsure.sum()),
        "unsure": int(is_unsure.sum()),
        "raters": len(rater),
        "items": len(by_item),
        "shared_items": int((by_item.sum(axis=1) > 1).sum()),
        "answers_too_fast": pairs.num_rows - n,
        "alpha": krippendorff_alpha(by_item),
        "verdict": "undecided",
    }
    if not n:
        return counted
    accuracy, interval = float(points.mean()), wilson(float(points.sum()), n).interval()
    by_rater, clustered_error = None, 0.0
    if len(rater) > 1:
        sums = np.bincount(kept["rater"].to_numpy(), weights=points)[rater]
        replicates = resampled_rates(sums, total, seed)
        by_rater, clustered_error = percentile_interval(replicates), float(replicates.std())
    p = equivalence_p(accuracy, n, clustered_error)
    longer = np.sign(kept["human_words"].to_numpy() - kept["generated_words"].to_numpy())
    return counted | {
        "accuracy": accuracy,
        "accuracy_low": interval.low,
        "accuracy_high": interval.high,
        "rater_low": by_rater and by_rater.low,
        "rater_high": by_rater and by_rater.high,
        "equivalence_p": p,
        "verdict": _verdict(p, [interval, by_rater or interval]),
        "longer_accuracy": float((1 + longer).mean() / 2),
        "median_seconds": float(np.median(kept["seconds"].to_numpy())),
        **_decided(int(is_correct.sum()), n - int(is_unsure.sum())),
    }


def _counts_by_item(answers: pa.Table) -> Counts:
    """A row per item, a column per choice: how many gave it."""
    items, item = np.unique(np.array(answers["item"].to_pylist(), dtype=str), return_inverse=True)
    choice = np.searchsorted(CHOICES, np.array(answers["answer"].to_pylist(), dtype=str))
    counted = np.bincount(item * len(CHOICES) + choice, minlength=len(items) * len(CHOICES))
    return counted.reshape(len(items), len(CHOICES))


def _decided(correct: int, decided: int) -> dict[str, float]:
    if not decided:
        return {}
    interval = wilson(correct, decided).interval()
    return {"decided_accuracy": correct / decided, "decided_low": interval.low, "decided_high": interval.high}


def _verdict(p: float, intervals: Sequence[Interval]) -> str:
    """Equivalent to chance, different from it in every interval, or undecided, for which more answers are the remedy."""
    if p < SIGNIFICANCE:
        return "equivalent"
    return "undecided" if any(low <= CHANCE <= high for low, high in intervals) else "different"


def scores_text(scores: pa.Table) -> str:
    """The scores as lines for a terminal."""
    rows = scores.to_pylist()
    cells = [
        ("model", "answers", "raters", "accuracy", "95 %", "95 % by rater", "p equal", "verdict", "longer", "alpha", "seconds"),
        *(
            (
                row["model"],
                f"{row['n']:,}",
                f"{row['raters']:,}",
                _figure(row["accuracy"]),
                f"{_figure(row['accuracy_low'])} to {_figure(row['accuracy_high'])}",
                f"{_figure(row['rater_low'])} to {_figure(row['rater_high'])}",
                _figure(row["equivalence_p"]),
                row["verdict"],
                _figure(row["longer_accuracy"]),
                _figure(row["alpha"]),
                _figure(row["median_seconds"], 1),
            )
            for row in rows
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    pooled = rows[-1]
    lines.append(
        f"Left out: {pooled['raters_check_failed']:,} raters by the comprehension check, {pooled['raters_inattentive']:,} by "
        f"attention checks, {pooled['answers_too_fast']:,} answers that were too fast."
    )
    return "\n".join(lines)


def _figure(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"

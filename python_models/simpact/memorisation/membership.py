"""Membership inference: was this answer, or this person, in the training set?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from simpact.attacks.outcomes import FEWEST_TARGETS
from simpact.memorisation.low_fpr import FEWEST_CONTROLS, tpr, tpr_interval
from simpact.memorisation.ranking import auc, auc_interval
from simpact.memorisation.scored import ATTACKS, Scored, epochs, scores

AUDIT = pa.schema(
    [
        ("adapter", pa.string()),
        ("epoch", pa.int32()),
        ("thread_id", pa.int64()),
        ("person", pa.int64()),
        ("is_member", pa.bool_()),
        ("loss_adapter", pa.float64()),
        ("loss_base", pa.float64()),
        ("n_tokens", pa.int32()),
    ]
)

MEMBERSHIP = pa.schema(
    [
        ("adapter", pa.string()),
        ("epoch", pa.int32()),
        ("unit", pa.string()),
        ("attack", pa.string()),
        ("n_members", pa.int64()),
        ("n_controls", pa.int64()),
        ("auc", pa.float64()),
        ("auc_low", pa.float64()),
        ("auc_high", pa.float64()),
        ("tpr", pa.float64()),
        ("tpr_low", pa.float64()),
        ("tpr_high", pa.float64()),
    ]
)


def membership(audit: pa.Table, seed: int) -> pa.Table:
    """Rows of MEMBERSHIP, one per adapter, epoch, unit and attack, from rows of AUDIT, one per adapter, epoch and thread.

    Losses are means over the answer's tokens, in nats. The unit 'thread' asks of one answer, drawn from a random person's;
    'person' asks of the mean over all the answers of a person that were sampled. People count alike in both, so one with
    hundreds of threads is one. `n_members` and `n_controls` are people in both, since people are what was drawn at random.
    TPR is at a false positive rate of 1 %.

    Intervals are of 95 %: of the AUC by a bootstrap over people, of the TPR by the exact distribution of the controls' order
    (`low_fpr` says why neither Wilson's nor a bootstrap). With fewer than FEWEST_TARGETS members or controls there are no
    figures, with fewer than FEWEST_CONTROLS controls no TPR: null, which no verdict takes for safety.

    Raises UserError for a loss that is not finite, ValueError for a person who is a member and a control of one adapter.
    """
    rows = []
    for adapter, epoch, losses in epochs(audit.sort_by("thread_id")):
        is_member, person = np.asarray(losses["is_member"]), losses["person"].to_numpy()
        if np.intersect1d(person[is_member], person[~is_member]).size:
            raise ValueError(f"Adapter {adapter} has people who are both members and controls.")
        for attack in ATTACKS:
            values = scores(losses, attack)
            members, controls = (_scored(values[chosen], person[chosen]) for chosen in (is_member, ~is_member))
            for unit, ours, theirs in (
                ("thread", members, controls),
                ("person", members.by_person(), controls.by_person()),
            ):
                named = {"adapter": adapter, "epoch": epoch, "unit": unit, "attack": attack}
                rows.append(named | _figures(ours, theirs, seed))
    return pa.Table.from_pylist(rows, schema=MEMBERSHIP)


def _scored(values: np.ndarray[Any, Any], person: np.ndarray[Any, Any]) -> Scored:
    return Scored(values, np.unique(person, return_inverse=True)[1])


def _figures(members: Scored, controls: Scored, seed: int) -> dict[str, Any]:
    n_members, n_controls = members.n_people, controls.n_people
    figures: dict[str, Any] = {"n_members": n_members, "n_controls": n_controls}
    if min(n_members, n_controls) < FEWEST_TARGETS:
        return figures
    low, high = auc_interval(members, controls, seed)
    figures |= {"auc": auc(members, controls), "auc_low": low, "auc_high": high}
    if n_controls < FEWEST_CONTROLS:
        return figures
    rate = tpr(members, controls)
    low, high = tpr_interval(rate, n_members, n_controls)
    return figures | {"tpr": rate, "tpr_low": low, "tpr_high": high}

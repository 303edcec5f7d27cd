"""Run every attack on a release, and report on each."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from simpact.attacks.catalogue import CATALOGUE, Attack
from simpact.attacks.evidence import Attacked, evidence
from simpact.attacks.outcomes import Outcome

FALSE_ALARMS = 0.01  # chance that any gated attack is said to have succeeded on a release where none can

ATTACKS = pa.schema(
    [
        ("attack", pa.string()),
        ("measure", pa.string()),
        ("attacker_knows", pa.string()),
        ("n_targets", pa.int64()),
        ("n_successes", pa.int64()),
        ("success", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("baseline", pa.float64()),
        ("baseline_ci_low", pa.float64()),
        ("baseline_ci_high", pa.float64()),
        ("risk", pa.float64()),
        ("risk_ci_low", pa.float64()),
        ("risk_ci_high", pa.float64()),
        ("is_gated", pa.bool_()),
        ("verdict", pa.string()),
    ]
)


def run_attacks(connection: duckdb.DuckDBPyConnection, seed: int, targets: int = 1000, k: int = 10) -> pa.Table:
    """Rows of ATTACKS, one per attack of the catalogue, on the release and archive that `connection` holds.

    `targets` bounds the threads, pairs or texts that an attack samples; attacks that count leaks look at everything. `k` is the
    number of people that a cell of the release promises. Intervals are of 95 %; a gated attack has 'succeeded' at the
    confidence at which all gated attacks together raise a false alarm with probability FALSE_ALARMS at most (Bonferroni).
    'too few targets' is no sign of safety: there was nothing to attack, or not enough to tell.

    Raises ValueError, or DuckDB's error, when a gap or a bucket of time cannot be read, or a thread's action is in no archive.
    """
    gate_confidence = 1 - FALSE_ALARMS / sum(attack.is_gated for attack in CATALOGUE)
    attacked = Attacked(connection, seed, targets, k)
    with evidence(connection):
        rows = [_row(attack, attack.run(attacked), gate_confidence) for attack in CATALOGUE]
    return pa.Table.from_pylist(rows, schema=ATTACKS)


def _row(attack: Attack, outcome: Outcome, gate_confidence: float) -> dict[str, Any]:
    figures = outcome.figures()
    verdict = outcome.verdict(gate_confidence) if attack.is_gated or not outcome.n_targets else "reported"
    described = {
        "attack": attack.name,
        "measure": attack.measure,
        "attacker_knows": attack.attacker_knows,
        "n_targets": outcome.n_targets,
        "is_gated": attack.is_gated,
        "verdict": verdict,
    }
    if figures is None:
        return described
    return described | {
        "n_successes": outcome.n_successes,
        "success": figures.success,
        "ci_low": figures.success_ci.low,
        "ci_high": figures.success_ci.high,
        "baseline": figures.baseline,
        "baseline_ci_low": figures.baseline_ci.low,
        "baseline_ci_high": figures.baseline_ci.high,
        "risk": figures.risk,
        "risk_ci_low": figures.risk_ci.low,
        "risk_ci_high": figures.risk_ci.high,
    }

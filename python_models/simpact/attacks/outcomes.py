"""What an attack found, in one of three kinds, and when that is a success."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from simpact.attacks.statistics import CONFIDENCE, Interval, correlation_interval, residual_risk, wilson

FEWEST_TARGETS = 30  # below, an interval is so wide that no verdict would mean anything
TOLERANCE = 0.01  # gain that is let through: a baseline knows only coarsely what published attributes tell of people
CEILING = 0.1  # an attack is withstood when its risk is shown to be below: an interval that reaches beyond proves nothing
TOO_FEW = "too few targets"


class Figures(NamedTuple):
    """The measured columns of a row of the report; the two risks are in [0, 1]."""

    success: float
    success_ci: Interval
    baseline: float
    baseline_ci: Interval
    risk: float
    risk_ci: Interval


class Outcome(Protocol):
    """What one attack counted. `n_successes` is None where nothing can be counted."""

    @property
    def n_targets(self) -> int: ...
    @property
    def n_successes(self) -> int | None: ...
    def figures(self, confidence: float = CONFIDENCE) -> Figures | None:
        """The figures with intervals of this confidence, or None when there is nothing to compute them from."""

    def verdict(self, gate_confidence: float) -> str:
        """'succeeded', 'withstood' or 'too few targets'; a success is one at `gate_confidence`."""


@dataclass(frozen=True)
class Comparison:
    """An attack that hits `n_successes` of `n_targets`, of which its baseline is expected to hit `baseline_successes`."""

    n_targets: int
    n_successes: int
    baseline_successes: float

    def figures(self, confidence: float = CONFIDENCE) -> Figures | None:
        if not self.n_targets:
            return None
        attack = wilson(self.n_successes, self.n_targets, confidence)
        baseline = wilson(self.baseline_successes, self.n_targets, confidence)
        risk = residual_risk(attack, baseline)
        return Figures(
            self.n_successes / self.n_targets,
            attack.interval(),
            self.baseline_successes / self.n_targets,
            baseline.interval(),
            min(max(risk.middle, 0.0), 1.0),
            risk.interval(),
        )

    def verdict(self, gate_confidence: float) -> str:
        shown, at_gate = self.figures(), self.figures(gate_confidence)
        if shown is None or at_gate is None or self.n_targets < FEWEST_TARGETS:
            return TOO_FEW
        if at_gate.risk_ci.low > TOLERANCE:
            return "succeeded"
        return "withstood" if shown.risk_ci.high <= CEILING else TOO_FEW


@dataclass(frozen=True)
class Occurrences:
    """`n_successes` of `n_targets` things have what nothing may have: the baseline is 0, and so is the tolerance."""

    n_targets: int
    n_successes: int

    def figures(self, confidence: float = CONFIDENCE) -> Figures | None:
        if not self.n_targets:
            return None
        rate, interval = self.n_successes / self.n_targets, wilson(self.n_successes, self.n_targets, confidence).interval()
        return Figures(rate, interval, 0.0, Interval(0.0, 0.0), rate, interval)

    def verdict(self, gate_confidence: float) -> str:
        if not self.n_targets:
            return TOO_FEW
        return "succeeded" if self.n_successes else "withstood"


@dataclass(frozen=True)
class Correlation:
    """A rank correlation over `n_targets` pairs with so many `degrees` of freedom; the risk is its size, whatever its sign."""

    n_targets: int
    degrees: int
    rho: float

    n_successes = None

    def figures(self, confidence: float = CONFIDENCE) -> Figures | None:
        if self.degrees < FEWEST_TARGETS:
            return None
        interval = correlation_interval(self.rho, self.degrees, confidence)
        nearest = 0.0 if interval.low <= 0 <= interval.high else min(abs(interval.low), abs(interval.high))
        risk = Interval(nearest, max(abs(interval.low), abs(interval.high)))
        return Figures(self.rho, interval, 0.0, Interval(0.0, 0.0), abs(self.rho), risk)

    def verdict(self, gate_confidence: float) -> str:
        shown, at_gate = self.figures(), self.figures(gate_confidence)
        if shown is None or at_gate is None:
            return TOO_FEW
        if at_gate.risk_ci.low > TOLERANCE:
            return "succeeded"
        return "withstood" if shown.risk_ci.high <= CEILING else TOO_FEW

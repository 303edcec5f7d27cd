"""What commands share: how numbers are read, and where steps are told."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, _SubParsersAction
from typing import TypeAlias

Commands: TypeAlias = "_SubParsersAction[ArgumentParser]"


def positive(text: str) -> int:
    """A whole number from 1 on. Raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"'{text}' is not a whole number from 1 on")
    return int(text)


def from_zero(text: str) -> int:
    """A whole number from 0 on, as every generator takes one for its seed. Raises ArgumentTypeError."""
    if not text.isdecimal():
        raise ArgumentTypeError(f"'{text}' is not a whole number from 0 on")
    return int(text)


def above_zero(text: str) -> float:
    """A number above 0. Raises ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise ArgumentTypeError(f"'{text}' is not a number above 0")
    return number


def say(step: str) -> None:
    """Tell a step beside what a command prints."""
    print(f"simpact: {step}", file=sys.stderr, flush=True)

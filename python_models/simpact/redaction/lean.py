"""Import Presidio without the libraries of models that patterns do not need."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

MODEL_LIBRARIES = ("torch", "transformers")


@contextmanager
def lean_import() -> Iterator[None]:
    """Let what is imported inside believe that MODEL_LIBRARIES are not installed: 2 s instead of 10 s for Presidio.

    A library that is loaded already stays what it is.
    """
    hidden = [name for name in MODEL_LIBRARIES if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None is how Python marks what cannot be imported
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]

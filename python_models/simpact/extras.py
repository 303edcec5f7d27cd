"""What an install may lack: PyTorch and what stands on it are an extra, since most of the warehouse does without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from simpact.errors import UserError


@contextmanager
def needs_torch(or_else: str) -> Iterator[None]:
    """Around imports of what the extra `torch` brings; `or_else` is what to do without it.

    Raises UserError when a library is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library == "simpact":
            raise
        raise UserError(
            f"This needs PyTorch and what stands on it, and '{library}' is not installed: run pip install 'simpact[torch]', "
            f"or {or_else}."
        ) from None

"""What takes long shows it: a bar on a terminal, elsewhere a line a minute, and nothing of what is soon done."""

from __future__ import annotations

import io
import sys
import threading
from types import SimpleNamespace

import pytest
from dbt.events.types import LogCancelLine

from simpact import dbt_plugin
from simpact import progress as module
from simpact.errors import UserError
from simpact.progress import progress


def read(wait: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BAR", {"delay": wait})
    monkeypatch.setattr(module, "LINES", module.LINES | {"delay": wait, "mininterval": wait})
    with progress(3000, "Reading", "file") as bar:
        for _ in range(3):
            bar.update(1000)


@pytest.mark.parametrize(("wait", "n_lines"), [(0, 4), (60, 0)])
def test_elsewhere_there_are_lines(
    wait: int, n_lines: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read(wait, monkeypatch)
    told = capsys.readouterr().err
    assert told.count("\n") == len(told.splitlines()) == n_lines and "\r" not in told
    assert ("Reading: 2000 of 3000 files in 00:00, 00:00 to go\n" in told) == bool(n_lines)


def test_on_a_terminal_a_bar_draws_over_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", terminal)
    read(0, monkeypatch)
    assert "\rReading: 100%" in terminal.getvalue() and terminal.getvalue().count("\n") == 1


def test_what_shows_progress_ends_when_the_build_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()
    monkeypatch.setattr(module, "STOPPED", stopped)
    monkeypatch.setattr(dbt_plugin, "STOPPED", stopped)
    with progress(3, "Reading", "file", is_quiet=True) as bar:
        dbt_plugin.stop_nodes(SimpleNamespace(info=SimpleNamespace(name="LogStartLine")))  # type: ignore[arg-type]
        bar.update()
        dbt_plugin.stop_nodes(SimpleNamespace(info=SimpleNamespace(name=LogCancelLine.__name__)))  # type: ignore[arg-type]
        with pytest.raises(UserError, match="Stopped"):
            bar.update()

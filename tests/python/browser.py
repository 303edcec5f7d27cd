"""A headless Chromium, driven over the WebDriver protocol with the standard library alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

ARE_MISSING = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the name that the protocol gives to a reference
PATIENCE = 10.0  # seconds
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Browser:
    """One session with a profile of its own in `folder`, which downloads to `folder`/downloads."""

    def __init__(self, folder: Path) -> None:
        self.downloads = folder / "downloads"
        said = folder / "chromedriver.log"
        folder.mkdir()
        with said.open("wb") as stream:
            self._driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=stream, stderr=subprocess.STDOUT)
        try:
            port = until(lambda: re.search(r"successfully on port (\d+)\.", said.read_text()))
            self._session = f"http://127.0.0.1:{port[1]}/session"
            options = {
                "binary": shutil.which("chromium"),
                "args": [*FLAGS, f"--user-data-dir={folder / 'profile'}"],
                "prefs": {"download.default_directory": str(self.downloads)},
            }
            logs = {"browser": "ALL", "performance": "ALL"}
            wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": logs}}
            self._session += "/" + self.post("", {"capabilities": wanted})["sessionId"]
        except BaseException:
            self._driver.kill()
            raise

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._ask("DELETE", "", None)
        finally:
            self._driver.terminate()
            self._driver.wait(PATIENCE)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """What the driver answers to a command. Raises HTTPError for what it refuses."""
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._session + path, data, {"Content-Type": "application/json"}, method=method)
        with DIRECT.open(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, path: Path) -> None:
        self.post("/url", {"url": path.as_uri()})

    def run(self, script: str) -> Any:
        """What a function body in the page returns, or what its promise comes to."""
        return self.post("/execute/sync", {"script": script, "args": []})

    def click(self, selector: str) -> None:
        element = self.post("/element", {"using": "css selector", "value": selector})[ELEMENT]
        self.post(f"/element/{element}/click", {})

    def press(self, key: str) -> None:
        """A key, wherever the focus is."""
        strokes = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self.post("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def log(self, kind: str) -> list[dict[str, Any]]:
        """What was logged since the last call: "browser" is the console, "performance" has the network."""
        entries: list[dict[str, Any]] = self.post("/se/log", {"type": kind})
        return entries

    def requested(self) -> set[str]:
        """The addresses that pages asked for since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}


def until(found: Callable[[], Any]) -> Any:
    """The first value that is not None, within PATIENCE."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = found()
        if value is not None:
            return value
        time.sleep(0.02)
    raise TimeoutError("The browser did not get there.")

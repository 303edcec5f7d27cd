"""The messages of one server, until it ends, is silent, or we have had enough."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from threading import Event as Flag

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from simpact.collect.decoding import LONGEST_MESSAGE

TICK_S = 0.2  # how long nothing may come until the caller gets a turn
HELD_MESSAGES = 4096  # that wait while the disk is busy; then the socket is not read, and the server must wait


class Ended(Exception):
    """The stream is over; `reason` is a word or two for the ledger."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class Refused(Ended):
    """The server answered, and did not let us in: `name` is its word for why, `status` the HTTP status."""

    def __init__(self, status: int, name: str, detail: str) -> None:
        super().__init__("refused", f"HTTP {status} {detail}".strip())
        self.status, self.name = status, name


@contextmanager
def messages(url: str, subprotocols: Sequence[str], silence_s: float, stop: Flag) -> Iterator[Iterator[bytes | None]]:
    """Connect; gives the messages as they come, and None whenever none has come for a moment.

    The library reads the socket in a thread of its own and answers pings, up to HELD_MESSAGES ahead of us. Raises Ended.
    """
    with ExitStack() as closing:
        try:
            connection = closing.enter_context(
                connect(
                    url,
                    subprotocols=[Subprotocol(name) for name in subprotocols] or None,
                    compression=None,
                    max_size=LONGEST_MESSAGE,
                    max_queue=HELD_MESSAGES,
                    open_timeout=min(10.0, silence_s),
                    close_timeout=1,
                )
            )
        except InvalidStatus as error:
            raise _refused(error) from None
        except TimeoutError:
            raise Ended("no_answer") from None
        except (OSError, EOFError, WebSocketException) as error:
            raise Ended("unreachable", str(error)) from None
        yield _received(connection, silence_s, stop)


def _received(connection: ClientConnection, silence_s: float, stop: Flag) -> Iterator[bytes | None]:
    heard = time.monotonic()
    while not stop.is_set():
        try:
            message = connection.recv(timeout=TICK_S, decode=False)
        except TimeoutError:
            if time.monotonic() - heard > silence_s:
                raise Ended("silence", f"nothing for {silence_s:g} s") from None
            yield None
            continue
        except ConnectionClosed as error:
            raise Ended("closed", str(error)) from None
        yield message
        heard = time.monotonic()


def _refused(error: InvalidStatus) -> Refused:
    body = bytes(error.response.body or b"")[:500].decode(errors="replace").strip()
    try:
        answer = json.loads(body)
        name, detail = str(answer["error"]), f"{answer['error']} {answer.get('message', '')}"
    except (ValueError, KeyError, TypeError, AttributeError):
        name, detail = "", body
    return Refused(error.response.status_code, name, detail.strip())

"""One real Firefox, driven over WebDriver BiDi by a client of a hundred lines on PyPI's `websocket-client`.

It does what the tests need: open a page and evaluate an expression in it. ADR 0010 says why it is our own.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import websocket

from satchel_build.testing.firefox import FIREFOX_PREFERENCES, find_firefox

START_SECONDS = 60.0


class BidiError(AssertionError):
    """Firefox refused a command, or a script in the page threw."""


class FirefoxPage:
    """The one tab of a running Firefox."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket
        self._last_id = 0
        self.command("session.new", {"capabilities": {}})
        tree = self.command("browsingContext.getTree", {})
        self._context = tree["contexts"][0]["context"]

    def command(self, method: str, parameters: dict[str, object]) -> dict:
        """Send a command and wait for its result; events are passed over. Raises BidiError."""
        self._last_id += 1
        self._socket.send(json.dumps({"id": self._last_id, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._last_id:
                break
        if answer["type"] == "error":
            raise BidiError(f"{method}: {answer['error']}: {answer['message']}")
        return answer["result"]

    def goto(self, url: str) -> None:
        """Open a page and wait until it is loaded."""
        self.command("browsingContext.navigate", {"context": self._context, "url": url, "wait": "complete"})

    def evaluate(self, expression: str, argument: object = None) -> object:
        """What `expression`, a function of one argument that may be asynchronous, gives. Both pass as JSON.

        Raises BidiError with what the page threw.
        """
        call = f"(async () => JSON.stringify((await ({expression})({json.dumps(argument)})) ?? null))()"
        result = self.command(
            "script.evaluate",
            {
                "expression": call,
                "target": {"context": self._context},
                "awaitPromise": True,
                "resultOwnership": "none",
            },
        )
        if result["type"] == "exception":
            raise BidiError(result["exceptionDetails"]["text"])
        return json.loads(result["result"]["value"])


@contextmanager
def firefox() -> Iterator[FirefoxPage]:
    """A running headless Firefox with a profile of its own, ended with the block."""
    program = find_firefox()
    assert program, "Firefox is not on PATH; `python3 build.py test --suite processes` installs it"
    with tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as profile:
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});"
            for name, value in FIREFOX_PREFERENCES.items()
        ]
        Path(profile, "user.js").write_text("\n".join(lines), encoding="utf-8")
        process = subprocess.Popen(
            [
                program,
                "--headless",
                "--no-remote",
                "--profile",
                profile,
                "--remote-debugging-port",
                "0",
                "about:blank",
            ],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        try:
            socket = websocket.create_connection(
                f"{_address(process)}/session", suppress_origin=True, timeout=600
            )
            yield FirefoxPage(socket)
            with suppress(Exception):
                socket.close()
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def _address(process: subprocess.Popen[str]) -> str:
    """Where it listens, from what it says on stderr; the rest of stderr is read and dropped in the background."""
    assert process.stderr is not None
    deadline = time.monotonic() + START_SECONDS
    for line in process.stderr:
        _, found, address = line.partition("WebDriver BiDi listening on ")
        if found:
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return address.strip()
        assert time.monotonic() < deadline, "Firefox did not start"
    raise AssertionError("Firefox ended at once")

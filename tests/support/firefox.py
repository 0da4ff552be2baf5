"""One real Firefox, driven over WebDriver BiDi by a small client on PyPI's `websocket-client`.

It does what the tests need: open a page, evaluate an expression in it, click and type. ADR 0010 says why it is our own.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import websocket

from satchel_build.testing.firefox import FIREFOX, FIREFOX_PREFERENCES

START_SECONDS = 60.0
ANSWER_SECONDS = 120.0

_WAYS = ("Down", "Up")
# WebDriver's code points for keys that are no letters.
_KEYS = {"Enter": "\ue007", "Control": "\ue009", "Escape": "\ue00c"}


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

    def click(self, x: float, y: float) -> None:
        """Click at a place of the viewport."""
        place = {"x": round(x), "y": round(y), "origin": "viewport"}
        steps = [{"type": "pointerMove", **place}, *({"type": f"pointer{way}", "button": 0} for way in _WAYS)]
        self._act(
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        )

    def press(self, *keys: str) -> None:
        """Press keys one after another while the ones before are held, then let them go; as in `Control`, `c`."""
        values = [_KEYS.get(key, key) for key in keys]
        steps = [{"type": "keyDown", "value": value} for value in values]
        steps += [{"type": "keyUp", "value": value} for value in reversed(values)]
        self._act({"type": "key", "id": "keyboard", "actions": steps})

    def type(self, text: str) -> None:
        """Type a text."""
        steps = [{"type": f"key{way}", "value": letter} for letter in text for way in _WAYS]
        self._act({"type": "key", "id": "keyboard", "actions": steps})

    def _act(self, source: Mapping[str, object]) -> None:
        self.command("input.performActions", {"context": self._context, "actions": [source]})


@contextmanager
def firefox(preferences: Mapping[str, bool | int | str] = FIREFOX_PREFERENCES) -> Iterator[FirefoxPage]:
    """A running headless Firefox with a profile of its own, ended with the block."""
    program = FIREFOX.find()
    assert program, "Firefox is not on PATH; `python3 build.py test --suite processes` installs it"
    with tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as profile:
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()
        ]
        Path(profile, "user.js").write_text("\n".join(lines), encoding="utf-8")
        said = Path(profile, "said.txt")
        command = [program, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        with said.open("wb") as sink:
            process = subprocess.Popen([*command, "about:blank"], stderr=sink, stdout=sink)
        try:
            address = f"{_address(process, said)}/session"
            socket = websocket.create_connection(address, suppress_origin=True, timeout=ANSWER_SECONDS)
            yield FirefoxPage(socket)
            with suppress(Exception):
                socket.close()
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    """Where it listens, from what it says when it starts."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        for line in said.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
            _, found, address = line.partition("WebDriver BiDi listening on ")
            if found and line.endswith("\n"):
                return address.strip()
        assert process.poll() is None, f"Firefox ended at once: {said.read_text(errors='replace')}"
        time.sleep(0.05)
    raise AssertionError(f"Firefox did not start in {START_SECONDS:.0f} s")

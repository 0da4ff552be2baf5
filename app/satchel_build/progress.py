"""Tells the person at the terminal what a slow step does and for how long it has been at it.

On a terminal one line is rewritten in place; elsewhere (CI, a pipe) a step prints a line when it starts, one every few
seconds while it lasts, and one when it ends.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

__all__ = ["Progress", "Step"]

_TERMINAL_INTERVAL_S = 0.1
_LOG_INTERVAL_S = 5.0
_TERMINAL_COLUMNS = 79
_CLEAR_LINE = "\r\x1b[K"


class Step:
    """A running step. `update` may be called from the step's own thread at any rate."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()
        self.detail = ""

    def update(self, detail: str) -> None:
        """Show `detail` (what is being downloaded, say) from now on."""
        self.detail = detail

    def line(self) -> str:
        """The step as one line: title, elapsed seconds, detail."""
        elapsed = time.monotonic() - self.started
        return f"{self.title} · {elapsed:.1f} s" + (f" · {self.detail}" if self.detail else "")


class Progress:
    """Shows steps one after another on `stream`; steps do not nest."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()

    def note(self, text: str) -> None:
        """Print one line that is not part of a step."""
        print(text, file=self._stream, flush=True)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Run the body as a step; its failure is shown as one and passed on."""
        step = Step(title)
        finished = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(step, finished), daemon=True)
        if not self._terminal:
            self.note(f"{title} …")
        ticker.start()
        outcome = "failed"
        try:
            yield step
            outcome = "done"
        finally:
            finished.set()
            ticker.join()
            step.detail = outcome
            self.note((_CLEAR_LINE if self._terminal else "") + step.line())

    def _tick(self, step: Step, finished: threading.Event) -> None:
        interval = _TERMINAL_INTERVAL_S if self._terminal else _LOG_INTERVAL_S
        while not finished.wait(interval):
            if self._terminal:
                self._stream.write(_CLEAR_LINE + step.line()[:_TERMINAL_COLUMNS])
                self._stream.flush()
            else:
                self.note(f"  {step.line()}")

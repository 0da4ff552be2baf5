"""Waiting for the host's descriptors such that another thread can end the wait."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Sequence
from typing import Final

_TOKEN: Final = (1).to_bytes(8, "little")


class Wakeup:
    """One thread waits, any other wakes it. The descriptor behind it is made when first waited."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_awake = False
        self._reader = -1
        self._writer = -1

    def wake(self) -> None:
        """End the wait under way, or the next one."""
        with self._lock:
            if self._is_awake:
                return
            self._is_awake = True
            if self._writer >= 0:
                with contextlib.suppress(BlockingIOError):
                    os.write(self._writer, _TOKEN)

    def wait(self, watched: Sequence[tuple[int, int]], timeout: float | None) -> list[tuple[int, int]]:
        """Wait for (descriptor, poll events), or `timeout` seconds. What is ready; nothing too when woken or
        timed out."""
        with self._lock:
            if self._reader < 0:
                self._open()
            if self._is_awake:
                timeout = 0
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        for descriptor, events in watched:
            poll.register(descriptor, events)
        # Rounded up: a wait that ends early would be a wait too many.
        ready = poll.poll(None if timeout is None else int(timeout * 1000) + (timeout > 0))
        with self._lock:
            self._is_awake = False
            self._drain()
        return [one for one in ready if one[0] != self._reader]

    def descriptor(self) -> int:
        """A descriptor that is readable from `wake` to `clear`, for others to poll."""
        with self._lock:
            if self._reader < 0:
                self._open()
                if self._is_awake:
                    os.write(self._writer, _TOKEN)
            return self._reader

    def clear(self) -> None:
        """Nobody is woken any more."""
        with self._lock:
            self._is_awake = False
            self._drain()

    def close(self) -> None:
        """Let go of the descriptor; waking does nothing any more."""
        with self._lock:
            self._is_awake = True
            for descriptor in {self._reader, self._writer} - {-1}:
                os.close(descriptor)
            self._reader = self._writer = -1

    def _open(self) -> None:
        if hasattr(os, "eventfd"):
            self._reader = self._writer = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        else:
            self._reader, self._writer = os.pipe()
            os.set_blocking(self._reader, False)
            os.set_blocking(self._writer, False)

    def _drain(self) -> None:
        if self._reader >= 0:
            with contextlib.suppress(BlockingIOError):
                os.read(self._reader, 8)

"""Keeps two builds of one checkout from working at the same time (two terminals, or tests beside `serve.py`)."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from satchel_build.checkout import Checkout
from satchel_build.progress import Progress

__all__ = ["build_lock"]


@contextmanager
def build_lock(checkout: Checkout, progress: Progress) -> Iterator[None]:
    """Hold the checkout's build lock; wait, and say so, while another process has it.

    The lock goes with the process, so a killed build leaves none behind.
    """
    checkout.state.mkdir(exist_ok=True)
    with (checkout.state / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.note("Waiting for another build of this checkout to end …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield

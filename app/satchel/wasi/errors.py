"""How a host call fails: an exception that carries the guest's errno, and the way there from the host's own errors."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Final

from satchel.wasi.abi import Errno


class WasiError(Exception):
    """A host call ends with this errno. Never leaves the host: one place turns it into the call's result."""

    def __init__(self, code: Errno) -> None:
        super().__init__(code.name)
        self.code = code


# The host's numbers by POSIX name; those that Linux has twice (EOPNOTSUPP, EWOULDBLOCK) come out right by themselves.
_FROM_HOST: Final[Mapping[int, Errno]] = {
    number: code
    for code in Errno
    if isinstance(number := getattr(errno, "E2BIG" if code is Errno.TOOBIG else f"E{code.name}", None), int)
}


def from_host(error: OSError) -> Errno:
    """The errno for what the host's system said; IO for what has no name here."""
    return _FROM_HOST.get(error.errno or 0, Errno.IO)

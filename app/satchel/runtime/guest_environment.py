"""The standard environment of every guest program; nothing of the host's own environment is in it."""

from __future__ import annotations

from collections.abc import Mapping

COMMAND_PATH = "/usr/local/bin:/usr/bin:/bin"

_STANDARD = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "HOME": "/home/user",
    "PATH": COMMAND_PATH,
    "USER": "user",
    "LOGNAME": "user",
    "TMPDIR": "/tmp",
}


def guest_environment(cwd: str, added: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a program that starts in `cwd`; `added` is put over the standard one."""
    return {**_STANDARD, "PWD": cwd, **(added or {})}

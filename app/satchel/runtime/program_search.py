"""From the first word of a command to the path of its program, as POSIX searches the PATH (XBD 8.3)."""

from __future__ import annotations

import posixpath

from satchel.base.errors import SatchelError
from satchel.runtime.command_index import CommandIndex
from satchel.runtime.errors import CommandNotFoundError
from satchel.workspace.guest_files import GuestFiles

_INSTALLED = ("/usr/bin", "/bin")


def find_program(name: str, cwd: str, path: str, index: CommandIndex, files: GuestFiles) -> str:
    """The guest path of the program called `name`. A name with a slash is a path already and is not looked at.

    An empty entry of `path` is the current directory. Raises CommandNotFoundError naming near commands.
    """
    if "/" in name:
        return posixpath.normpath(posixpath.join(cwd, name))
    for entry in path.split(":") if name else ():
        place = posixpath.join(posixpath.join(cwd, entry), name)
        if entry in _INSTALLED:
            if name in index.commands:
                return place
        elif _is_program(files, place):
            return place
    raise CommandNotFoundError(name, index.names)


def _is_program(files: GuestFiles, place: str) -> bool:
    try:
        status = files.stat(place)
    except SatchelError:
        return False
    return status.kind == "file" and bool(status.mode & 0o111)

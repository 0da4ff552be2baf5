"""Which rights a file of each kind can have at all, and what opening asks of the directory.

As plain numbers: arithmetic on flag enumerations costs microseconds, and these are on every call's way.

Rights only ever shrink: a new descriptor gets what was asked for, cut to the inheriting rights of its directory and to
what its kind of file can do.
"""

from __future__ import annotations

from typing import Final

from satchel.wasi.abi import ALL_RIGHTS, Filetype, Oflags, Rights

_METADATA: Final = Rights.FD_FILESTAT_GET | Rights.FD_FILESTAT_SET_TIMES
_STREAM: Final = (
    Rights.FD_READ
    | Rights.FD_WRITE
    | Rights.FD_FDSTAT_SET_FLAGS
    | Rights.FD_FILESTAT_GET
    | Rights.POLL_FD_READWRITE
)
_FILE: Final = (
    _STREAM
    | _METADATA
    | Rights.FD_SYNC
    | Rights.FD_DATASYNC
    | Rights.FD_SEEK
    | Rights.FD_TELL
    | Rights.FD_ADVISE
    | Rights.FD_ALLOCATE
    | Rights.FD_FILESTAT_SET_SIZE
)
_DIRECTORY: Final = (
    _METADATA
    | Rights.FD_FDSTAT_SET_FLAGS
    | Rights.FD_SYNC
    | Rights.FD_DATASYNC
    | Rights.PATH_CREATE_DIRECTORY
    | Rights.PATH_CREATE_FILE
    | Rights.PATH_LINK_SOURCE
    | Rights.PATH_LINK_TARGET
    | Rights.PATH_OPEN
    | Rights.FD_READDIR
    | Rights.PATH_READLINK
    | Rights.PATH_RENAME_SOURCE
    | Rights.PATH_RENAME_TARGET
    | Rights.PATH_FILESTAT_GET
    | Rights.PATH_FILESTAT_SET_SIZE
    | Rights.PATH_FILESTAT_SET_TIMES
    | Rights.PATH_SYMLINK
    | Rights.PATH_REMOVE_DIRECTORY
    | Rights.PATH_UNLINK_FILE
)

# A terminal has neither SEEK nor TELL: that is how C libraries know one.
TERMINAL_RIGHTS: Final = int(_STREAM)
PIPE_RIGHTS: Final = int(_STREAM)
DEVICE_RIGHTS: Final = int(
    _STREAM | _METADATA | Rights.FD_SYNC | Rights.FD_DATASYNC | Rights.FD_SEEK | Rights.FD_TELL
)
FILE_RIGHTS: Final = int(_FILE)
DIRECTORY_RIGHTS: Final = int(_DIRECTORY)
INHERITING_RIGHTS: Final = int(ALL_RIGHTS)

_NEEDS_WRITING: Final = int(Rights.FD_WRITE | Rights.FD_ALLOCATE | Rights.FD_FILESTAT_SET_SIZE)
_PATH_OPEN: Final = int(Rights.PATH_OPEN)
_PATH_CREATE_FILE: Final = int(Rights.PATH_CREATE_FILE)
_PATH_FILESTAT_SET_SIZE: Final = int(Rights.PATH_FILESTAT_SET_SIZE)
_CREAT: Final = int(Oflags.CREAT)
_TRUNC: Final = int(Oflags.TRUNC)


def possible_rights(filetype: Filetype) -> int:
    """All rights that a file of this type can have."""
    if filetype is Filetype.DIRECTORY:
        return DIRECTORY_RIGHTS
    if filetype is Filetype.CHARACTER_DEVICE:
        return DEVICE_RIGHTS
    return FILE_RIGHTS if filetype is Filetype.REGULAR_FILE else PIPE_RIGHTS


def needed_to_open(oflags: int) -> int:
    """What the directory's base rights must hold for `path_open` with these flags."""
    needed = _PATH_OPEN
    if oflags & _CREAT:
        needed |= _PATH_CREATE_FILE
    if oflags & _TRUNC:
        needed |= _PATH_FILESTAT_SET_SIZE
    return needed


def opens_for_writing(rights: int) -> bool:
    """Whether these rights can be had only of a file that the host has open for writing."""
    return bool(rights & _NEEDS_WRITING)

"""Reading a zip: its table of contents as an `ArchiveTree`, its members as streams."""

from __future__ import annotations

import calendar
import stat
import struct
import zipfile
import zlib
from functools import partial
from typing import IO

from satchel.base.limits import WorkspaceLimits
from satchel.workspace.archive_limits import check_expansion, is_suspicious
from satchel.workspace.archive_tree import ArchiveEntry, ArchiveTree
from satchel.workspace.errors import ArchiveError

READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    ValueError,
)
_UNIX = 3
_WINDOWS = (0, 10)
_ENCRYPTED = 0x1
_UTF8 = 0x800
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})


class ZipReader:
    """An open zip. `tree` is ready when the reader is; members are read on demand."""

    def __init__(self, stream: IO[bytes], size: int, limits: WorkspaceLimits) -> None:
        """Raises ArchiveError when it is damaged, encrypted or a bomb."""
        try:
            self._zip = zipfile.ZipFile(stream)
        except READ_ERRORS as error:
            raise ArchiveError(
                f"The zip archive is damaged ({error}).", "Make or download it again."
            ) from error
        self._limits = limits
        members = self._zip.infolist()
        if any(member.flag_bits & _ENCRYPTED for member in members):
            raise ArchiveError("The zip archive is encrypted.", "Unpack it yourself and import the folder.")
        check_expansion(sum(member.file_size for member in members), size, limits)
        self.tree: ArchiveTree = ArchiveTree(limits)
        for member in members:
            self._add(member)

    def close(self) -> None:
        """Let go of the archive."""
        self._zip.close()

    def _add(self, member: zipfile.ZipInfo) -> None:
        name = _name(member)
        if member.compress_type not in _METHODS:
            self.tree.refused.append(
                (name, f"it is packed by method {member.compress_type}, which is not known")
            )
        elif is_suspicious(member.file_size, member.compress_size, self._limits):
            self.tree.refused.append((name, "it unpacks to far more than any real file would"))
        else:
            self.tree.add(name, self._entry(member, name))

    def _entry(self, member: zipfile.ZipInfo, name: str) -> ArchiveEntry:
        unix_mode = member.external_attr >> 16 if member.create_system == _UNIX else 0
        mtime_ns = _mtime_ns(member)
        if name.endswith("/") or stat.S_ISDIR(unix_mode):
            return ArchiveEntry("directory", mtime_ns=mtime_ns)
        if stat.S_ISLNK(unix_mode):
            return ArchiveEntry("symlink", mtime_ns=mtime_ns, link_target=self._link_target(member))
        mode = stat.S_IMODE(unix_mode) & 0o777 or None
        return ArchiveEntry("file", member.file_size, mode, mtime_ns, opened=partial(self._zip.open, member))

    def _link_target(self, member: zipfile.ZipInfo) -> str:
        if member.file_size > self._limits.path_bytes:
            return ""
        try:
            return self._zip.read(member).decode("utf-8", "surrogateescape")
        except READ_ERRORS:
            return ""


def _name(member: zipfile.ZipInfo) -> str:
    """The name as it was meant: UTF-8 where the bytes are, and slashes where Windows wrote backslashes."""
    name = member.orig_filename
    if not member.flag_bits & _UTF8:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = member.orig_filename
    if member.create_system in _WINDOWS and "/" not in name:
        name = name.replace("\\", "/")
    return name


def _mtime_ns(member: zipfile.ZipInfo) -> int | None:
    try:
        seconds = calendar.timegm((*member.date_time, 0, 0, 0))
    except (ValueError, OverflowError):
        return None
    return max(seconds, 0) * 1_000_000_000

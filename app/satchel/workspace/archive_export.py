"""The project as an archive, with all changes or with those that were accepted.

What is written can be imported again and gives the same tree: names, modes, links, content (a zip cannot
hold names that are not UTF-8; a tar can).
"""

from __future__ import annotations

import io
import os
import stat
import tarfile
import time
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from satchel.workspace.errors import ArchiveError, NotFoundError
from satchel.workspace.file_state import FileState
from satchel.workspace.guest_path import byte_order, path_from_bytes, shown
from satchel.workspace.host_tree import walk_tree
from satchel.workspace.project import Project

ArchiveKind: TypeAlias = Literal["zip", "tar"]

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_ZIP_LAST_YEAR = 2107
_UNIX = 3


@dataclass(frozen=True, slots=True)
class _Member:
    path: str
    state: FileState | None
    content: bytes
    mtime: int


def write_archive(project: Project, kind: ArchiveKind, accepted: Collection[str] | None = None) -> bytes:
    """The whole workspace (`accepted` None), or the project as imported with the accepted changes of the
    last changeset.

    A tar is compressed with gzip. Raises ArchiveError for a name a zip cannot hold, NotFoundError for
    accepted paths without a changeset, WorkspaceError when a content is gone or damaged.
    """
    members = _whole(project) if accepted is None else _selected(project, accepted)
    sink = io.BytesIO()
    if kind == "zip":
        _write_zip(sink, members)
    else:
        _write_tar(sink, members)
    return sink.getvalue()


def _whole(project: Project) -> Iterator[_Member]:
    for path, status in walk_tree(project.workspace_directory):
        mtime = int(status.st_mtime)
        if stat.S_ISDIR(status.st_mode):
            yield _Member(path, None, b"", mtime)
        elif stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
            link = stat.S_ISLNK(status.st_mode)
            content = project.read_current(path, "symlink" if link else "file")
            state = FileState("symlink" if link else "file", status.st_mode & 0o777, len(content), "")
            yield _Member(path, state, content, mtime)


def _selected(project: Project, accepted: Collection[str]) -> Iterator[_Member]:
    changeset = project.last_changeset
    if changeset is None:
        raise NotFoundError("Nothing was compared yet.", "Make the changeset first.")
    changes = changeset.by_path()
    states: dict[str, tuple[FileState, bool]] = {
        path: (state, False) for path, state in project.base.entries.items()
    }
    for path in accepted:
        if path not in changes:
            raise NotFoundError(f"{shown(path)} is not part of the changeset.", "Look at the changes again.")
        change = changes[path]
        states.pop(change.old_path or path, None)
        if change.after is not None:
            states[path] = (change.after, True)
    for path in sorted(states, key=byte_order):
        state, current = states[path]
        content = project.read_current(path, state.kind) if current else project.base.read(path)
        yield _Member(path, state, content, _mtime(project, path))


def _mtime(project: Project, path: str) -> int:
    try:
        return int(os.lstat(f"{project.workspace_directory}/{path}").st_mtime)
    except OSError:
        return int(time.time())


def _write_zip(sink: io.BytesIO, members: Iterator[_Member]) -> None:
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            try:
                member.path.encode("utf-8")
            except UnicodeEncodeError as error:
                raise ArchiveError(
                    f"The name {shown(member.path)} is not UTF-8, which a zip cannot hold.",
                    "Export a tar instead.",
                ) from error
            archive.writestr(_zip_info(member), member.content)


def _zip_info(member: _Member) -> zipfile.ZipInfo:
    date = time.gmtime(max(member.mtime, 0))[:6]
    info = zipfile.ZipInfo(member.path, date if _ZIP_EPOCH[0] <= date[0] <= _ZIP_LAST_YEAR else _ZIP_EPOCH)
    info.create_system = _UNIX
    info.compress_type = zipfile.ZIP_DEFLATED
    if member.state is None:
        info.filename += "/"
        mode = stat.S_IFDIR | 0o755
    elif member.state.kind == "symlink":
        mode = stat.S_IFLNK | 0o777
    else:
        mode = stat.S_IFREG | member.state.mode
    info.external_attr = mode << 16
    return info


def _write_tar(sink: io.BytesIO, members: Iterator[_Member]) -> None:
    with tarfile.open(
        fileobj=sink, mode="w:gz", format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape"
    ) as archive:
        for member in members:
            archive.addfile(_tar_info(member), io.BytesIO(member.content))


def _tar_info(member: _Member) -> tarfile.TarInfo:
    info = tarfile.TarInfo(member.path)
    info.mtime = member.mtime
    if member.state is None:
        info.type = tarfile.DIRTYPE
        info.mode = 0o755
    elif member.state.kind == "symlink":
        info.type = tarfile.SYMTYPE
        info.linkname = path_from_bytes(member.content)
        info.mode = 0o777
    else:
        info.mode = member.state.mode
        info.size = len(member.content)
    return info

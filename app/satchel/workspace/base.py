"""The base of a project: what was imported, to which every change is relative.

Two parts, both under the project root: the record `meta/base.json` (path -> kind, mode, size, SHA-256) and
the tree `base/` with the content. The record decides; a content that no longer has its hash is reported,
never used.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from satchel.base.jsonvalue import JsonValue, dumps, loads
from satchel.workspace.errors import WorkspaceError, from_os_error
from satchel.workspace.file_state import FileState, read_content
from satchel.workspace.guest_path import ancestors, byte_order, path_bytes, path_from_bytes, shown
from satchel.workspace.host_tree import (
    has_directory,
    make_directory,
    place_in,
    read_file,
    remove_tree,
    replace_file,
)

_VERSION = 1
_NOT_EMPTY_OR_GONE = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR)


class Base:
    """The imported tree: `entries` by path relative to the project, files and links only."""

    def __init__(self, tree: str, record: str, entries: Mapping[str, FileState]) -> None:
        self._tree = tree
        self._record = record
        self._entries = dict(entries)

    @property
    def entries(self) -> Mapping[str, FileState]:
        """Path -> state of everything imported."""
        return MappingProxyType(self._entries)

    @property
    def digest(self) -> str:
        """Hex SHA-256 over all entries: two bases with the same digest hold the same tree."""
        return digest_of_entries(self._entries)

    def read(self, path: str) -> bytes:
        """Content of an entry (of a link: its target). Raises WorkspaceError when it is lost or damaged."""
        state = self._entries[path]
        content = self.read_start(path, None)
        if hashlib.sha256(content).hexdigest() != state.sha256:
            raise WorkspaceError(
                f"The imported copy of {shown(path)} is damaged.",
                "Import the project again to compare with it.",
            )
        return content

    def read_start(self, path: str, most: int | None) -> bytes:
        """The first `most` bytes of an entry, not checked against its hash. Raises WorkspaceError when it is lost."""
        try:
            return read_content(self._host(path), self._entries[path].kind, most)
        except OSError as error:
            raise from_os_error(error, f"The imported copy of {shown(path)}") from error

    def has_directory(self, path: str) -> bool:
        """Whether the imported tree has this directory (empty ones too)."""
        return has_directory(self._tree, path)

    def revise(self, removed: Iterable[str], taken: Iterable[tuple[str, FileState, str]]) -> None:
        """Take paths out of the base, then files in: (path, state, host path of the content).

        The file at the host path is moved; a link's is read. Raises OSError; `entries` is then as before, and
        doing it again completes it. On a record and a tree that differ the record decides until then.
        """
        entries = dict(self._entries)
        for path in removed:
            self._remove(path)
            entries.pop(path, None)
        for path, state, source in taken:
            self._take(path, state, source)
            entries[path] = state
        replace_file(self._record, encode_entries(entries))
        self._entries = entries

    def adopt(self, entries: Mapping[str, FileState]) -> None:
        """The tree was made by other means; make these its entries. `save` makes it last."""
        self._entries = dict(entries)

    def save(self) -> None:
        """Write the record."""
        replace_file(self._record, encode_entries(self._entries))

    @classmethod
    def load(cls, tree: str, record: str) -> Base:
        """The base of a project, empty when nothing was imported.

        Raises WorkspaceError when the record is damaged.
        """
        try:
            data = read_file(record)
        except FileNotFoundError:
            return cls(tree, record, {})
        except OSError as error:
            raise from_os_error(error, "The record of the import") from error
        return cls(tree, record, decode_entries(data))

    def _host(self, path: str) -> str:
        return place_in(self._tree, path)

    def _take(self, path: str, state: FileState, source: str) -> None:
        if state.kind == "file" and not os.path.lexists(source):
            return  # An earlier attempt moved it already.
        self._make_parents(path)
        host = self._host(path)
        if _is_directory(host):
            remove_tree(host)
        if state.kind == "symlink":
            _unlink_if_there(host)
            os.symlink(path_from_bytes(read_file(source)), host)
        else:
            os.chmod(source, state.mode)
            os.replace(source, host)

    def _remove(self, path: str) -> None:
        """Remove a file, and the directories that only led to it."""
        try:
            _unlink_if_there(self._host(path))
            for parent in ancestors(path):
                os.rmdir(self._host(parent))
        except OSError as error:
            if error.errno not in _NOT_EMPTY_OR_GONE:
                raise

    def _make_parents(self, path: str) -> None:
        parts = path.split("/")[:-1]
        for depth in range(len(parts) + 1):
            host = "/".join((self._tree, *parts[:depth]))
            if not _is_directory(host):
                _unlink_if_there(host)
                make_directory(host)


def _is_directory(host: str) -> bool:
    return os.path.isdir(host) and not os.path.islink(host)


def _unlink_if_there(host: str) -> None:
    if os.path.lexists(host) and not _is_directory(host):
        os.unlink(host)


def digest_of_entries(entries: Mapping[str, FileState]) -> str:
    """Hex SHA-256 over kinds, modes, hashes and paths, whatever the order they are given in."""
    digest = hashlib.sha256()
    for path in sorted(entries, key=byte_order):
        state = entries[path]
        digest.update(
            f"{state.kind} {state.mode:o} {state.sha256} ".encode("ascii") + path_bytes(path) + b"\0"
        )
    return digest.hexdigest()


def encode_entries(entries: Mapping[str, FileState]) -> bytes:
    """The record as stored: rows of path, kind, mode, size, SHA-256 in byte order of the paths."""
    rows: list[JsonValue] = [_row(path, entries[path]) for path in sorted(entries, key=byte_order)]
    return dumps({"v": _VERSION, "entries": rows}).encode("ascii")


def _row(path: str, state: FileState) -> list[JsonValue]:
    return [path, state.kind, state.mode, state.size, state.sha256]


def decode_entries(data: bytes) -> dict[str, FileState]:
    """What `encode_entries` wrote. Raises WorkspaceError for anything else."""
    try:
        saved = loads(data)
        if not isinstance(saved, dict) or saved["v"] != _VERSION:
            raise ValueError("unknown version")
        return dict(_read_rows(saved["entries"]))
    except (ValueError, TypeError, KeyError) as error:
        raise WorkspaceError(
            f"The record of the import is damaged ({error}).",
            "Import the project again; the workspace is intact.",
        ) from error


def _read_rows(rows: Iterable[tuple[str, str, int, int, str]]) -> Iterable[tuple[str, FileState]]:
    for path, kind, mode, size, sha256 in rows:
        if kind not in ("file", "symlink"):
            raise ValueError(f"unknown kind {kind!r}")
        yield path, FileState("symlink" if kind == "symlink" else "file", mode, size, sha256)

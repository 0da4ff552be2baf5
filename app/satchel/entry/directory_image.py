"""A directory as one JSON text: how a real directory goes into the tab for `satchel wasi`, and how what became of it
comes back.

    [{"path", "kind", "mode", "mtime", "atime", "data"?, "link"?, "same"?}, …]      parents before what is in them

`path` is relative ("" is the directory itself), `kind` "directory", "file" or "symlink"; times are nanoseconds.
`data` is the content in base64 or the target of a link; of a file that has another name further up, `link` is that
name instead. On the way back `same` stands for what did not change and is left as it is. Other kinds of files are left
out, and left alone.

It runs on both sides: ordinary POSIX calls, here on a disk and there on the store.
"""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from satchel.base.jsonvalue import JsonObject, JsonValue, dumps, loads

Kind: TypeAlias = Literal["directory", "file", "symlink"]
Marks: TypeAlias = Mapping[str, tuple[int, int]]
"""What tells whether a file changed: inode number and time of the last change of status, by path."""

_KINDS: Mapping[int, Kind] = {stat.S_IFDIR: "directory", stat.S_IFREG: "file", stat.S_IFLNK: "symlink"}


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    kind: Kind
    status: os.stat_result


def read_image(directory: str, unchanged: Marks | None = None) -> str:
    """The image of a directory; files whose marks are those in `unchanged` come without content. Raises OSError."""
    marks = unchanged or {}
    names: dict[int, str] = {}
    image: list[JsonValue] = []
    for entry in _entries(directory):
        status, path = entry.status, f"{directory}/{entry.path}"
        fields: dict[str, JsonValue] = {
            "path": entry.path,
            "kind": entry.kind,
            "mode": stat.S_IMODE(status.st_mode),
            "mtime": status.st_mtime_ns,
            "atime": status.st_atime_ns,
        }
        if marks.get(entry.path) == _mark(status):
            fields["same"] = True
        elif entry.kind != "directory" and status.st_nlink > 1 and status.st_ino in names:
            fields["link"] = names[status.st_ino]
        elif entry.kind == "symlink":
            fields["data"] = os.readlink(path)
        elif entry.kind == "file":
            with open(path, "rb") as file:
                fields["data"] = base64.b64encode(file.read()).decode("ascii")
        if entry.kind != "directory":
            names.setdefault(status.st_ino, entry.path)
        image.append(fields)
    return dumps(image)


def marks_of(directory: str) -> Marks:
    """The marks of everything in a directory as it is now."""
    return {entry.path: _mark(entry.status) for entry in _entries(directory)}


def write_image(directory: str, image: str, before: str | None = None) -> None:
    """Make an existing directory what `image` says.

    What `before` held and `image` does not is removed; without `before` the directory is empty. Nothing is followed: a
    symbolic link in the way of anything else is removed first. Raises OSError.
    """
    entries = _parsed(image)
    wanted = {str(entry["path"]): entry for entry in entries}
    for old in reversed(_parsed(before) if before is not None else []):
        new = wanted.get(str(old["path"]))
        if new is None or new["kind"] != old["kind"] or "link" in new:
            _remove(f"{directory}/{old['path']}")
    for entry in entries:
        _put(directory, entry)
    # Writing into a directory changes its time, and one without leave to write must be filled before it gets its mode.
    for entry in reversed(entries):
        _finish(f"{directory}/{entry['path']}", entry)


def _entries(directory: str) -> Iterator[_Entry]:
    waiting = [""]
    while waiting:
        path = waiting.pop()
        status = os.lstat(f"{directory}/{path}")
        kind = _KINDS.get(stat.S_IFMT(status.st_mode))
        if kind is None:
            continue
        yield _Entry(path, kind, status)
        if kind == "directory":
            children = sorted(os.listdir(f"{directory}/{path}"), reverse=True)
            waiting += [f"{path}/{name}" if path else name for name in children]


def _mark(status: os.stat_result) -> tuple[int, int]:
    return status.st_ino, status.st_ctime_ns


def _parsed(image: str) -> Sequence[JsonObject]:
    return cast("Sequence[JsonObject]", loads(image))


def _remove(path: str) -> None:
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            os.rmdir(path)
        else:
            os.unlink(path)
    except OSError:  # It is gone already, or holds what was never in the image.
        return


def _put(directory: str, entry: JsonObject) -> None:
    path = f"{directory}/{entry['path']}"
    if "same" in entry:
        return
    if "link" in entry:
        os.link(f"{directory}/{entry['link']}", path, follow_symlinks=False)
    elif entry["kind"] == "directory":
        _make_directory(path)
    elif entry["kind"] == "symlink":
        _remove(path)
        os.symlink(str(entry["data"]), path)
    else:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(_opened(path, flags), "wb") as file:
            file.write(base64.b64decode(str(entry["data"])))


def _opened(path: str, flags: int) -> int:
    try:
        return os.open(path, flags, 0o600)
    except PermissionError:
        os.unlink(path)
        return os.open(path, flags, 0o600)


def _make_directory(path: str) -> None:
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        os.chmod(path, stat.S_IMODE(os.lstat(path).st_mode) | 0o700)


def _finish(path: str, entry: JsonObject) -> None:
    if "same" in entry:
        return
    if entry["kind"] != "symlink":
        os.chmod(path, cast(int, entry["mode"]))
    elif (
        os.utime not in os.supports_follow_symlinks
    ):  # In the tab; its links then have the time they were made at.
        return
    times = (cast(int, entry["atime"]), cast(int, entry["mtime"]))
    os.utime(path, ns=times, follow_symlinks=entry["kind"] != "symlink")

"""Content digests of input files, remembered by their stat so that an unchanged tree is checked without reading it."""

import hashlib
import json
import time
from collections.abc import Iterable
from pathlib import Path

__all__ = ["DigestCache", "file_digest", "text_digest"]

# A file changed this recently may change again within the clock tick of its file system, which no stat would show, so
# its digest is not remembered yet.
_SETTLED_NS = 2_000_000_000

_Stat = tuple[int, int, int, int]


def text_digest(*parts: str) -> str:
    """The SHA-256, in hex, of the parts; ("ab", "c") and ("a", "bc") differ."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """The SHA-256, in hex, of the file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class DigestCache:
    """Digests of the files under `root`, kept in the file `memory` between runs.

    A memory that is missing, damaged or of another form is the same as an empty one.
    """

    def __init__(self, root: Path, memory: Path) -> None:
        self._root = root
        self._memory = memory
        self._known = _load(memory)
        self._changed = False

    def tree_digest(self, paths: Iterable[Path]) -> str:
        """One digest over names, contents and order-independent membership of `paths`, all of them files below root."""
        lines = sorted(f"{path.relative_to(self._root).as_posix()}\0{self.digest(path)}" for path in paths)
        return text_digest(*lines)

    def digest(self, path: Path) -> str:
        """The SHA-256, in hex, of the file's content; read only if its stat is not the remembered one."""
        name = path.relative_to(self._root).as_posix()
        status = path.stat()
        stat: _Stat = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        known = self._known.get(name)
        if known is not None and known[0] == stat:
            return known[1]
        digest = file_digest(path)
        if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > _SETTLED_NS:
            self._known[name] = (stat, digest)
            self._changed = True
        return digest

    def save(self) -> None:
        """Write the memory, if there is anything new to remember."""
        if not self._changed:
            return
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        draft = self._memory.with_suffix(".draft")
        draft.write_text(json.dumps({name: [*stat, digest] for name, (stat, digest) in self._known.items()}))
        draft.replace(self._memory)
        self._changed = False


def _load(memory: Path) -> dict[str, tuple[_Stat, str]]:
    try:
        entries = json.loads(memory.read_text())
        return {
            str(name): ((int(size), int(mtime), int(ctime), int(inode)), str(digest))
            for name, (size, mtime, ctime, inode, digest) in entries.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}

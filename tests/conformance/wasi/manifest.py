"""Everything below a directory: names, kinds, permission bits and bytes, in the form that all engines give it in."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

Manifest: TypeAlias = Mapping[str, tuple[str, int, bytes]]
"""Path -> kind, permission bits, and a file's bytes or a link's target; of a file above `WHOLE_BYTES` its SHA-256."""

# As in tests/browser/fixtures/conformance/suite.worker.js.
WHOLE_BYTES = 65_536
_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link"}


def manifest_of(folder: Path) -> Manifest:
    """What is below `folder`, except for itself. Takes the right to read where it lacks, so the modes are not to be
    asked for afterwards."""
    found: dict[str, tuple[str, int]] = {}
    waiting = [folder]
    while waiting:
        for path in waiting.pop().iterdir():
            mode = path.lstat().st_mode
            kind = _KINDS.get(stat.S_IFMT(mode), "other")
            found[path.relative_to(folder).as_posix()] = (kind, stat.S_IMODE(mode))
            if kind == "dir":
                path.chmod(0o700)
                waiting.append(path)
    # Only when every mode is known: a file may have a second name that comes later.
    return {path: (*found[path], _bytes(folder / path, found[path][0])) for path in sorted(found)}


def _bytes(path: Path, kind: str) -> bytes:
    if kind == "link":
        return os.fsencode(os.readlink(path))
    if kind != "file":
        return b""
    path.chmod(0o600)
    content = path.read_bytes()
    return content if len(content) <= WHOLE_BYTES else hashlib.sha256(content).digest()

"""The undo journal of a commit: `meta/commit.json`, and beside it the contents that the commit writes.

It is there from before the first write to the folder until the base is up to date and the commit is in the
session's log. The record holds hashes; what was there before is in the base tree, what is written is kept in
`meta/commit/`, one file for each step. So putting things back touches a file only if it still is exactly what
the commit wrote, an edit made meanwhile stays, and nothing depends on what becomes of the workspace.

Two phases. `writing`: the folder may be half written; putting back needs the folder. `applied`: the folder is
complete, and what is left to do (base, log) is done at the next look, without the folder; it is never put back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast

from satchel.base.jsonvalue import JsonObject, JsonValue, dumps, loads
from satchel.workspace.errors import WorkspaceError, from_os_error
from satchel.workspace.file_state import FileState
from satchel.workspace.host_tree import make_directory, read_file, remove_tree, replace_file

JournalPhase: TypeAlias = Literal["writing", "applied"]
_VERSION = 1


@dataclass(frozen=True, slots=True)
class JournalStep:
    """One path: `before` is what the folder held, `after` what the workspace holds (None: absent)."""

    path: str
    before: FileState | None
    after: FileState | None


@dataclass(frozen=True, slots=True)
class Journal:
    """A commit under way.

    `target` is the folder's name and `identity` what tells it from others. `made_directories` did not exist
    before, `removed_directories` (with their modes) are to go; both deepest first. `committed`, `rejected` and
    `digest` are what the log is told.
    """

    target: str
    identity: str
    phase: JournalPhase
    steps: tuple[JournalStep, ...]
    made_directories: tuple[str, ...]
    removed_directories: tuple[tuple[str, int | None], ...]
    committed: tuple[str, ...]
    rejected: tuple[str, ...]
    digest: str

    def applied(self) -> Journal:
        """The same journal after the last write to the folder."""
        return replace(self, phase="applied")


class JournalFile:
    """Where the journal of one project is: its record and the directory of its contents.

    Methods raise WorkspaceError when the host refuses.
    """

    def __init__(self, record: str, contents: str) -> None:
        self._record = record
        self._contents = contents

    def save(self, journal: Journal) -> None:
        """Write the record. After a failure the one of before is still there."""
        steps: list[JsonValue] = [
            [step.path, _state_row(step.before), _state_row(step.after)] for step in journal.steps
        ]
        record: JsonObject = {
            "v": _VERSION,
            "target": journal.target,
            "identity": journal.identity,
            "phase": journal.phase,
            "steps": steps,
            "madeDirectories": list(journal.made_directories),
            "removedDirectories": [list(row) for row in journal.removed_directories],
            "committed": list(journal.committed),
            "rejected": list(journal.rejected),
            "digest": journal.digest,
        }
        with _told():
            replace_file(self._record, dumps(record).encode("ascii"))

    def load(self) -> Journal | None:
        """The journal of a commit that did not end, None when there is none.

        Raises WorkspaceError when it is damaged.
        """
        try:
            return _journal(loads(read_file(self._record)))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise WorkspaceError(
                f"The record of an interrupted commit is damaged ({error}).",
                "Compare the folder with your version control before you go on.",
            ) from error

    def drop(self) -> None:
        """The commit is over."""
        with _told():
            if os.path.lexists(self._record):
                os.unlink(self._record)
            self._clear()

    def begin(self) -> None:
        """Make room for the contents of a new commit."""
        with _told():
            self._clear()
            make_directory(self._contents)

    def keep(self, step: int, content: bytes) -> None:
        """Keep what a step (by its number) writes."""
        with _told():
            replace_file(self.content_host(step), content)

    def content(self, step: int) -> bytes:
        """What a step writes."""
        with _told():
            return read_file(self.content_host(step))

    def content_host(self, step: int) -> str:
        """Host path of the file that holds what a step writes; of a link: the text of its target."""
        return f"{self._contents}/{step}"

    def _clear(self) -> None:
        if os.path.lexists(self._contents):
            remove_tree(self._contents)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise from_os_error(error, "The record of the commit") from error


def _journal(saved: JsonValue) -> Journal:
    if not isinstance(saved, dict) or saved["v"] != _VERSION:
        raise ValueError("unknown version")
    rows = cast(
        "Sequence[tuple[str, Sequence[JsonValue] | None, Sequence[JsonValue] | None]]", saved["steps"]
    )
    removed = cast("Sequence[tuple[str, int | None]]", saved["removedDirectories"])
    return Journal(
        str(saved["target"]),
        str(saved["identity"]),
        "applied" if saved["phase"] == "applied" else "writing",
        tuple(JournalStep(path, _state(before), _state(after)) for path, before, after in rows),
        _texts(saved["madeDirectories"]),
        tuple((path, mode) for path, mode in removed),
        _texts(saved["committed"]),
        _texts(saved["rejected"]),
        str(saved["digest"]),
    )


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(cast("Sequence[str]", value))


def _state_row(state: FileState | None) -> JsonValue:
    return None if state is None else [state.kind, state.mode, state.size, state.sha256]


def _state(row: Sequence[JsonValue] | None) -> FileState | None:
    if row is None:
        return None
    kind, mode, size, sha256 = cast("tuple[str, int, int, str]", row)
    return FileState("symlink" if kind == "symlink" else "file", mode, size, sha256)

"""The undo journal of a commit, kept in `meta/commit.json` from before the first write until the base is up
to date.

It holds hashes, not content: what was there before is in the base tree, what was written is in the
workspace. So putting things back touches a file only if it still is exactly what the commit wrote; an edit
made meanwhile stays.

Two phases. `writing`: the folder may be half written; putting back needs the folder. `applied`: the folder
is complete and only the base was not brought up to date; that is finished at the next opening, without the
folder.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast

from satchel.base.jsonvalue import JsonObject, JsonValue, dumps, loads
from satchel.workspace.errors import WorkspaceError
from satchel.workspace.file_state import FileState
from satchel.workspace.host_tree import read_file, replace_file

JournalPhase: TypeAlias = Literal["writing", "applied"]
_VERSION = 1


@dataclass(frozen=True, slots=True)
class JournalStep:
    """One path: `before` is what the folder held, `after` what the commit makes of it (None: absent)."""

    path: str
    before: FileState | None
    after: FileState | None


@dataclass(frozen=True, slots=True)
class Journal:
    """A commit under way. `made_directories` did not exist before, deepest first."""

    target: str
    phase: JournalPhase
    steps: tuple[JournalStep, ...]
    made_directories: tuple[str, ...]

    def applied(self) -> Journal:
        """The same journal after the last write to the folder."""
        return replace(self, phase="applied")


def save_journal(host: str, journal: Journal) -> None:
    """Write it. Raises OSError."""
    steps: list[JsonValue] = [
        [step.path, _state_row(step.before), _state_row(step.after)] for step in journal.steps
    ]
    record: JsonObject = {
        "v": _VERSION,
        "target": journal.target,
        "phase": journal.phase,
        "steps": steps,
        "madeDirectories": list(journal.made_directories),
    }
    replace_file(host, dumps(record).encode("ascii"))


def load_journal(host: str) -> Journal | None:
    """The journal of a commit that did not end, None when there is none.

    Raises WorkspaceError when it is damaged.
    """
    try:
        saved = loads(read_file(host))
        if not isinstance(saved, dict) or saved["v"] != _VERSION:
            raise ValueError("unknown version")
        steps = tuple(
            JournalStep(str(path), _state(before), _state(after)) for path, before, after in saved["steps"]
        )
        phase: JournalPhase = "applied" if saved["phase"] == "applied" else "writing"
        return Journal(str(saved["target"]), phase, steps, tuple(saved["madeDirectories"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise WorkspaceError(
            f"The record of an interrupted commit is damaged ({error}).",
            "Compare the folder with your version control before you go on.",
        ) from error


def drop_journal(host: str) -> None:
    """The commit is over."""
    if os.path.lexists(host):
        os.unlink(host)


def _state_row(state: FileState | None) -> JsonValue:
    return None if state is None else [state.kind, state.mode, state.size, state.sha256]


def _state(row: Sequence[JsonValue] | None) -> FileState | None:
    if row is None:
        return None
    kind, mode, size, sha256 = cast("tuple[str, int, int, str]", row)
    return FileState("symlink" if kind == "symlink" else "file", mode, size, sha256)

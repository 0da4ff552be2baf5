"""What an import would take and what it would leave out, for the user to look at before anything is
copied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from satchel.workspace.import_source import EntryKind, ImportSource

BUILT_IN_EXCLUDES = ("node_modules/", ".venv/", "__pycache__/", ".DS_Store", "Thumbs.db")
SHOWN_PATHS = 500


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What to leave out.

    `built_in_excludes` are weaker than the project's own `.gitignore`, which can take back.
    """

    honour_gitignore: bool = True
    include_git: bool = False
    built_in_excludes: tuple[str, ...] = BUILT_IN_EXCLUDES


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """One thing to import. Size 0 and mode None where the source cannot tell."""

    path: str
    kind: EntryKind
    size: int
    mode: int | None
    mtime_ns: int | None
    link_target: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A path that is not taken, and why. For a directory everything below it goes with it, uncounted."""

    path: str
    reason: str
    is_directory: bool = False


@dataclass(frozen=True, slots=True)
class IgnoredGroup:
    """How many paths one rule keeps out."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The preview of an import, and the order for it.

    `entries` in the order of the walk, directories before their content; `files` and `bytes` count files
    only. `ignored` lists at most `SHOWN_PATHS` paths, `ignored_count` all of them, `ignored_groups` the
    rules, the busiest first. `blocked` tells why the import cannot be run at all (too many files, too many
    bytes), None when it can.
    """

    source: ImportSource
    options: ImportOptions
    entries: tuple[PlannedEntry, ...]
    files: int
    bytes: int
    ignored: tuple[LeftOut, ...]
    ignored_count: int
    ignored_groups: tuple[IgnoredGroup, ...]
    too_big: tuple[LeftOut, ...]
    refused: tuple[LeftOut, ...]
    warnings: tuple[str, ...]
    blocked: str | None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was imported.

    `skipped` are (path, reason) of planned files that could not be read; `digest` is the base's.
    """

    files: int
    bytes: int
    seconds: float
    skipped: tuple[tuple[str, str], ...]
    digest: str


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is. `files_total` is None while listing."""

    phase: Literal["listing", "copying", "recording"]
    files_done: int
    files_total: int | None
    bytes_done: int
    current: str


ImportListener: TypeAlias = Callable[[ImportProgress], None]

"""What is left to do when the folder of a commit is complete, and what a commit knows of contents.

Needs nothing but the journal, so it can be done at once, after a failure, or by the next program.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from satchel.workspace.base import Base
from satchel.workspace.commit_journal import Journal, JournalFile
from satchel.workspace.errors import ConflictError, from_os_error
from satchel.workspace.file_state import FileState
from satchel.workspace.guest_path import shown


@dataclass(frozen=True, slots=True)
class CommitPlace:
    """Where a commit works: the shadow and its base on this side, the journal, and how to make it durable."""

    workspace: str
    base: Base
    journal: JournalFile
    flush: Callable[[], None]


def adopt_committed(place: CommitPlace, journal: Journal) -> None:
    """Make what was committed the new base, whatever the workspace holds by now. The journal stays.

    Raises WorkspaceError; it can be done again.
    """
    removed = [step.path for step in journal.steps if step.after is None]
    taken = [
        (step.path, step.after, place.journal.content_host(number))
        for number, step in enumerate(journal.steps)
        if step.after is not None
    ]
    try:
        place.base.revise(removed, taken)
    except OSError as error:
        raise from_os_error(error, "The copy of what was committed") from error
    place.flush()


def prior_content(place: CommitPlace, journal: Journal, path: str, state: FileState) -> bytes:
    """The content a path of the folder had before a commit: the imported one, or what the commit wrote, where it was
    that already.
    """
    imported = place.base.entries.get(path)
    if imported is not None and imported.sha256 == state.sha256:
        return place.base.read(path)
    number = next((number for number, step in enumerate(journal.steps) if step.path == path), None)
    content = b"" if number is None else place.journal.content(number)
    if hashlib.sha256(content).hexdigest() != state.sha256:
        raise ConflictError(f"The earlier content of {shown(path)} is not at hand any more.")
    return content

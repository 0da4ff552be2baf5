"""What the views show of the workspace: listings of the open directories, the open file, the compared change.

Reading files is an effect, so it happens here and not in the views. `refresh` reads again only what a new changeset
(that is: a tool that wrote) or a new selection can have changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from satchel.base.errors import SatchelError
from satchel.ui.agent_port import AgentPort, FilesPort, ProjectPort
from satchel.ui.view_state import ViewState
from satchel.workspace.changeset import Changeset
from satchel.workspace.comparison import Comparison
from satchel.workspace.guest_files import DirectoryEntry

ROOT = "/workspace"
SHOWN_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Listing:
    """The entries of every open directory by its path; one that could not be read is not in it."""

    directories: Mapping[str, tuple[DirectoryEntry, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file as the viewer shows it. `problem` says why there is no text."""

    path: str
    text: str = ""
    problem: str = ""
    truncated: bool = False


class WorkspaceModel:
    """Holds the last of each, and gives the same object as long as nothing changed."""

    def __init__(self) -> None:
        self.listing = Listing()
        self.file: OpenFile | None = None
        self.comparison: Comparison | None = None
        self.comparison_problem = ""
        self._seen: tuple[object, ...] = ()

    def refresh(self, service: AgentPort, view: ViewState) -> None:
        """Bring everything up to date with the project, its changeset and what is open."""
        project, changeset = service.project, service.changeset
        importing = service.import_progress is not None
        selected = (view.expanded_directories, view.open_file, view.selected_change)
        seen = (project, changeset, importing, *selected)
        if len(seen) == len(self._seen) and all(a is b for a, b in zip(seen, self._seen, strict=True)):
            return
        self._seen = seen
        if project is None:
            self.listing, self.file, self.comparison = Listing(), None, None
            return
        self._list(project.files, view.expanded_directories)
        self._open(project.files, view.open_file)
        self._compare(project, changeset, view.selected_change)

    def _list(self, files: FilesPort, expanded: frozenset[str]) -> None:
        directories: dict[str, tuple[DirectoryEntry, ...]] = {}
        for path in sorted({ROOT, *expanded}):
            try:
                directories[path] = tuple(files.list_directory(path))
            except SatchelError:
                continue  # It was removed since it was opened; its parent no longer lists it.
        if directories != self.listing.directories:
            self.listing = Listing(directories)

    def _open(self, files: FilesPort, path: str) -> None:
        opened = _read_file(files, path) if path else None
        if opened != self.file:
            self.file = opened

    def _compare(self, project: ProjectPort, changeset: Changeset | None, path: str) -> None:
        self.comparison_problem = ""
        if changeset is None or not any(change.path == path for change in changeset.changes):
            self.comparison = None
            return
        try:
            comparison = project.compare(path)
        except SatchelError as error:
            self.comparison, self.comparison_problem = None, str(error)
            return
        if comparison != self.comparison:
            self.comparison = comparison


def _read_file(files: FilesPort, path: str) -> OpenFile:
    try:
        data = files.read_bytes(path, 0, SHOWN_BYTES + 1)
    except SatchelError as error:
        return OpenFile(path, problem=str(error))
    if b"\0" in data[:8192]:
        return OpenFile(path, problem="This is a binary file.")
    text = data[:SHOWN_BYTES].decode("utf-8", errors="replace")
    return OpenFile(path, text, truncated=len(data) > SHOWN_BYTES)

"""Port: what the views need of the agent. `agent.service.AgentService` has this shape; tests use a small stand-in.

Properties are cheap and stable by identity: as long as nothing changed they return the same object, which is what lets
the views leave alone what need not be drawn again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from satchel.agent.transcript import SessionView
from satchel.base.ids import ProjectId, QuestionId, SessionId
from satchel.permission.grant import EVERYTHING, Grant
from satchel.permission.request import Capability
from satchel.runtime.foreground import Screen
from satchel.runtime.process import TerminalSize
from satchel.runtime.terminal import Terminal
from satchel.session.catalogue import SessionSummary
from satchel.session.events import Lifetime
from satchel.workspace.changeset import Changeset
from satchel.workspace.commit_report import CommitReport, InterruptedCommit
from satchel.workspace.commit_target import CommitTarget
from satchel.workspace.commit_undo import UndoReport
from satchel.workspace.comparison import Comparison
from satchel.workspace.guest_files import DirectoryEntry
from satchel.workspace.import_plan import ImportOptions, ImportPlan, ImportProgress, ImportReport
from satchel.workspace.import_source import ImportSource


class FilesPort(Protocol):
    """Reading the workspace. Raises WorkspaceError."""

    def list_directory(self, path: str) -> Sequence[DirectoryEntry]:
        """Entries in bytewise order of their names."""

    def read_bytes(self, path: str, offset: int = 0, length: int | None = None) -> bytes:
        """The content of a file, or a stretch of it."""


class ProjectPort(Protocol):
    """The open project."""

    @property
    def id(self) -> ProjectId:
        """Its identifier."""

    @property
    def name(self) -> str:
        """Its name, as shown to the user."""

    @property
    def files(self) -> FilesPort:
        """Its files as the agent sees them."""

    def compare(self, path: str) -> Comparison:
        """One changed file before and after."""


class AgentPort(Protocol):
    """The agent as the views see it. Commands raise SatchelError with a message for the user."""

    @property
    def session(self) -> SessionView:
        """The open session."""

    @property
    def sessions(self) -> Sequence[SessionSummary]:
        """All sessions."""

    @property
    def project(self) -> ProjectPort | None:
        """The open project."""

    @property
    def changeset(self) -> Changeset | None:
        """What the agent changed, as of the last look."""

    @property
    def interrupted_commit(self) -> InterruptedCommit | None:
        """A commit that was cut off while it wrote to the folder."""

    @property
    def import_progress(self) -> ImportProgress | None:
        """How far a running import is."""

    @property
    def grants(self) -> Sequence[Grant]:
        """The standing permissions and refusals of the open session."""

    def revoke(self, capability: Capability, scope: str = EVERYTHING) -> None:
        """Take a standing permission or refusal back."""

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever something above may have changed; returns the way to stop it."""

    async def submit(self, text: str) -> None:
        """Begin a turn; returns when the task is safely in the log."""

    def cancel(self) -> None:
        """Stop the running turn."""

    def cancel_import(self) -> None:
        """Stop the running import."""

    async def answer(self, question_id: QuestionId, *, allowed: bool, lifetime: Lifetime = "session") -> None:
        """Answer a permission question."""

    async def new_session(self) -> None:
        """Begin an empty session."""

    async def open_session(self, session_id: SessionId) -> None:
        """Open another session, and its project."""

    async def rename_session(self, session_id: SessionId, title: str) -> None:
        """Give a session a title."""

    async def delete_session(self, session_id: SessionId, *, keep_project: bool = False) -> None:
        """Delete a session's log, and its project when no other session has that."""

    async def export_session(self, session_id: SessionId) -> bytes:
        """A session's events as JSON lines."""

    async def plan_import(self, source: ImportSource, options: ImportOptions) -> ImportPlan:
        """What an import would take; nothing is written."""

    async def run_import(self, plan: ImportPlan, *, new_project_name: str | None) -> ImportReport:
        """Import into a new project."""

    async def refresh_changes(self) -> Changeset:
        """Look for changes now."""

    async def commit(self, accepted: Collection[str], target: CommitTarget) -> CommitReport:
        """Write the accepted changes to the real folder, all or none."""

    async def put_back(self, target: CommitTarget) -> UndoReport | None:
        """Undo the commit that was cut off."""

    async def leave_interrupted_commit(self) -> None:
        """Leave the folder of a commit that was cut off as it is."""

    async def discard(self, paths: Collection[str]) -> None:
        """Take changes back, in the workspace only."""

    async def export_patch(self, accepted: Collection[str]) -> bytes:
        """The accepted changes as a patch for `git apply`."""

    def open_terminal(self, screen: Screen, changed: Callable[[], None], size: TerminalSize) -> Terminal:
        """A terminal for the user on the open project."""

    async def export_archive(self, kind: str) -> bytes:
        """The workspace as a zip or tar archive."""

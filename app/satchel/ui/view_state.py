"""What the views remember that the agent need not know: what is open, selected, ticked. It ends with the tab.

The draft of the prompt is not here: it lives on the page, where typing never waits for Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from satchel.runtime.doctor import Check
from satchel.workspace.commit_report import CommitReport
from satchel.workspace.import_plan import ImportPlan, ImportReport

Panel: TypeAlias = Literal["chat", "files", "changes", "terminal", "sessions"]
Document: TypeAlias = Literal["changes", "file", "conflicts"]
DialogName: TypeAlias = Literal[
    "", "help", "doctor", "import", "rename-session", "delete-session", "discard", "permissions"
]
ConflictPair: TypeAlias = Literal["theirs-ours", "base-theirs", "base-ours"]
Storage: TypeAlias = Literal["opfs", "memory"]


@dataclass(frozen=True, slots=True)
class Host:
    """What this page can do. `storage` 'memory' means that everything is gone when the tab closes."""

    storage: Storage = "opfs"
    offline: bool = False
    can_pick_folder: bool = True
    runs_programs: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know: what happened and what they can do about it."""

    id: int
    kind: Literal["error", "warning", "info", "success"]
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """An import on its way. `plan` None: the source is still being looked through."""

    name: str
    plan: ImportPlan | None = None
    running: bool = False
    report: ImportReport | None = None


@dataclass(frozen=True, slots=True)
class TerminalView:
    """The terminal's panel. A closed one keeps what is on it; `running` is the command that runs."""

    is_open: bool = True
    is_tall: bool = False
    running: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """What this browser can do, as far as it has been tried."""

    checks: tuple[Check, ...] = ()
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class ViewState:
    """All of it. Replaced, never changed, so that views can compare by identity."""

    host: Host = Host()
    panel: Panel = "chat"
    review_open: bool = False
    review_wide: bool = False
    document: Document = "changes"
    dialog: DialogName = ""
    dialog_subject: str = ""
    expanded_directories: frozenset[str] = frozenset()
    expanded_tools: frozenset[str] = frozenset()
    open_file: str = ""
    selected_change: str = ""
    accepted: Mapping[str, bool] = field(default_factory=dict)
    importing: Import | None = None
    commit_report: CommitReport | None = None
    selected_conflict: str = ""
    conflict_pair: ConflictPair = "theirs-ours"
    terminal: TerminalView | None = None
    examination: Examination | None = None
    busy: str = ""
    notices: tuple[Notice, ...] = ()
    next_notice: int = 1

    def anew(self) -> ViewState:
        """The state in which another session or project is shown: what was open or ticked is forgotten, while what
        is being done and what the user was told stays.
        """
        return ViewState(host=self.host, busy=self.busy, notices=self.notices, next_notice=self.next_notice)

    def with_notice(
        self, kind: Literal["error", "warning", "info", "success"], title: str, detail: str
    ) -> ViewState:
        """The state with one more notice; the oldest goes when there are more than four."""
        notice = Notice(self.next_notice, kind, title, detail)
        return replace(self, notices=(*self.notices, notice)[-4:], next_notice=self.next_notice + 1)

    def without_notice(self, notice_id: int) -> ViewState:
        """The state after the user dismissed a notice."""
        return replace(self, notices=tuple(notice for notice in self.notices if notice.id != notice_id))

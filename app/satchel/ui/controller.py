"""The one place where view state changes: what actions work on.

It holds the service, the view state and the derived model, and tells listeners that something may have to be drawn. It
draws nothing itself and knows no tree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal, TypeAlias

from satchel.base.clock import Clock
from satchel.base.errors import SatchelError
from satchel.runtime.doctor import Check
from satchel.runtime.process import TerminalSize
from satchel.runtime.terminal import Terminal
from satchel.ui.agent_port import AgentPort, ProjectPort
from satchel.ui.announcements import PROMPT_ID
from satchel.ui.effects import Announce, Effect, Focus
from satchel.ui.page_screen import PageScreen
from satchel.ui.view_state import ViewState
from satchel.ui.workspace_model import WorkspaceModel
from satchel.workspace.changeset import Change, Changeset
from satchel.workspace.commit_report import InterruptedCommit
from satchel.workspace.import_plan import ImportPlan
from satchel.workspace.import_source import ImportSource

Examine: TypeAlias = Callable[[Callable[[Check], None]], Awaitable[None]]
"""Tries what this browser can do, and tells of each thing once it was tried."""


class Controller:
    """View state, and the ways to change it."""

    def __init__(
        self,
        service: AgentPort,
        emit: Callable[[Effect], None],
        clock: Clock,
        sample: Callable[[], ImportSource] | None,
        examine: Examine | None = None,
    ) -> None:
        self.service = service
        self.emit = emit
        self.clock = clock
        self.sample = sample
        self.examine = examine
        self.view = ViewState()
        self.workspace = WorkspaceModel()
        self.screen = PageScreen(emit)
        self.terminal: Terminal | None = None
        self._terminal_project: ProjectPort | None = None
        self._terminal_size: TerminalSize | None = None
        # The look through what the user wants to import, while it runs.
        self.looking_through: asyncio.Task[ImportPlan] | None = None
        self._followed: Changeset | None = None
        self._followed_commit: InterruptedCommit | None = None
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever the view state changed; returns the way to stop it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def set(self, view: ViewState) -> None:
        """Replace the view state."""
        if view is not self.view:
            self.view = view
            for listener in tuple(self._listeners):
                listener()

    def notify(
        self, kind: Literal["error", "warning", "info", "success"], title: str, detail: str = ""
    ) -> None:
        """Show a notice and say it."""
        self.set(self.view.with_notice(kind, title, detail))
        self.emit(Announce(f"{title} {detail}".rstrip()))

    def report(self, error: SatchelError) -> None:
        """Show what went wrong and what to do about it."""
        self.notify("error", error.message, error.remedy)

    def follow_changes(self) -> None:
        """Keep the review in step with the changeset: open it when the first changes come, or a commit is found to have
        been cut off; select a change that exists.
        """
        changeset, interrupted, view = self.service.changeset, self.service.interrupted_commit, self.view
        if changeset is self._followed and interrupted is self._followed_commit:
            return
        is_cut_off = interrupted is not None and interrupted is not self._followed_commit
        self._followed_commit = interrupted
        paths = [] if changeset is None else [change.path for change in changeset.changes]
        had_changes = self._followed is not None and bool(self._followed.changes)
        self._followed = changeset
        selected = view.selected_change if view.selected_change in paths else next(iter(paths), "")
        # Beside the conversation it takes nobody's place; where one panel is shown at a time, the tab counts them.
        is_open = view.review_open or (bool(paths) and not had_changes) or is_cut_off
        if (selected, is_open) != (view.selected_change, view.review_open):
            self.set(replace(view, selected_change=selected, review_open=is_open))

    def require_terminal(self) -> None:
        """Have a terminal; it begins once its size is known. Raises InputError where there can be none."""
        if self.terminal is None:
            self.screen = PageScreen(self.emit)
            self.terminal = self.service.open_terminal(self.screen, self._terminal_changed, TerminalSize())
            self._terminal_project, self._terminal_size = self.service.project, None

    def size_terminal(self, size: TerminalSize) -> None:
        """The terminal's place on the page has this size."""
        if self.terminal is not None:
            self.terminal.resize(size)
            if self._terminal_size is None:
                self.terminal.begin()
            self._terminal_size = size

    def follow_project(self) -> None:
        """End the terminal when its project is not open any more, or its panel is gone for good."""
        is_gone = self.view.terminal is None or self.service.project is not self._terminal_project
        if self.terminal is not None and is_gone:
            self.terminal.close()
            self._forget_terminal()

    def _terminal_changed(self) -> None:
        terminal, view = self.terminal, self.view
        if terminal is None or view.terminal is None:
            return
        if terminal.ended:
            self._forget_terminal()
            self.emit(Focus(PROMPT_ID))
        elif terminal.running != view.terminal.running:
            self.set(replace(view, terminal=replace(view.terminal, running=terminal.running)))

    def _forget_terminal(self) -> None:
        self.terminal = None
        if self.view.terminal is not None:
            panel = "chat" if self.view.panel == "terminal" else self.view.panel
            self.set(replace(self.view, terminal=None, panel=panel))

    def busy_with(self, what: str) -> None:
        """Say in the views that `what` is being done; empty when it is over."""
        self.set(replace(self.view, busy=what))

    def is_accepted(self, change: Change) -> bool:
        """Whether the user takes this change: what they ticked, else everything that carries no warning."""
        return self.view.accepted.get(change.path, not change.flags)

    def accepted_paths(self) -> tuple[str, ...]:
        """The paths of all accepted changes, in order."""
        changeset = self.service.changeset
        return () if changeset is None else tuple(c.path for c in changeset.changes if self.is_accepted(c))

    def discardable_paths(self) -> tuple[str, ...]:
        """What Discard takes back: everything that is not accepted, or all when everything is."""
        changeset = self.service.changeset
        if changeset is None:
            return ()
        left = tuple(change.path for change in changeset.changes if not self.is_accepted(change))
        return left or tuple(change.path for change in changeset.changes)

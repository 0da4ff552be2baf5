"""The one place where view state changes: what actions work on.

It holds the service, the view state and the derived model, and tells listeners that something may have to be drawn. It
draws nothing itself and knows no tree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from satchel.base.clock import Clock
from satchel.base.errors import SatchelError
from satchel.ui.agent_port import AgentPort
from satchel.ui.effects import Announce, Effect
from satchel.ui.view_state import ViewState
from satchel.ui.workspace_model import WorkspaceModel
from satchel.workspace.changeset import Change, Changeset
from satchel.workspace.commit_report import InterruptedCommit
from satchel.workspace.import_plan import ImportPlan
from satchel.workspace.import_source import ImportSource


class Controller:
    """View state, and the ways to change it."""

    def __init__(
        self,
        service: AgentPort,
        emit: Callable[[Effect], None],
        clock: Clock,
        sample: Callable[[], ImportSource] | None,
    ) -> None:
        self.service = service
        self.emit = emit
        self.clock = clock
        self.sample = sample
        self.view = ViewState()
        self.workspace = WorkspaceModel()
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

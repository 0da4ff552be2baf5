"""The views as one object: state in, regions out, actions back. What `entry` wires to a page.

It owns no window and sends nothing: `render` returns what changed, effects go to the callable given, and the caller
decides how often to draw (about once a frame).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from satchel.base.clock import Clock
from satchel.base.errors import SatchelError
from satchel.base.jsonvalue import JsonObject
from satchel.ui.actions import perform
from satchel.ui.agent_port import AgentPort
from satchel.ui.announcements import Announcer
from satchel.ui.controller import Controller, Examine
from satchel.ui.effects import Effect
from satchel.ui.handlers.project import begin_import
from satchel.ui.handlers.review import commit_to
from satchel.ui.layout import page_regions
from satchel.ui.regions import RegionCache, RegionUpdate
from satchel.ui.view_state import Host
from satchel.workspace.commit_target import CommitTarget
from satchel.workspace.import_source import ImportSource


class App:
    """The page, seen from Python."""

    def __init__(
        self,
        service: AgentPort,
        effects: Callable[[Effect], None],
        clock: Clock,
        *,
        sample: Callable[[], ImportSource] | None = None,
        examine: Examine | None = None,
    ) -> None:
        """`effects` gets each effect at once; `sample` makes the sample project, if there is one to offer; `examine`
        tries what the browser can do.
        """
        self._controller = Controller(service, effects, clock, sample, examine)
        self._cache = RegionCache()
        self._announcer = Announcer(effects)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever `render` may have something new; returns the way to stop it."""
        ends = (self._controller.service.subscribe(listener), self._controller.subscribe(listener))

        def end() -> None:
            for stop in ends:
                stop()

        return end

    def render(self) -> list[RegionUpdate]:
        """The regions that changed since the last call (the first call: all), as (id, tree); None: it is gone."""
        controller = self._controller
        controller.follow_changes()
        controller.follow_project()
        controller.workspace.refresh(controller.service, controller.view)
        updates = self._cache.update(page_regions(controller))
        self._announcer.look(controller.service.session)
        return updates

    def full(self) -> list[RegionUpdate]:
        """All regions, for a page or a second tab that has none yet."""
        self.render()
        return self._cache.all()

    async def act(self, name: str, args: JsonObject, extra: JsonObject) -> None:
        """Do what the user asked for. `extra` may hold `value` or `form`. Expected failures become notices."""
        try:
            await perform(self._controller, name, args, extra)
        except SatchelError as error:
            self._controller.report(error)

    async def begin_import(self, source: ImportSource) -> None:
        """A folder or archive came from the page: look through it and show what would be taken."""
        try:
            await begin_import(self._controller, source)
        except SatchelError as error:
            self._controller.report(error)

    async def commit_to(self, target: CommitTarget) -> None:
        """The page may write to the real folder now: commit what is accepted."""
        try:
            await commit_to(self._controller, target)
        except SatchelError as error:
            self._controller.report(error)

    def commit_refused(self) -> None:
        """The user did not let the page write to the folder."""
        self._controller.notify(
            "warning",
            "The folder was not changed: the browser did not get leave to write.",
            "Choose Commit again and allow it, or download a patch or an archive.",
        )

    def set_host(self, host: Host) -> None:
        """What this page can do, as far as the views say or depend on it."""
        if host != self._controller.view.host:
            self._controller.set(replace(self._controller.view, host=host))

    def report(self, error: SatchelError) -> None:
        """Show a failure that happened outside of an action."""
        self._controller.report(error)

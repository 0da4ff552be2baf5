"""The one project that is open: opening, importing, and the changeset as it was found last."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from satchel.agent.ports import AgentPorts
from satchel.base.cancel import CancelToken
from satchel.base.checkpoint import Checkpoint
from satchel.base.errors import InputError, SatchelError
from satchel.base.ids import ProjectId
from satchel.runtime.process import ProcessHost
from satchel.runtime.run_command import RunPlace
from satchel.workspace.changeset import Changeset
from satchel.workspace.commit_report import CommitReport, InterruptedCommit
from satchel.workspace.import_source import ImportSource
from satchel.workspace.importer import (
    ImportOptions,
    ImportPlan,
    ImportProgress,
    ImportReport,
    plan_import,
    run_import,
)
from satchel.workspace.project import Project
from satchel.workspace.project_layout import has_import

logger = logging.getLogger(__name__)
UNTITLED_PROJECT = "Untitled project"


class ProjectHolder:
    """Holds the open project. `changed` is called whenever a property below changes, `record` with a commit whose
    folder is complete (see `Project.finish_commit`).
    """

    def __init__(
        self, ports: AgentPorts, changed: Callable[[], None], record: Callable[[CommitReport], None]
    ) -> None:
        self._ports = ports
        self._changed = changed
        self._record = record
        self._import_token: CancelToken | None = None
        self.project: Project | None = None
        self.changeset: Changeset | None = None
        self.interrupted: InterruptedCommit | None = None
        self.import_progress: ImportProgress | None = None
        self._processes: ProcessHost | None = None

    def require(self) -> Project:
        """The open project. Raises InputError when there is none."""
        if self.project is None:
            raise InputError(
                "agent.no_project", "No project is open.", "Import a folder or an archive first."
            )
        return self.project

    async def open(self, project_id: ProjectId | None) -> None:
        """Make `project_id` the open project (None: none).

        Raises WorkspaceError; no project is open then.
        """
        if self.project is not None and self.project.id == project_id:
            return
        self.close()
        if project_id is None:
            return
        names = {summary.id: summary.name for summary in await self._ports.project_store.list()}
        storage = await self._ports.project_store.open(project_id)
        try:
            self.project = Project.open(
                project_id, names.get(project_id, UNTITLED_PROJECT), storage, self._ports.limits.workspace
            )
        except SatchelError:
            storage.close()
            raise
        self._changed()
        await self.refresh()

    async def create(self, name: str) -> Project:
        """Make an empty project and open it."""
        await self.open(await self._ports.project_store.create(name))
        return self.require()

    def close(self) -> None:
        """Let go of the open project, and end every program that runs on it."""
        if self.project is not None:
            project, self.project, self.changeset, self.interrupted = self.project, None, None, None
            processes, self._processes = self._processes, None
            try:
                if processes is not None:
                    processes.close()
                project.close()
            finally:
                self._changed()

    @property
    def runs_programs(self) -> bool:
        """Whether programs can run at all on this host."""
        return self._ports.process_host is not None

    def run_place(self) -> RunPlace:
        """Where programs of the open project run. The host is made at the first call; there has to be a factory for it.
        Raises InputError without a project.
        """
        project, factory = self.require(), self._ports.process_host
        assert factory is not None
        if self._processes is None:
            self._processes = factory(project.storage.root)
        return RunPlace(
            self._processes,
            self._ports.commands,
            project.files,
            self._ports.clock,
            self._ports.limits.process,
        )

    async def refresh(self, checkpoint: Checkpoint | None = None) -> Changeset | None:
        """Look for changes; without a checkpoint, nobody can cancel that.

        A changeset that is the same stays the same object. Failures are logged, not raised.
        """
        try:
            return await self.look(checkpoint or self._checkpoint(CancelToken()))
        except SatchelError:
            logger.warning("the changes of the workspace could not be read", exc_info=True)
            return self.changeset

    async def look(self, checkpoint: Checkpoint) -> Changeset | None:
        """As `refresh`, but raises WorkspaceError. None without a project."""
        project = self.project
        if project is None:
            return None
        try:
            project.finish_commit(self._record)
        except SatchelError:
            logger.warning("a commit could not be finished; it is tried again", exc_info=True)
        found = await project.changeset(checkpoint)
        if self.project is project:
            is_same = self.changeset is not None and self.changeset.digest == found.digest
            interrupted = project.interrupted_commit
            if not is_same or interrupted != self.interrupted:
                self.changeset = self.changeset if is_same else found
                self.interrupted = interrupted
                self._changed()
        return self.changeset

    async def remove_orphans(self, named: Collection[ProjectId]) -> None:
        """Delete the projects that no session names and that nothing was imported into: what a failed import or a
        crash left. One that cannot be deleted now is left to the next start.
        """
        try:
            orphans = [one.id for one in await self._ports.project_store.list() if one.id not in named]
        except SatchelError:
            logger.warning("the projects could not be listed", exc_info=True)
            return
        for project in orphans:
            try:
                await self._remove_without_import(project)
            except SatchelError:
                logger.warning("project %s could not be removed", project, exc_info=True)

    async def _remove_without_import(self, project: ProjectId) -> None:
        storage = await self._ports.project_store.open(project)
        try:
            imported = has_import(storage.root)
        finally:
            storage.close()
        if not imported:
            await self._ports.project_store.delete(project)

    async def plan_import(self, source: ImportSource, options: ImportOptions) -> ImportPlan:
        """What an import would take; nothing is written."""
        token = self._import_token = CancelToken()
        try:
            return await plan_import(
                source, options, self._checkpoint(token), self._progress, self._ports.limits.workspace
            )
        finally:
            self._end_import()

    async def run_import(self, plan: ImportPlan, name: str) -> tuple[Project, ImportReport]:
        """Import into a new project called `name` and open it.

        After a failure the project of before is open again.
        """
        before = None if self.project is None else self.project.id
        token = self._import_token = CancelToken()
        # Before the project is there: whoever looks at its files meanwhile must know that they are not all.
        self._progress(ImportProgress("copying", 0, plan.files, 0, ""))
        try:
            project = await self.create(name)
            try:
                report = await run_import(plan, project, self._progress, self._checkpoint(token))
            except BaseException:
                self.close()
                await self._ports.project_store.delete(project.id)
                await self.open(before)
                raise
        finally:
            self._end_import()
        project.flush()
        self._changed()
        await self.refresh()
        return project, report

    def cancel_import(self) -> None:
        """Stop an import that is running."""
        if self._import_token is not None:
            self._import_token.cancel()

    def _checkpoint(self, token: CancelToken) -> Checkpoint:
        return self._ports.checkpoint_factory(token)

    def _progress(self, progress: ImportProgress) -> None:
        self.import_progress = progress
        self._changed()

    def _end_import(self) -> None:
        self._import_token = None
        self.import_progress = None
        self._changed()

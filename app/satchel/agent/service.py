"""The agent as the screens and the command line see it: commands in, views out.

Properties are cheap and keep their identity until something changed; `subscribe` tells when. Commands raise
`SatchelError` with a text for the user. One session and one project are open at a time, and one turn runs;
while it does, commands that would pull the ground from under it are refused with what to do instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence

from satchel.agent.dispatch import ToolDispatcher, ToolEnvironment
from satchel.agent.loop import Turn, TurnSetup
from satchel.agent.ports import AgentPorts
from satchel.agent.project_holder import UNTITLED_PROJECT, ProjectHolder
from satchel.agent.questions import OpenQuestions, no_such_question
from satchel.agent.recorder import SessionRecorder
from satchel.agent.recovery import close_cut_turn, close_lost_programs, end_cut_turn, waits_for_answer
from satchel.agent.system_prompt import system_prompt
from satchel.agent.transcript import SessionView
from satchel.agent.turn_task import TurnTask
from satchel.agent.user_terminal import UserTerminals
from satchel.base.cancel import CancelToken
from satchel.base.errors import InputError, SatchelError
from satchel.base.ids import ProjectId, QuestionId, SessionId
from satchel.base.jsonvalue import JsonObject
from satchel.permission.gate import Gate
from satchel.permission.grant import EVERYTHING, Grant
from satchel.permission.request import Capability
from satchel.runtime.foreground import Screen
from satchel.runtime.process import TerminalSize
from satchel.runtime.terminal import Terminal
from satchel.session.catalogue import Catalogue, SessionSummary
from satchel.session.codec import decode
from satchel.session.errors import LogError, SessionNotFoundError
from satchel.session.events import (
    Lifetime,
    PermissionDecided,
    PermissionRevoked,
    SessionRenamed,
    SystemInit,
    UserMessage,
    WorkspaceCommitted,
    WorkspaceDiscarded,
    WorkspaceImported,
)
from satchel.session.jsonl import export_jsonl
from satchel.session.log import open_log, store_records
from satchel.workspace.archive_export import ArchiveKind, write_archive
from satchel.workspace.changeset import Changeset
from satchel.workspace.commit_report import CommitProgress, CommitReport, InterruptedCommit
from satchel.workspace.commit_target import CommitTarget
from satchel.workspace.commit_undo import UndoReport
from satchel.workspace.import_source import ImportSource
from satchel.workspace.importer import ImportOptions, ImportPlan, ImportProgress, ImportReport
from satchel.workspace.patch import write_patch
from satchel.workspace.project import Project

logger = logging.getLogger(__name__)

_ARCHIVE_KINDS: dict[str, ArchiveKind] = {"zip": "zip", "tar": "tar"}


class AgentService:
    """See the module.

    `start` comes first; `on_event` (when set) gets the envelope of every event as it is appended.
    """

    def __init__(self, ports: AgentPorts) -> None:
        self._ports = ports
        self._listeners: list[Callable[[], None]] = []
        self._catalogue = Catalogue(ports.log_storage, ports.clock)
        self._holder = ProjectHolder(ports, self._changed, self._record_commit)
        self._terminals = UserTerminals(
            self._holder, lambda event: self._opened().record(event), lambda: self._list(self._opened())
        )
        self._recorder: SessionRecorder | None = None
        self._gate = Gate(ports.policy)
        self._questions = OpenQuestions()
        self._turn = TurnTask()
        self._switching = asyncio.Lock()
        self._at_work = ""
        self.on_event: Callable[[JsonObject], None] | None = None

    # --- Views

    @property
    def session(self) -> SessionView:
        """The open session."""
        return self._opened().view()

    @property
    def sessions(self) -> tuple[SessionSummary, ...]:
        """All sessions, last changed first."""
        return self._catalogue.sessions

    @property
    def project(self) -> Project | None:
        """The open project."""
        return self._holder.project

    @property
    def changeset(self) -> Changeset | None:
        """What the agent changed, as of the last look. A new object whenever something changed."""
        return self._holder.changeset

    @property
    def interrupted_commit(self) -> InterruptedCommit | None:
        """A commit of the open project that was cut off while it wrote to the folder, as of the last look."""
        return self._holder.interrupted

    @property
    def import_progress(self) -> ImportProgress | None:
        """How far a running import is, None when none runs."""
        return self._holder.import_progress

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The standing permissions of the open session."""
        return self._gate.grants()

    def events(self) -> Iterator[JsonObject]:
        """The envelopes of the open session's log, in order."""
        return self._opened().log.envelopes()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every change of a view; returns the way to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    # --- Sessions

    async def start(self) -> None:
        """Open the last session and its project, or an empty new session."""
        await self._catalogue.load()
        if not any(summary.error for summary in self.sessions):
            await self._holder.remove_orphans(
                {s.project_id for s in self.sessions if s.project_id is not None}
            )
        last = self._catalogue.last_opened
        candidates = [last] if last else []
        candidates += [summary.id for summary in self.sessions if not summary.error and summary.id != last]
        for session_id in candidates:
            try:
                await self._switch(session_id)
                return
            except LogError:
                logger.warning("session %s cannot be opened", session_id, exc_info=True)
        await self._create()

    async def new_session(self) -> None:
        """Begin an empty session with the project that is open; an empty one that is open already is kept."""
        async with self._exclusively():
            if not self._opened().is_new:
                await self._create()

    async def open_session(self, session_id: SessionId) -> None:
        """Open another session and its project, or try again what kept the open one from working.

        Raises LogError; the session of before stays open then.
        """
        async with self._exclusively():
            if session_id != self._opened().session_id:
                await self._switch(session_id)
            elif self.session.failure:
                await self._try_again(self._opened())

    async def rename_session(self, session_id: SessionId, title: str) -> None:
        """Give a session a title."""
        title = " ".join(title.split())
        if not title:
            raise InputError("agent.empty_title", "The title is empty.", "Type a name for the session.")
        async with self._switching:
            recorder = self._opened()
            if session_id == recorder.session_id:
                recorder.record(SessionRenamed(title))
            else:
                recorder = await self._read(session_id)
                try:
                    recorder.record(SessionRenamed(title))
                finally:
                    recorder.close()
            await self._list(recorder)

    async def delete_session(self, session_id: SessionId, *, keep_project: bool = False) -> None:
        """Delete a session's log for good, and its project with it when no other session has that.

        With `keep_project` the project goes over to an empty session.
        """
        async with self._switching:
            summary = self._catalogue.get(session_id)
            if summary is None:
                raise SessionNotFoundError(session_id)
            project = self._project_of_this_alone(summary)
            if session_id == self._opened().session_id:
                await self._after_the_turn()
                self._refuse_while_busy()
                if project is not None and not keep_project:
                    self._holder.close()
                await self._create()
            elif project is not None and keep_project:
                heir = await self._begin(project)
                self._catalogue.put(heir.summary)
                heir.close()
            if project is not None and not keep_project:
                await self._ports.project_store.delete(project)
            await self._ports.log_storage.delete(session_id)
            self._catalogue.remove(session_id)
            await self._save_catalogue()
            self._changed()

    def _project_of_this_alone(self, summary: SessionSummary) -> ProjectId | None:
        others = (other.project_id for other in self.sessions if other.id != summary.id)
        return None if summary.project_id in others else summary.project_id

    async def adopt_session(self, records: Sequence[bytes]) -> None:
        """Go on with a session that was recorded elsewhere (its stored events, in order), on the project that is
        open. It takes the place of the open session, which is deleted.
        """
        session_id = SessionId(decode(records[0]).session)
        async with self._exclusively():
            before = self._opened().session_id
            await store_records(self._ports.log_storage, session_id, records)
            recorder = await self._read(session_id)
            close_lost_programs(recorder)
            close_cut_turn(recorder)
            await self._use(recorder)
            await self._ports.log_storage.delete(before)
            self._catalogue.remove(before)
            await self._list(recorder)

    async def export_session(self, session_id: SessionId) -> bytes:
        """A session as JSON lines, one event envelope each."""
        recorder = self._opened()
        if session_id == recorder.session_id:
            return export_jsonl(recorder.log)
        opened = await open_log(self._ports.log_storage, session_id, self._ports.clock)
        try:
            return export_jsonl(opened.log)
        finally:
            opened.log.close()

    async def close(self) -> None:
        """Stop a running turn, let a commit end, and give everything up. Nobody is told any more."""
        self.cancel()
        self.cancel_import()
        await self.wait_idle()
        async with self._switching:
            self._listeners.clear()
            if self._recorder is None:
                return
            await self._list(self._recorder)
            try:
                self._holder.close()
            finally:
                self._recorder.close()
                self._recorder = None

    def open_terminal(self, screen: Screen, changed: Callable[[], None], size: TerminalSize) -> Terminal:
        """A terminal for the user, on the project that is open. Raises InputError where no program can run."""
        return self._terminals.open(screen, changed, size)

    # --- Turns

    async def submit(self, text: str) -> None:
        """Begin a turn. Returns when the message is durable and the turn runs."""
        if not text.strip():
            raise InputError("agent.empty_message", "The message is empty.", "Say what to do.")
        async with self._exclusively():
            recorder = self._opened()
            if recorder.summary.project_id is not None:
                await self._holder.open(recorder.summary.project_id)
            elif self._holder.project is None:
                project = await self._holder.create(UNTITLED_PROJECT)
                recorder.record(WorkspaceImported(project.id, UNTITLED_PROJECT, 0, 0, ""))
            turn = self._prepare_turn(recorder)
            recorder.record(UserMessage(text))
            self._run_turn(recorder, turn)
            await self._list(recorder)

    async def wait_idle(self) -> None:
        """Return when no turn runs."""
        await self._turn.wait()

    def cancel(self) -> None:
        """Stop the turn, at whatever point it is. Nothing happens when none runs."""
        self._turn.cancel()

    def cancel_import(self) -> None:
        """Stop an import that runs, at its next file."""
        self._holder.cancel_import()

    async def answer(self, question_id: QuestionId, *, allowed: bool, lifetime: Lifetime = "session") -> None:
        """Answer a permission question. Raises InputError when it is not open (any more)."""
        recorder = self._opened()
        question = recorder.turn.asked.get(question_id)
        if question is None:
            raise no_such_question(question_id)
        decision = PermissionDecided(
            question_id,
            allowed,
            lifetime,
            "user",
            question.tool_use_id,
            question.capability,
            question.subject,
            question.scope,
        )
        recorder.record(decision)
        self._gate.restore(Grant(Capability(question.capability), question.scope, lifetime, allowed))
        self._questions.settle(question_id, allowed=allowed)

    def revoke(self, capability: Capability, scope: str = EVERYTHING) -> None:
        """Take a standing permission back; the next use is asked again."""
        if self._gate.revoke(capability, scope):
            self._opened().record(PermissionRevoked(capability.value, scope))

    # --- Project, review, commit

    async def plan_import(self, source: ImportSource, options: ImportOptions) -> ImportPlan:
        """What an import would take; nothing is written. `cancel` stops it."""
        return await self._holder.plan_import(source, options)

    async def run_import(self, plan: ImportPlan, *, new_project_name: str | None) -> ImportReport:
        """Import into a new project (named as the source unless told otherwise) and open it.

        A session that has already been at work keeps its own project; the import then begins a new session.
        """
        async with self._exclusively():
            name = new_project_name or plan.source.name or UNTITLED_PROJECT
            project, report = await self._holder.run_import(plan, name)
            recorder = self._opened()
            if recorder.turn.started_ts or recorder.summary.project_id is not None:
                recorder = await self._create()
            recorder.record(
                WorkspaceImported(project.id, plan.source.name, report.files, report.bytes, report.digest)
            )
            await self._list(recorder)
            return report

    async def refresh_changes(self) -> Changeset:
        """Look for changes now. Raises InputError without a project, WorkspaceError."""
        self._holder.require()
        found = await self._holder.look(self._ports.checkpoint_factory(CancelToken()))
        return found or Changeset((), "")

    async def commit(
        self,
        accepted: Collection[str],
        target: CommitTarget,
        progress: Callable[[CommitProgress], None] = lambda _: None,
    ) -> CommitReport:
        """Write the accepted changes of the shown changeset to the target, all or none; the rest counts as
        rejected. Nothing else begins meanwhile.
        """
        async with self._exclusively("A commit is running."):
            project, changeset = self._reviewed()
            checkpoint = self._ports.checkpoint_factory(CancelToken())
            try:
                report = await project.commit(
                    changeset, accepted, target, checkpoint, progress, record=self._record_commit
                )
                if not report.committed:
                    self._opened().record(_committed(report))
            finally:
                await self._holder.refresh(checkpoint)
            return report

    async def put_back(self, target: CommitTarget) -> UndoReport | None:
        """Undo the commit that was cut off on this target; None when there is none. Raises WorkspaceError."""
        async with self._exclusively("A folder is being put back."):
            try:
                return await self._holder.require().put_back_interrupted_commit(target)
            finally:
                await self._holder.refresh()

    async def leave_interrupted_commit(self) -> None:
        """Leave the folder of a commit that was cut off as it is."""
        async with self._exclusively():
            self._holder.require().forget_interrupted_commit()
            await self._holder.refresh()

    async def discard(self, paths: Collection[str]) -> None:
        """Put changed paths back to their imported content, in the workspace only."""
        async with self._exclusively("Changes are being discarded."):
            await self._holder.require().discard(paths)
            self._opened().record(WorkspaceDiscarded(tuple(sorted(paths))))
            await self._holder.refresh()

    async def export_patch(self, accepted: Collection[str]) -> bytes:
        """The accepted changes as a patch for `git apply`."""
        project, changeset = self._reviewed()
        return write_patch(project, changeset, accepted)

    async def export_archive(self, kind: str) -> bytes:
        """The whole workspace as an archive, 'zip' or 'tar'. Raises InputError for other kinds."""
        if kind not in _ARCHIVE_KINDS:
            raise InputError(
                "agent.archive_kind", f"{kind!r} is not a kind of archive.", "Choose zip or tar."
            )
        return write_archive(self._holder.require(), _ARCHIVE_KINDS[kind])

    # --- Inside

    def _opened(self) -> SessionRecorder:
        if self._recorder is None:
            raise AssertionError("the service was used before start or after close")
        return self._recorder

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _appended(self, envelope: JsonObject) -> None:
        if self.on_event is not None:
            self.on_event(envelope)

    @contextlib.asynccontextmanager
    async def _exclusively(self, work: str = "") -> AsyncIterator[None]:
        """Alone with the session and the project, or refused. `work` says what others are refused for meanwhile."""
        self._refuse_while_busy()
        async with self._switching:
            await self._after_the_turn()
            self._refuse_while_busy()
            self._at_work = work
            try:
                yield
            finally:
                self._at_work = ""

    async def _after_the_turn(self) -> None:
        """Wait for what a turn still does after its result: whoever sees that it is over is not refused."""
        if self._opened().turn.state == "idle":
            await self.wait_idle()

    def _refuse_while_busy(self) -> None:
        recorder = self._opened()
        if self._at_work:
            raise InputError("agent.busy", self._at_work, "Wait for its end.")
        if self._turn.is_running and recorder.turn.state != "idle":
            remedy = "Stop it first, or wait for its end."
            if recorder.turn.asked:
                remedy = "Answer its question, or stop it."
            raise InputError("agent.busy", "A turn is running.", remedy)

    def _record_commit(self, report: CommitReport) -> None:
        """Record a commit whose folder is complete; one that is in the log already is not told twice."""
        recorder, event = self._opened(), _committed(report)
        if recorder.last_commit != event:
            recorder.record(event)

    def _reviewed(self) -> tuple[Project, Changeset]:
        project = self._holder.require()
        if self._holder.changeset is None:
            raise InputError("agent.no_changes", "There are no changes to review.", "")
        return project, self._holder.changeset

    async def _read(self, session_id: SessionId, *, create: bool = False) -> SessionRecorder:
        opened = await open_log(self._ports.log_storage, session_id, self._ports.clock, create=create)
        try:
            return SessionRecorder(opened, self._changed, self._appended)
        except BaseException:
            opened.log.close()
            raise

    async def _begin(self, project_id: ProjectId | None) -> SessionRecorder:
        """A new session, not the open one yet."""
        recorder = await self._read(SessionId(self._ports.ids.new()), create=True)
        recorder.record(SystemInit(recorder.session_id, self._ports.version, self._ports.model, project_id))
        for grant in self._gate.grants():
            if grant.lifetime == "always":
                recorder.record(_carried_over(grant))
        return recorder

    async def _create(self) -> SessionRecorder:
        project = self._holder.project
        recorder = await self._begin(None if project is None else project.id)
        await self._use(recorder)
        return recorder

    async def _switch(self, session_id: SessionId) -> None:
        recorder = await self._read(session_id)
        try:
            await self._enter(recorder)
        except LogError:
            if self._recorder is not recorder:
                recorder.close()
            raise

    async def _try_again(self, recorder: SessionRecorder) -> None:
        """Get the open session to work: its log, which nobody else can hold, or only its project."""
        recorder.report_failure("")
        if recorder.log.is_usable:
            await self._enter(recorder)
            return
        recorder.close()
        try:
            await self._switch(recorder.session_id)
        except LogError as error:
            recorder.report_failure(str(error))
            raise

    async def _enter(self, recorder: SessionRecorder) -> None:
        if not recorder.log.last_seq:
            recorder.record(SystemInit(recorder.session_id, self._ports.version, self._ports.model))
        if self._recorder is None:  # else one that was started from here may still run
            close_lost_programs(recorder)
        close_cut_turn(recorder)
        await self._use(recorder)
        await self._open_project(recorder)
        if waits_for_answer(recorder):
            try:
                self._run_turn(recorder, self._prepare_turn(recorder))
            except SatchelError as error:
                end_cut_turn(recorder, error.code, str(error))

    async def _use(self, recorder: SessionRecorder) -> None:
        previous, self._recorder = self._recorder, recorder
        if previous is not None and previous.session_id != recorder.session_id:
            previous.close()
        self._gate = Gate(self._ports.policy, recorder.grants())
        self._catalogue.opened(recorder.session_id)
        await self._list(recorder)

    async def _open_project(self, recorder: SessionRecorder) -> None:
        try:
            await self._holder.open(recorder.summary.project_id)
        except SatchelError as error:
            logger.warning("project %s cannot be opened", recorder.summary.project_id, exc_info=True)
            recorder.report_failure(f"The project of this session cannot be opened: {error}")

    async def _list(self, recorder: SessionRecorder) -> None:
        self._catalogue.put(recorder.summary)
        await self._save_catalogue()
        self._changed()

    async def _save_catalogue(self) -> None:
        try:
            await self._catalogue.save()
        except OSError:
            logger.warning("the list of sessions could not be stored; it is made again at the next start")

    def _prepare_turn(self, recorder: SessionRecorder) -> Turn:
        """A turn that is ready to run. Raises SatchelError when there is no project or no such model."""
        ports, project = self._ports, self._holder.require()
        token = self._turn.new_token()
        checkpoint = ports.checkpoint_factory(token)

        async def wrote() -> None:
            await self._holder.refresh(checkpoint)

        environment = ToolEnvironment(
            ports.registry,
            self._gate,
            self._questions,
            project.files,
            project.flush,
            wrote,
            ports.limits.tool,
            ports.clock,
            ports.context_factory,
            self._holder.run_place if self._holder.runs_programs else None,
        )
        tools = ports.registry.schemas()
        setup = TurnSetup(
            ports.provider_factory(recorder.transcript.model or ports.model),
            system_prompt(project.name, tools),
            tools,
            ports.limits.turn,
            ports.clock,
            token,
        )
        return Turn(recorder, ToolDispatcher(recorder, environment, checkpoint), setup)

    def _run_turn(self, recorder: SessionRecorder, turn: Turn) -> None:
        async def after() -> None:
            await self._holder.refresh()
            await self._list(recorder)

        self._turn.start(turn, after)


def _committed(report: CommitReport) -> WorkspaceCommitted:
    conflicts = tuple(conflict.path for conflict in report.conflicts)
    return WorkspaceCommitted(report.target, report.committed, report.rejected, conflicts, report.digest)


def _carried_over(grant: Grant) -> PermissionDecided:
    """A grant that lasts beyond its session, as it is written into the next one."""
    return PermissionDecided(
        QuestionId(f"carried:{grant.capability.value}:{grant.scope}"),
        grant.allowed,
        "always",
        "grant",
        None,
        grant.capability.value,
        "",
        grant.scope,
    )

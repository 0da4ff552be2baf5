"""The single writer of one open session: every event passes here into the log and then into all its
projections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from satchel.agent.context import Conversation
from satchel.agent.transcript import SessionView, Transcript
from satchel.agent.turn import TurnProjection
from satchel.base.ids import SessionId
from satchel.base.jsonvalue import JsonObject
from satchel.permission.grant import Grant
from satchel.permission.request import Capability
from satchel.session.catalogue import SessionSummary, summarise
from satchel.session.codec import StoredEvent, envelope_object
from satchel.session.errors import LogWriteError
from satchel.session.events import (
    Event,
    LogRecovered,
    PermissionDecided,
    PermissionRevoked,
    ProcessEnded,
    ProcessStarted,
    WorkspaceCommitted,
)
from satchel.session.log import Damage, EventLog, OpenedLog


class SessionRecorder:
    """An open session: its log, its projections, its view. `programs` are those that have not ended, by pid.

    `changed` is called after every change of the view, `on_event` with the envelope of every event
    appended.
    """

    def __init__(
        self, opened: OpenedLog, changed: Callable[[], None], on_event: Callable[[JsonObject], None]
    ) -> None:
        self._log = opened.log
        self._changed = changed
        self._on_event = on_event
        self._view: SessionView | None = None
        self._failure = ""
        self._grants: dict[tuple[str, str], Grant] = {}
        self._explained: set[tuple[str, int]] = set()
        self.turn = TurnProjection()
        self.transcript = Transcript()
        self.conversation = Conversation()
        self.summary = SessionSummary(opened.log.session)
        self.last_commit: WorkspaceCommitted | None = None
        self.programs: dict[int, ProcessStarted] = {}
        for stored in opened.events:
            self._apply(stored)
        self._explain(opened.damage)

    @property
    def session_id(self) -> SessionId:
        """Whose session this is."""
        return self._log.session

    @property
    def log(self) -> EventLog:
        """The log, for reading; only the recorder appends."""
        return self._log

    @property
    def is_new(self) -> bool:
        """Whether nothing but its first event is in the log."""
        return self._log.last_seq <= 1

    def grants(self) -> Iterable[Grant]:
        """The standing grants and refusals that the log tells of."""
        return self._grants.values()

    def view(self) -> SessionView:
        """The session as it is shown; the same object until something changes."""
        if self._view is None:
            self._view = SessionView(
                self.session_id,
                self.summary.title,
                self.summary.project_id,
                self.transcript.items,
                self.turn.state,
                self.transcript.questions,
                self._log.head,
                self.summary.events,
                self.transcript.model,
                self._failure,
            )
        return self._view

    def record(self, event: Event, *, durable: bool = True) -> StoredEvent:
        """Append an event, bring every projection up to date, then tell those who listen.

        Raises what `EventLog.append` raises; nothing has changed then.
        """
        previous = self._log.head
        try:
            stored = self._log.append(event, durable=durable)
        except LogWriteError as error:
            self.report_failure(str(error))
            raise
        self._apply(stored)
        self._on_event(
            envelope_object(event, seq=stored.seq, ts=stored.ts, session=self.session_id, prev=previous)
        )
        self._touch()
        return stored

    def preview(self, text: str, ts: int) -> None:
        """Show text that is streaming and not logged yet."""
        self.transcript.preview(text, ts)
        self._touch()

    def report_failure(self, text: str) -> None:
        """Show what keeps this session from working; it is not an event and ends with the next opening."""
        self._failure = text
        self._touch()

    def close(self) -> None:
        """Give the log up."""
        self._log.close()

    def _touch(self) -> None:
        self._view = None
        self._changed()

    def _apply(self, stored: StoredEvent) -> None:
        event = stored.event
        self.turn.apply(event, stored.ts)
        self.transcript.apply(stored, self.turn)
        self.conversation.apply(event)
        self.summary = summarise(self.summary, stored)
        match event:
            case PermissionDecided(by="user") | PermissionDecided(by="grant", tool_use_id=None):
                self._keep_grant(event)
            case PermissionRevoked():
                self._grants.pop((event.capability, event.scope), None)
            case WorkspaceCommitted():
                self.last_commit = event
            case ProcessStarted():
                self.programs[event.pid] = event
            case ProcessEnded():
                self.programs.pop(event.pid, None)
            case LogRecovered():
                self._explained.add((event.kind, event.offset))
            case _:
                pass

    def _keep_grant(self, decision: PermissionDecided) -> None:
        if decision.lifetime == "once" or decision.capability not in {c.value for c in Capability}:
            return
        self._grants[decision.capability, decision.scope] = Grant(
            Capability(decision.capability), decision.scope, decision.lifetime, decision.allowed
        )

    def _explain(self, damage: Iterable[Damage]) -> None:
        """Put what the opening found into the log, once for each place."""
        for found in damage:
            if found.kind == "torn-tail" or (found.kind, found.offset) not in self._explained:
                self.record(LogRecovered(found.kind, found.offset, found.length, found.quarantine))

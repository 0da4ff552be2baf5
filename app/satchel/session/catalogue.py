"""The list of sessions, derived from their logs.

The stored index only saves reading every log at start. It may be absent, stale or damaged: `load` holds it
against the logs that exist, and reads those it does not know. Nothing lives in the index alone, except
which session was open last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from satchel.base import jsonvalue
from satchel.base.clock import Clock
from satchel.base.ids import ProjectId, SessionId, is_hex_id
from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.session.codec import StoredEvent
from satchel.session.errors import LogError
from satchel.session.events import SessionRenamed, SystemInit, UserMessage, WorkspaceImported
from satchel.session.log import open_log
from satchel.session.log_storage import LogStorage

UNTITLED = "New session"
UNREADABLE = "Session that cannot be read"
TITLE_CHARACTERS = 80
_INDEX_VERSION = 1


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One line of the session list.

    Times in ms since the epoch; `error` tells why the log cannot be opened.
    """

    id: SessionId
    title: str = UNTITLED
    project_id: ProjectId | None = None
    created_ms: int = 0
    updated_ms: int = 0
    events: int = 0
    error: str = ""


def summarise(summary: SessionSummary, stored: StoredEvent) -> SessionSummary:
    """The summary after one more event.

    A session is called by its first message until the user renames it.
    """
    title, project = summary.title, summary.project_id
    match stored.event:
        case SystemInit(project_id=opened):
            project = opened
        case WorkspaceImported(project_id=imported):
            project = imported
        case SessionRenamed(title=renamed):
            title = renamed
        case UserMessage(text=text) if title == UNTITLED:
            title = title_from(text)
        case _:
            pass
    created = summary.created_ms or stored.ts
    return SessionSummary(summary.id, title, project, created, stored.ts, summary.events + 1)


def title_from(text: str) -> str:
    """A title made from a message: its first line that is not blank, shortened."""
    line = next((" ".join(line.split()) for line in text.splitlines() if line.strip()), "")
    if len(line) > TITLE_CHARACTERS:
        line = line[: TITLE_CHARACTERS - 1].rstrip() + "…"
    return line or UNTITLED


def summary_of(session: SessionId, events: Iterable[StoredEvent]) -> SessionSummary:
    """The summary of a whole log."""
    summary = SessionSummary(session)
    for stored in events:
        summary = summarise(summary, stored)
    return summary


class Catalogue:
    """All sessions, newest first, and which one was open last."""

    def __init__(self, storage: LogStorage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._summaries: dict[SessionId, SessionSummary] = {}
        self._last: SessionId | None = None
        self._sorted: tuple[SessionSummary, ...] | None = None

    @property
    def sessions(self) -> tuple[SessionSummary, ...]:
        """The summaries, last changed first. The same tuple until something changes."""
        if self._sorted is None:
            newest_first = sorted(self._summaries.values(), key=lambda s: (s.updated_ms, s.id), reverse=True)
            self._sorted = tuple(newest_first)
        return self._sorted

    @property
    def last_opened(self) -> SessionId | None:
        """The session that was open last, if it still exists."""
        return self._last if self._last in self._summaries else None

    def get(self, session: SessionId) -> SessionSummary | None:
        """The summary of a session, or None."""
        return self._summaries.get(session)

    def put(self, summary: SessionSummary) -> None:
        """Add or replace a summary, in memory; `save` stores it."""
        self._summaries[summary.id] = summary
        self._sorted = None

    def remove(self, session: SessionId) -> None:
        """Forget a session, in memory; `save` stores it."""
        self._summaries.pop(session, None)
        self._sorted = None

    def opened(self, session: SessionId) -> None:
        """Remember which session is open, in memory; `save` stores it."""
        self._last = session

    async def load(self) -> None:
        """Read the index and bring it in step with the logs that exist."""
        indexed, self._last = _parse_index(await self._storage.read_index())
        self._summaries = {}
        for session in await self._storage.list():
            known = indexed.get(session)
            self._summaries[session] = known if known is not None else await self._read_summary(session)
        self._sorted = None

    async def save(self) -> None:
        """Store the index."""
        index: JsonObject = {
            "v": _INDEX_VERSION,
            "last": self._last,
            "sessions": [_summary_object(summary) for summary in self.sessions],
        }
        await self._storage.write_index(jsonvalue.dumps(index).encode("ascii"))

    async def _read_summary(self, session: SessionId) -> SessionSummary:
        try:
            opened = await open_log(self._storage, session, self._clock)
        except LogError as error:
            return SessionSummary(session, title=UNREADABLE, error=str(error))
        opened.log.close()
        return summary_of(session, opened.events)


def _summary_object(summary: SessionSummary) -> JsonObject:
    return {
        "id": summary.id,
        "title": summary.title,
        "projectId": summary.project_id,
        "createdMs": summary.created_ms,
        "updatedMs": summary.updated_ms,
        "events": summary.events,
    }


def _parse_index(data: bytes | None) -> tuple[dict[SessionId, SessionSummary], SessionId | None]:
    """What a stored index says; nothing at all unless it can be trusted whole."""
    try:
        index = jsonvalue.loads(data or b"null")
    except ValueError:
        index = None
    if not isinstance(index, dict) or index.get("v") != _INDEX_VERSION:
        return {}, None
    entries = index.get("sessions")
    summaries = [_parse_summary(entry) for entry in entries] if isinstance(entries, list) else []
    last = index.get("last")
    return (
        {summary.id: summary for summary in summaries if summary is not None},
        SessionId(last) if isinstance(last, str) else None,
    )


def _parse_summary(entry: JsonValue) -> SessionSummary | None:
    match entry:
        case {
            "id": str(session),
            "title": str(title),
            "createdMs": int(created),
            "updatedMs": int(updated),
            "events": int(events),
            "projectId": str() | None as project,
        } if is_hex_id(session):
            project_id = None if project is None else ProjectId(project)
            return SessionSummary(SessionId(session), title, project_id, created, updated, events)
        case _:
            return None

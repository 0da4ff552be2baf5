"""The session as it is shown: a projection of the log into items, and the view that the screens are made
from.

Applying an event costs the same however long the session is. Items are frozen and replaced only when they
changed, so a screen may compare by identity. Text that is streaming but not logged yet is shown through
`preview`; replaying the log gives the same view as living through it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from satchel.agent.turn import TurnProjection, TurnState
from satchel.base.ids import ProjectId, QuestionId, SessionId, ToolUseId
from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.session.catalogue import SessionSummary
from satchel.session.codec import StoredEvent
from satchel.session.content import Role
from satchel.session.events import (
    AssistantDelta,
    AssistantMessage,
    LogRecovered,
    PermissionDecided,
    PermissionQuestioned,
    PermissionRevoked,
    SystemInit,
    ToolResulted,
    ToolUsed,
    TurnEnded,
    UnknownEvent,
    UserMessage,
    WorkspaceCommitted,
    WorkspaceDiscarded,
    WorkspaceImported,
)

__all__ = [
    "NoticeItem",
    "NoticeKind",
    "Question",
    "SessionSummary",
    "SessionView",
    "TextItem",
    "ToolItem",
    "ToolItemState",
    "Transcript",
    "TranscriptItem",
    "TurnState",
]

ToolItemState: TypeAlias = Literal["pending", "asking", "running", "done", "error", "denied", "cancelled"]
NoticeKind: TypeAlias = Literal[
    "import", "commit", "discard", "cancelled", "max_steps", "error", "recovered", "revoked", "unknown"
]

DENIED = "PermissionDenied"
CANCELLED = "Cancelled"


@dataclass(frozen=True, slots=True)
class TextItem:
    """What the user or the model wrote. `ts`: ms since the epoch when it began."""

    id: str
    role: Role
    text: str
    streaming: bool
    ts: int


@dataclass(frozen=True, slots=True)
class ToolItem:
    """One tool use from request to result. Times in ms since the epoch, None while not reached."""

    id: ToolUseId
    name: str
    input: JsonObject
    state: ToolItemState
    output: JsonValue = None
    error: str | None = None
    started_ms: int | None = None
    ended_ms: int | None = None


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """Something else that happened; `detail` may be empty or several lines."""

    id: str
    kind: NoticeKind
    text: str
    detail: str = ""


TranscriptItem: TypeAlias = TextItem | ToolItem | NoticeItem


@dataclass(frozen=True, slots=True)
class Question:
    """A permission question that waits for the user.

    An answer that lasts covers `scope` of the capability.
    """

    id: QuestionId
    tool_use_id: ToolUseId
    tool: str
    capability: str
    subject: str
    prompt: str
    input: JsonObject
    scope: str = "*"


@dataclass(frozen=True, slots=True)
class SessionView:
    """Everything a screen shows of a session. The same object as long as nothing changed.

    `head` is the hash that stands for the whole log. `failure` is set when the session can no longer be
    saved.
    """

    session_id: SessionId
    title: str
    project_id: ProjectId | None
    items: tuple[TranscriptItem, ...]
    turn: TurnState
    questions: tuple[Question, ...]
    head: str
    event_count: int
    model: str
    failure: str = ""


class Transcript:
    """Folds events into items. `apply` takes the event after the turn projection has."""

    def __init__(self) -> None:
        self._items: list[TranscriptItem] = []
        self._tools: dict[ToolUseId, int] = {}
        self._texts = 0
        self._streaming: int | None = None
        self._chunks: list[str] = []
        self._preview = ""
        self._questions: dict[QuestionId, Question] = {}
        self.model = ""

    @property
    def items(self) -> tuple[TranscriptItem, ...]:
        """All items in order."""
        self._join_streamed()
        return tuple(self._items)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Open questions, oldest first."""
        return tuple(self._questions.values())

    def knows_tool_use(self, tool_use_id: ToolUseId) -> bool:
        """Whether this session has had a tool use of this id."""
        return tool_use_id in self._tools

    def preview(self, text: str, ts: int) -> None:
        """Show streamed `text` that is not in the log yet, in place of what was previewed before."""
        if text and self._streaming is None:
            self._begin_text("assistant", "", ts, streaming=True)
        self._preview = text

    def apply(self, stored: StoredEvent, turn: TurnProjection) -> None:
        """Take one more event into account; `turn` has applied it already."""
        event, ts = stored.event, stored.ts
        match event:
            case SystemInit(model=model):
                self.model = model
            case UserMessage(text=text):
                self._end_text()
                self._begin_text("user", text, ts, streaming=False)
            case AssistantDelta(text_delta=text):
                if self._streaming is None:
                    self._begin_text("assistant", "", ts, streaming=True)
                self._chunks.append(text)
                self._preview = ""
            case AssistantMessage():
                self._finish_message(event, ts)
            case ToolUsed():
                self._tool_used(event, ts, turn)
            case PermissionQuestioned():
                self._asked(event)
            case PermissionDecided():
                self._decided(event, ts)
            case ToolResulted():
                self._resulted(event, ts, turn)
            case TurnEnded():
                self._turn_ended(event, stored.seq)
            case _:
                self._notice(stored)

    def _begin_text(self, role: Role, text: str, ts: int, *, streaming: bool) -> None:
        self._texts += 1
        if streaming:
            self._streaming = len(self._items)
        self._items.append(TextItem(f"text-{self._texts}", role, text, streaming, ts))

    def _join_streamed(self) -> None:
        if self._streaming is None:
            return
        if len(self._chunks) > 1:
            self._chunks = ["".join(self._chunks)]
        text = (self._chunks[0] if self._chunks else "") + self._preview
        item = self._items[self._streaming]
        if isinstance(item, TextItem) and item.text != text:
            self._items[self._streaming] = replace(item, text=text)

    def _end_text(self) -> None:
        """Close streamed text that no message closed (its step was cut)."""
        self._join_streamed()
        if self._streaming is not None:
            item = self._items[self._streaming]
            if isinstance(item, TextItem):
                self._items[self._streaming] = replace(item, streaming=False)
        self._streaming, self._preview = None, ""
        self._chunks = []

    def _finish_message(self, message: AssistantMessage, ts: int) -> None:
        self.model = message.model or self.model
        if message.text and self._streaming is None:
            self._begin_text("assistant", message.text, ts, streaming=False)
            return
        self._chunks, self._preview = [message.text], ""
        self._end_text()

    def _tool_used(self, use: ToolUsed, ts: int, turn: TurnProjection) -> None:
        running = next(iter(turn.pending), None) == use.tool_use_id
        self._tools[use.tool_use_id] = len(self._items)
        self._items.append(
            ToolItem(
                use.tool_use_id,
                use.name,
                use.input,
                "running" if running else "pending",
                started_ms=ts if running else None,
            )
        )

    def _tool(self, tool_use_id: ToolUseId | None) -> ToolItem | None:
        index = self._tools.get(tool_use_id) if tool_use_id is not None else None
        item = None if index is None else self._items[index]
        return item if isinstance(item, ToolItem) else None

    def _put_tool(self, item: ToolItem) -> None:
        self._items[self._tools[item.id]] = item

    def _asked(self, question: PermissionQuestioned) -> None:
        item = self._tool(question.tool_use_id)
        self._questions[question.question_id] = Question(
            question.question_id,
            question.tool_use_id,
            question.tool_name,
            question.capability,
            question.subject,
            question.prompt,
            {} if item is None else item.input,
            question.scope,
        )
        if item is not None:
            self._put_tool(replace(item, state="asking"))

    def _decided(self, decision: PermissionDecided, ts: int) -> None:
        question = self._questions.pop(decision.question_id, None)
        item = self._tool(question.tool_use_id if question else decision.tool_use_id)
        if item is not None and item.state == "asking":
            self._put_tool(replace(item, state="running", started_ms=ts))

    def _resulted(self, result: ToolResulted, ts: int, turn: TurnProjection) -> None:
        for question in [q for q in self._questions.values() if q.tool_use_id == result.tool_use_id]:
            del self._questions[question.id]
        item = self._tool(result.tool_use_id)
        if item is not None:
            self._put_tool(
                replace(
                    item,
                    state=_tool_end(result),
                    output=result.output,
                    error=result.error_message if result.is_error else None,
                    ended_ms=ts,
                )
            )
        following = self._tool(next(iter(turn.pending), None))
        if following is not None and following.state == "pending":
            self._put_tool(replace(following, state="running", started_ms=ts))

    def _turn_ended(self, result: TurnEnded, seq: int) -> None:
        self._end_text()
        self._questions.clear()
        match result.stop_reason:
            case "cancelled":
                self._items.append(NoticeItem(f"notice-{seq}", "cancelled", "You stopped this turn."))
            case "max_steps":
                text = result.error_message or "The turn was ended at its limit of steps."
                self._items.append(NoticeItem(f"notice-{seq}", "max_steps", text))
            case "error":
                text = result.error_message or "The turn ended with an error."
                self._items.append(NoticeItem(f"notice-{seq}", "error", text, result.error_type or ""))
            case "end":
                pass

    def _notice(self, stored: StoredEvent) -> None:
        notice = notice_for(stored)
        if notice is not None:
            self._items.append(notice)


def _tool_end(result: ToolResulted) -> ToolItemState:
    if not result.is_error:
        return "done"
    if result.error_type == DENIED:
        return "denied"
    return "cancelled" if result.error_type == CANCELLED else "error"


def notice_for(stored: StoredEvent) -> NoticeItem | None:
    """The notice that tells of an event of the workspace or the log, if it is worth one."""
    item_id = f"notice-{stored.seq}"
    match stored.event:
        case WorkspaceImported(source=source, files=files):
            return NoticeItem(item_id, "import", f"Imported {_count(files, 'file')} from {source}.")
        case WorkspaceCommitted() as commit:
            return _commit_notice(item_id, commit)
        case WorkspaceDiscarded(paths=paths):
            return NoticeItem(
                item_id, "discard", f"Took back {_count(len(paths), 'change')}.", "\n".join(paths)
            )
        case PermissionRevoked(capability=capability):
            return NoticeItem(item_id, "revoked", f"Took back the permission to {capability}.")
        case LogRecovered() as damage:
            return _recovery_notice(item_id, damage)
        case UnknownEvent(name=name):
            return NoticeItem(item_id, "unknown", f"An event this version cannot show: {name}.")
        case _:
            return None


def _commit_notice(item_id: str, commit: WorkspaceCommitted) -> NoticeItem:
    parts = [f"{_count(len(commit.committed), 'change')} written to {commit.target}"]
    if commit.rejected:
        parts.append(f"{len(commit.rejected)} left out")
    if commit.conflicts:
        parts.append(f"{_count(len(commit.conflicts), 'conflict')}")
    detail = [f"written: {path}" for path in commit.committed]
    detail += [f"left out: {path}" for path in commit.rejected]
    detail += [f"conflict: {path}" for path in commit.conflicts]
    return NoticeItem(item_id, "commit", ", ".join(parts) + ".", "\n".join(detail))


def _recovery_notice(item_id: str, damage: LogRecovered) -> NoticeItem:
    where = f"{_count(damage.length, 'byte')} at offset {damage.offset}"
    match damage.kind:
        case "torn-tail":
            text = f"The last write to this session was cut off; {where} that held no complete event were removed."
        case "damaged":
            text = f"A part of this session's log is damaged: {where} cannot be read. The rest is intact."
        case _:
            text = f"The record at offset {damage.offset} does not follow from the one before: events are missing."
    return NoticeItem(item_id, "recovered", text, damage.quarantine and f"kept aside as {damage.quarantine}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

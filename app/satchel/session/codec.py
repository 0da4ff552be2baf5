"""Events to and from their stored form: one JSON envelope a record, `{v, seq, ts, type, session, prev,
data}`.

Reading is tolerant: unknown fields are ignored (the stored bytes keep them), absent optional fields take
their default, and an event whose type or required fields this version cannot read becomes `UnknownEvent`
instead of being dropped. Writing is strict. An envelope whose `v` is newer than ours is refused
(`LogVersionError`): its meaning may have changed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from satchel.base import jsonvalue
from satchel.base.ids import ProjectId, QuestionId, SessionId, ToolUseId
from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.session import events
from satchel.session.errors import CorruptEventError, LogVersionError
from satchel.session.events import Event, KnownEvent, TokenUsage, UnknownEvent

ENVELOPE_VERSION = 1
_DECIDED_BY = ("user", "policy", "grant")
_LIFETIMES = ("once", "session", "always")
_TURN_ENDS = ("end", "max_steps", "cancelled", "error")
_WIRE_NAMES: dict[type[KnownEvent], tuple[tuple[str, str], ...]] = {}
_DAMAGE_KINDS = ("torn-tail", "damaged", "chain-break")


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its place in the log.

    `ts`: ms since the epoch; `digest`: hex SHA-256 of its stored bytes.
    """

    seq: int
    ts: int
    event: Event
    digest: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """One record, read but not yet placed."""

    seq: int
    ts: int
    session: str
    prev: str
    event: Event


class _UnreadableField(Exception):  # noqa: N818 - a private signal of this module, not an error anyone sees
    """A field of a known event is absent or of another type."""


class _Fields:
    """The fields of one event's data, read with their expected types."""

    __slots__ = ("_data",)

    def __init__(self, data: JsonObject) -> None:
        self._data = data

    def text(self, name: str, default: str | None = None) -> str:
        value = self._data.get(name, default)
        if not isinstance(value, str):
            raise _UnreadableField(name)
        return value

    def optional_text(self, name: str) -> str | None:
        value = self._data.get(name)
        if value is not None and not isinstance(value, str):
            raise _UnreadableField(name)
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(name, default)
        if value not in choices:
            raise _UnreadableField(name)
        return value

    def integer(self, name: str, default: int | None = None) -> int:
        value = self._data.get(name, default)
        if not isinstance(value, int):
            raise _UnreadableField(name)
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        value = self._data.get(name, default)
        if not isinstance(value, bool):
            raise _UnreadableField(name)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._data.get(name, ())
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise _UnreadableField(name)
        return tuple(cast("list[str]", value))

    def mapping(self, name: str) -> JsonObject:
        value = self._data.get(name)
        if not isinstance(value, dict):
            raise _UnreadableField(name)
        return value

    def any(self, name: str) -> JsonValue:
        if name not in self._data:
            raise _UnreadableField(name)
        return self._data[name]

    def tool_use(self) -> ToolUseId | None:
        value = self.optional_text("toolUseId")
        return None if value is None else ToolUseId(value)

    def usage(self) -> TokenUsage:
        value = self._data.get("usage")
        if not isinstance(value, dict):
            return TokenUsage()
        fields = _Fields(value)
        return TokenUsage(fields.integer("inputTokens", 0), fields.integer("outputTokens", 0))


def _system_init(f: _Fields) -> Event:
    project = f.optional_text("projectId")
    return events.SystemInit(
        SessionId(f.text("sessionId")),
        f.text("sdkVersion", ""),
        f.text("model", ""),
        None if project is None else ProjectId(project),
    )


def _assistant_message(f: _Fields) -> Event:
    uses = tuple(ToolUseId(use) for use in f.texts("toolUses"))
    return events.AssistantMessage(
        f.text("text"), uses, f.text("model", ""), f.text("stopReason", "end"), f.usage()
    )


def _tool_result(f: _Fields) -> Event:
    return events.ToolResulted(
        ToolUseId(f.text("toolUseId")),
        f.any("output"),
        f.flag("isError", False),
        f.optional_text("errorType"),
        f.optional_text("errorMessage"),
        f.integer("durationMs", 0),
    )


def _process_start(f: _Fields) -> Event:
    return events.ProcessStarted(
        f.integer("pid"),
        f.texts("argv"),
        f.text("cwd"),
        f.mapping("limits"),
        f.tool_use(),
        f.integer("stage", 0),
    )


def _process_end(f: _Fields) -> Event:
    return events.ProcessEnded(
        f.integer("pid"),
        f.integer("exitCode"),
        f.integer("signal", 0),
        f.text("cause", "exit"),
        f.text("detail", ""),
        f.integer("stdoutBytes", 0),
        f.integer("stderrBytes", 0),
        f.flag("truncatedStdout", False),
        f.flag("truncatedStderr", False),
        f.integer("durationMs", 0),
        f.integer("denied", 0),
        f.tool_use(),
    )


def _process_audit(f: _Fields) -> Event:
    return events.ProcessAudited(
        f.integer("pid"), f.text("kind"), f.text("subject"), f.text("errno"), f.tool_use()
    )


def _question(f: _Fields) -> Event:
    return events.PermissionQuestioned(
        QuestionId(f.text("questionId")),
        ToolUseId(f.text("toolUseId", f.text("questionId"))),
        f.text("toolName"),
        f.text("prompt"),
        f.text("capability"),
        f.text("subject"),
        f.text("scope", "*"),
    )


def _decision(f: _Fields) -> Event:
    return events.PermissionDecided(
        QuestionId(f.text("questionId")),
        f.flag("allowed"),
        cast(events.Lifetime, f.choice("lifetime", _LIFETIMES, "once")),
        cast(events.DecidedBy, f.choice("by", _DECIDED_BY, "user")),
        f.tool_use(),
        f.text("capability", ""),
        f.text("subject", ""),
        f.text("scope", "*"),
    )


def _turn_ended(f: _Fields) -> Event:
    return events.TurnEnded(
        f.text("finalText"),
        cast(events.TurnEnd, f.choice("stopReason", _TURN_ENDS)),
        f.usage(),
        f.optional_text("errorType"),
        f.optional_text("errorMessage"),
    )


def _workspace_import(f: _Fields) -> Event:
    return events.WorkspaceImported(
        ProjectId(f.text("projectId")),
        f.text("source"),
        f.integer("files"),
        f.integer("bytes"),
        f.text("digest"),
    )


def _workspace_commit(f: _Fields) -> Event:
    return events.WorkspaceCommitted(
        f.text("target"),
        f.texts("committed"),
        f.texts("rejected"),
        f.texts("conflicts"),
        f.text("digest", ""),
    )


def _log_recovered(f: _Fields) -> Event:
    return events.LogRecovered(
        cast(events.DamageKind, f.choice("kind", _DAMAGE_KINDS)),
        f.integer("offset"),
        f.integer("length"),
        f.text("quarantine", ""),
    )


_READERS: Mapping[str, Callable[[_Fields], Event]] = {
    "system.init": _system_init,
    "user.message": lambda f: events.UserMessage(f.text("text")),
    "assistant.delta": lambda f: events.AssistantDelta(f.text("textDelta")),
    "assistant.message": _assistant_message,
    "tool.use": lambda f: events.ToolUsed(ToolUseId(f.text("toolUseId")), f.text("name"), f.mapping("input")),
    "tool.result": _tool_result,
    "process.start": _process_start,
    "process.end": _process_end,
    "process.audit": _process_audit,
    "permission.question": _question,
    "permission.decision": _decision,
    "permission.revoked": lambda f: events.PermissionRevoked(f.text("capability"), f.text("scope", "*")),
    "result": _turn_ended,
    "workspace.import": _workspace_import,
    "workspace.commit": _workspace_commit,
    "workspace.discard": lambda f: events.WorkspaceDiscarded(f.texts("paths")),
    "session.renamed": lambda f: events.SessionRenamed(f.text("title")),
    "log.recovered": _log_recovered,
}


def _wire_names(event: KnownEvent) -> tuple[tuple[str, str], ...]:
    event_class = type(event)
    names = _WIRE_NAMES.get(event_class)
    if names is None:
        fields = dataclasses.fields(event)
        names = _WIRE_NAMES[event_class] = tuple((field.name, _camel_case(field.name)) for field in fields)
    return names


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def type_name(event: Event) -> str:
    """The stored type of an event, such as `tool.result`."""
    return event.name if isinstance(event, UnknownEvent) else event.type


def event_data(event: Event) -> JsonObject:
    """The `data` of an event's envelope.

    Absent optional values are left out; `output` of a tool result never is.
    """
    if isinstance(event, UnknownEvent):
        return event.data
    data: dict[str, JsonValue] = {}
    for attribute, wire_name in _wire_names(event):
        value = getattr(event, attribute)
        if isinstance(value, TokenUsage):
            value = {"inputTokens": value.input_tokens, "outputTokens": value.output_tokens}
        elif isinstance(value, tuple):
            value = list(value)
        if value is not None or wire_name == "output":
            data[wire_name] = value
    return data


def event_from_data(name: str, data: JsonObject) -> Event:
    """The event of a stored type and its data; `UnknownEvent` when this version cannot read it."""
    reader = _READERS.get(name)
    if reader is None:
        return UnknownEvent(name, data)
    try:
        return reader(_Fields(data))
    except _UnreadableField:
        return UnknownEvent(name, data)


def envelope_object(event: Event, *, seq: int, ts: int, session: str, prev: str) -> JsonObject:
    """The envelope as a JSON object, as stored and as exported."""
    return {
        "v": ENVELOPE_VERSION,
        "seq": seq,
        "ts": ts,
        "type": type_name(event),
        "session": session,
        "prev": prev,
        "data": event_data(event),
    }


def encode(event: Event, *, seq: int, ts: int, session: str, prev: str) -> bytes:
    """The stored bytes of an event. Raises ValueError or TypeError for values that are not JSON."""
    return jsonvalue.dumps(envelope_object(event, seq=seq, ts=ts, session=session, prev=prev)).encode("ascii")


def decode(payload: bytes) -> Envelope:
    """Read one stored record.

    Raises `LogVersionError` for a newer envelope, `CorruptEventError` for anything else odd.
    """
    try:
        envelope = jsonvalue.loads(payload)
    except (ValueError, RecursionError) as error:
        raise CorruptEventError(f"not JSON ({type(error).__name__})") from error
    if not isinstance(envelope, dict):
        raise CorruptEventError("not an object")
    version = envelope.get("v")
    if not isinstance(version, int) or version < 1:
        raise CorruptEventError("no version")
    if version > ENVELOPE_VERSION:
        raise LogVersionError(version, ENVELOPE_VERSION)
    try:
        fields = _Fields(envelope)
        event = event_from_data(fields.text("type"), fields.mapping("data"))
        return Envelope(
            fields.integer("seq"), fields.integer("ts"), fields.text("session"), fields.text("prev"), event
        )
    except _UnreadableField as error:
        raise CorruptEventError(f"field {error} is absent or of another type") from error

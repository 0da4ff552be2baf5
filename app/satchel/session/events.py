"""The events of a session: everything that happened, as a closed union of plain values.

Names are past facts; `type` strings and the camelCase fields made from the attribute names are the stored
form (`session.codec`), so they change by addition only. An event of a type this version does not know is
kept as `UnknownEvent`. Events hold no types of the gate, the workspace or a provider: that keeps old logs
readable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from satchel.base.ids import ProjectId, QuestionId, SessionId, ToolUseId
from satchel.base.jsonvalue import JsonObject, JsonValue

TurnEnd: TypeAlias = Literal["end", "max_steps", "cancelled", "error"]
Lifetime: TypeAlias = Literal["once", "session", "always"]
DecidedBy: TypeAlias = Literal["user", "policy", "grant"]
DamageKind: TypeAlias = Literal["torn-tail", "damaged", "chain-break"]


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens as the provider counted them, of one step or summed over a turn."""

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class SystemInit:
    """First event of every log."""

    type: ClassVar[str] = "system.init"
    session_id: SessionId
    sdk_version: str = ""
    model: str = ""
    project_id: ProjectId | None = None


@dataclass(frozen=True, slots=True)
class UserMessage:
    """The user gave a task; a turn begins."""

    type: ClassVar[str] = "user.message"
    text: str


@dataclass(frozen=True, slots=True)
class AssistantDelta:
    """A stretch of streamed text.

    Superseded by the `AssistantMessage` of its step, kept for a step that was cut.
    """

    type: ClassVar[str] = "assistant.delta"
    text_delta: str


@dataclass(frozen=True, slots=True)
class AssistantMessage:
    """One step of the model is complete (or was cut: `stop_reason` 'cancelled', 'error', 'interrupted').

    `text` is all its text; `tool_uses` names the `ToolUsed` events that follow.
    """

    type: ClassVar[str] = "assistant.message"
    text: str
    tool_uses: tuple[ToolUseId, ...] = ()
    model: str = ""
    stop_reason: str = "end"
    usage: TokenUsage = TokenUsage()


@dataclass(frozen=True, slots=True)
class ToolUsed:
    """The model asked for a tool."""

    type: ClassVar[str] = "tool.use"
    tool_use_id: ToolUseId
    name: str
    input: JsonObject


@dataclass(frozen=True, slots=True)
class ToolResulted:
    """What came of a tool use.

    For an error `output` is null and `error_message` is what the model is told.
    """

    type: ClassVar[str] = "tool.result"
    tool_use_id: ToolUseId
    output: JsonValue
    is_error: bool = False
    error_type: str | None = None
    error_message: str | None = None
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class ProcessStarted:
    """A program was started, for a tool use or (without one) by the user. `stage` is its place in a pipeline.

    `limits` are `maxStdoutBytes` and `maxStderrBytes` (kept inline), `timeoutMs` (0: none), `memoryBytes`,
    `outputBytes`.
    """

    type: ClassVar[str] = "process.start"
    pid: int
    argv: tuple[str, ...]
    cwd: str
    limits: JsonObject
    tool_use_id: ToolUseId | None = None
    stage: int = 0


@dataclass(frozen=True, slots=True)
class ProcessEnded:
    """A program ended. `exit_code` is 128 + `signal` for a signal; `cause` is 'exit', 'signal', 'trap', 'cancelled'
    or the limit it met ('wall', 'cpu', 'memory', 'output'), and `detail` says more.

    Sizes are all that was written; truncated is what had more than its inline cap. `denied` counts what the programs of
    its command asked for and did not get.
    """

    type: ClassVar[str] = "process.end"
    pid: int
    exit_code: int
    signal: int = 0
    cause: str = "exit"
    detail: str = ""
    stdout_bytes: int = 0
    stderr_bytes: int = 0
    truncated_stdout: bool = False
    truncated_stderr: bool = False
    duration_ms: int = 0
    denied: int = 0
    tool_use_id: ToolUseId | None = None


@dataclass(frozen=True, slots=True)
class ProcessAudited:
    """A program asked for something and did not get it: a `kind` of access to a `subject`, answered with `errno`.

    The first ones of each command only, each once; `ProcessEnded.denied` counts them all.
    """

    type: ClassVar[str] = "process.audit"
    pid: int
    kind: str
    subject: str
    errno: str
    tool_use_id: ToolUseId | None = None


@dataclass(frozen=True, slots=True)
class PermissionQuestioned:
    """The user is asked for leave. Logged before anyone is shown the question."""

    type: ClassVar[str] = "permission.question"
    question_id: QuestionId
    tool_use_id: ToolUseId
    tool_name: str
    prompt: str
    capability: str
    subject: str
    scope: str = "*"


@dataclass(frozen=True, slots=True)
class PermissionDecided:
    """Leave was given or refused: by the user's answer, by policy, or by a grant given earlier."""

    type: ClassVar[str] = "permission.decision"
    question_id: QuestionId
    allowed: bool
    lifetime: Lifetime = "once"
    by: DecidedBy = "user"
    tool_use_id: ToolUseId | None = None
    capability: str = ""
    subject: str = ""
    scope: str = "*"


@dataclass(frozen=True, slots=True)
class PermissionRevoked:
    """The user took a grant back."""

    type: ClassVar[str] = "permission.revoked"
    capability: str
    scope: str = "*"


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn is over. Exactly one for each `UserMessage`."""

    type: ClassVar[str] = "result"
    final_text: str
    stop_reason: TurnEnd
    usage: TokenUsage = TokenUsage()
    error_type: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True)
class WorkspaceImported:
    """A project was copied into the shadow workspace. `digest` is that of the imported base."""

    type: ClassVar[str] = "workspace.import"
    project_id: ProjectId
    source: str
    files: int
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class WorkspaceCommitted:
    """A review ended: what was written to `target`, what the user rejected, what was in conflict (paths)."""

    type: ClassVar[str] = "workspace.commit"
    target: str
    committed: tuple[str, ...]
    rejected: tuple[str, ...]
    conflicts: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class WorkspaceDiscarded:
    """The user put these paths back to their imported content, in the shadow workspace only."""

    type: ClassVar[str] = "workspace.discard"
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionRenamed:
    """The user gave the session a title."""

    type: ClassVar[str] = "session.renamed"
    title: str


@dataclass(frozen=True, slots=True)
class LogRecovered:
    """Damage was found when the log was opened, and dealt with.

    Byte range of the file; `quarantine` names the copy.
    """

    type: ClassVar[str] = "log.recovered"
    kind: DamageKind
    offset: int
    length: int
    quarantine: str


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event that this version cannot read, kept as it is. `name` is its stored type."""

    name: str
    data: JsonObject


KnownEvent: TypeAlias = (
    SystemInit
    | UserMessage
    | AssistantDelta
    | AssistantMessage
    | ToolUsed
    | ToolResulted
    | ProcessStarted
    | ProcessEnded
    | ProcessAudited
    | PermissionQuestioned
    | PermissionDecided
    | PermissionRevoked
    | TurnEnded
    | WorkspaceImported
    | WorkspaceCommitted
    | WorkspaceDiscarded
    | SessionRenamed
    | LogRecovered
)
Event: TypeAlias = KnownEvent | UnknownEvent

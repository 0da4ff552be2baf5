"""What the model is told: the log folded into messages.

Each event is folded once, as it is appended. Rules: text that came with tool uses is kept; a failed tool
use is answered by the text of its error; a turn that was cut is closed, so that every tool use has a
result; what the user did outside the conversation (import, review, stopping an answer) is told at the start
of their next message.
"""

from __future__ import annotations

from satchel.base.ids import ToolUseId
from satchel.session.content import ContentBlock, Message, Role, TextBlock, ToolResultBlock, ToolUseBlock
from satchel.session.events import (
    AssistantDelta,
    AssistantMessage,
    Event,
    ToolResulted,
    ToolUsed,
    TurnEnded,
    UserMessage,
    WorkspaceCommitted,
    WorkspaceDiscarded,
    WorkspaceImported,
)

INTERRUPTED = "The turn was interrupted before this tool ended; whether it had an effect is not known."
_LISTED_PATHS = 50


class Conversation:
    """The messages of a session so far."""

    def __init__(self) -> None:
        self._closed: list[Message] = []
        self._role: Role = "user"
        self._blocks: list[ContentBlock] = []
        self._partial: list[str] = []
        self._pending: dict[ToolUseId, None] = {}
        self._notes: list[str] = []

    def messages(self) -> tuple[Message, ...]:
        """The conversation as it stands; roles alternate and no message is empty."""
        if not self._blocks:
            return tuple(self._closed)
        return (*self._closed, Message(self._role, tuple(self._blocks)))

    def apply(self, event: Event) -> None:
        """Take one more event of the log into account."""
        match event:
            case UserMessage(text=text):
                self._user_message(text)
            case AssistantDelta(text_delta=text):
                self._partial.append(text)
            case AssistantMessage(text=text):
                self._partial.clear()
                if text:
                    self._add("assistant", TextBlock(text))
            case ToolUsed():
                self._keep_partial()
                self._add("assistant", ToolUseBlock(event.tool_use_id, event.name, event.input))
                self._pending[event.tool_use_id] = None
            case ToolResulted():
                self._tool_result(event)
            case TurnEnded():
                self._turn_ended(event)
            case WorkspaceImported() | WorkspaceCommitted() | WorkspaceDiscarded():
                self._notes.append(_workspace_note(event))
            case _:
                pass

    def _add(self, role: Role, block: ContentBlock) -> None:
        if role == "assistant" and self._role == "user":
            self._answer_pending()  # Damage took their results: the model spoke again, so it had had them.
        if role != self._role:
            if self._blocks:
                self._closed.append(Message(self._role, tuple(self._blocks)))
            self._role, self._blocks = role, []
        self._blocks.append(block)

    def _user_message(self, text: str) -> None:
        self._close_turn()
        if self._notes:
            self._add("user", TextBlock("\n".join(f"[{note}]" for note in self._notes)))
            self._notes.clear()
        self._add("user", TextBlock(text))

    def _tool_result(self, result: ToolResulted) -> None:
        if result.tool_use_id not in self._pending:
            return  # Its use was lost to damage; a result without a use would make every provider refuse.
        del self._pending[result.tool_use_id]
        output = (result.error_message or "The tool failed.") if result.is_error else result.output
        self._add("user", ToolResultBlock(result.tool_use_id, output, result.is_error))

    def _turn_ended(self, result: TurnEnded) -> None:
        self._close_turn()
        match result.stop_reason:
            case "cancelled":
                self._notes.append("The user stopped the previous answer before it was complete.")
            case "max_steps":
                self._notes.append("The previous turn was ended at its limit of steps.")
            case "error":
                self._notes.append(f"The previous turn ended with an error: {result.error_message}")
            case "end":
                pass

    def _close_turn(self) -> None:
        self._answer_pending()
        self._keep_partial()

    def _answer_pending(self) -> None:
        for tool_use_id in self._pending:
            self._add("user", ToolResultBlock(tool_use_id, INTERRUPTED, is_error=True))
        self._pending.clear()

    def _keep_partial(self) -> None:
        """Streamed text whose message was cut off, or lost to damage, is what the model said all the same."""
        if self._partial:
            self._add("assistant", TextBlock("".join(self._partial)))
            self._partial.clear()


def _workspace_note(event: WorkspaceImported | WorkspaceCommitted | WorkspaceDiscarded) -> str:
    match event:
        case WorkspaceImported(source=source, files=files):
            return f"The user imported the project {source}: {files} files, now in /workspace."
        case WorkspaceDiscarded(paths=paths):
            return (
                f"The user took these changes back, /workspace holds the old content again: {_listed(paths)}"
            )
        case WorkspaceCommitted() as commit:
            parts = [f"The user reviewed the changes. Accepted and written: {_listed(commit.committed)}"]
            if commit.rejected:
                parts.append(f"Rejected, not wanted as they are: {_listed(commit.rejected)}")
            if commit.conflicts:
                parts.append(
                    f"Not written, the user's folder has other edits there: {_listed(commit.conflicts)}"
                )
            return ". ".join(parts)


def _listed(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _LISTED_PATHS} more" if len(paths) > _LISTED_PATHS else ""
    return (", ".join(paths[:_LISTED_PATHS]) or "nothing") + more

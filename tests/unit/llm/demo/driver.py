"""The demo model in a loop like the agent's: its calls go to the real tools, on a real directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from satchel.base.ids import SessionId
from satchel.base.limits import ToolLimits
from satchel.llm.demo import DemoModel
from satchel.llm.provider import Done, ModelRequest, StreamEvent, TextDelta, ToolCall
from satchel.runtime.run_command import CommandRunner
from satchel.session.content import ContentBlock, Message, TextBlock, ToolResultBlock, ToolUseBlock
from satchel.tools.errors import ToolError
from satchel.tools.registry import ToolRegistry, default_registry
from satchel.tools.spec import ToolContext
from satchel.workspace.guest_files import GuestFiles

MOST_STEPS = 30
DENIAL = "The user denied it. Do not try again or in another way; go on without it or ask what they want."

Interference = Callable[[ToolCall], str | None]
"""Called before each tool call. A text is given to the model as the error instead of running the tool."""


class RecordingClock:
    """Never waits, and keeps what it was asked to wait."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now_ms(self) -> int:
        return 0

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class _Checkpoint:
    def poll(self) -> None:
        pass

    async def breathe(self) -> None:
        pass


@dataclass
class TurnReport:
    """What happened in one turn. `texts`: what was said, one for each step."""

    texts: list[str] = field(default_factory=list)
    steps: list[list[str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    end: Done | None = None

    @property
    def tools(self) -> list[str]:
        """The names of all calls, in order."""
        return [name for step in self.steps for name in step]

    @property
    def summary(self) -> str:
        """What was said last."""
        return self.texts[-1]


def request(messages: list[Message], registry: ToolRegistry | None = None) -> ModelRequest:
    """The messages as a request with all tools (without programs unless told otherwise)."""
    return ModelRequest("", tuple(messages), (registry or default_registry()).schemas())


async def events_of(
    model: DemoModel, messages: list[Message], registry: ToolRegistry | None = None
) -> list[StreamEvent]:
    """All events of one step."""
    return [event async for event in model.stream(request(messages, registry))]


@dataclass
class Session:
    """A conversation about the project in the directory `root`."""

    root: Path
    interfere: Interference = lambda call: None
    limits: ToolLimits = field(default_factory=ToolLimits)
    messages: list[Message] = field(default_factory=list)
    registry: ToolRegistry = field(default_factory=default_registry)
    commands: CommandRunner | None = None

    async def ask(self, task: str = "Tidy up the docs.") -> TurnReport:
        """One whole turn."""
        self.messages.append(Message("user", (TextBlock(task),)))
        report = TurnReport()
        for _ in range(MOST_STEPS):
            events, again = [
                await events_of(DemoModel(RecordingClock()), self.messages, self.registry) for _ in range(2)
            ]
            assert events == again, "no hidden state"
            calls = [event for event in events if isinstance(event, ToolCall)]
            self._record(report, events, calls)
            if not calls:
                assert isinstance(events[-1], Done)
                report.end = events[-1]
                return report
            results = [await self._result(call, report) for call in calls]
            self.messages.append(Message("user", tuple(results)))
        raise AssertionError(f"no end after {MOST_STEPS} steps")

    def _record(self, report: TurnReport, events: list[StreamEvent], calls: list[ToolCall]) -> None:
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        report.texts.append(text)
        if calls:
            report.steps.append([call.name for call in calls])
        uses: list[ContentBlock] = [ToolUseBlock(call.tool_use_id, call.name, call.input) for call in calls]
        self.messages.append(Message("assistant", (TextBlock(text), *uses)))

    async def _result(self, call: ToolCall, report: TurnReport) -> ToolResultBlock:
        error = self.interfere(call)
        if error is None:
            tool = self.registry.get(call.name)
            files = GuestFiles({"/workspace": str(self.root)})
            context = ToolContext(
                files, _Checkpoint(), self.limits, SessionId("0" * 32), call.tool_use_id, {}, self.commands
            )
            try:
                assert tool.permissions(call.input, context)
                return ToolResultBlock(call.tool_use_id, await tool.run(call.input, context))
            except ToolError as failure:
                error = str(failure)
        report.errors.append(error)
        return ToolResultBlock(call.tool_use_id, error, is_error=True)


def write_tree(root: Path, files: Mapping[str, bytes]) -> None:
    """Make the files."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def read_tree(root: Path) -> dict[str, bytes]:
    """All files below `root`."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }

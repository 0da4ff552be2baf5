"""From a tool use to its result: gate, tool, result. The only way to a tool.

Whatever happens on the way (unknown tool, unusable input, denial, a failing or a broken tool) becomes a
`tool.result` that tells the model what went wrong. Only cancellation passes through. What must hold: a
question is in the log before anybody is asked, a decision before the tool runs, and what the tool wrote is
durable before its result is in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from satchel.agent.call_permissions import CallPermissions
from satchel.agent.command_authority import CommandAuthority
from satchel.agent.ports import ContextFactory
from satchel.agent.questions import OpenQuestions
from satchel.agent.recorder import SessionRecorder
from satchel.agent.transcript import DENIED
from satchel.base.checkpoint import Checkpoint
from satchel.base.clock import Clock
from satchel.base.errors import LimitExceededError, SatchelError
from satchel.base.jsonvalue import JsonValue
from satchel.base.limits import ToolLimits
from satchel.permission.gate import Deny, Gate
from satchel.permission.request import Capability, PermissionRequest
from satchel.runtime.run_command import CommandRunner, RunPlace
from satchel.session.events import ToolResulted, ToolUsed
from satchel.tools.registry import ToolRegistry
from satchel.tools.spec import ToolContext
from satchel.workspace.guest_files import GuestFiles

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ToolEnvironment:
    """What tool uses of one session run with.

    `wrote` is awaited after each tool that may have changed files. `run_place` tells where programs run; None where
    they cannot.
    """

    registry: ToolRegistry
    gate: Gate
    questions: OpenQuestions
    files: GuestFiles
    flush: Callable[[], None]
    wrote: Callable[[], Awaitable[None]]
    limits: ToolLimits
    clock: Clock
    context_factory: ContextFactory | None
    run_place: Callable[[], RunPlace] | None


@dataclass(frozen=True, slots=True)
class _Outcome:
    output: JsonValue
    error_type: str | None = None
    error_message: str | None = None
    started: float | None = None


class ToolDispatcher:
    """Runs the tool uses of one turn, one after another, in the model's order.

    They do not overlap, read-only ones either: tools compute on the one thread there is, so nothing would
    be gained.
    """

    def __init__(
        self, recorder: SessionRecorder, environment: ToolEnvironment, checkpoint: Checkpoint
    ) -> None:
        self._recorder = recorder
        self._environment = environment
        self._checkpoint = checkpoint

    async def dispatch(self, use: ToolUsed) -> None:
        """Bring one tool use to its result in the log."""
        outcome, may_have_written = await self._outcome(use)
        if may_have_written:
            self._environment.flush()
        self._record(use, outcome)
        if may_have_written:
            await self._environment.wrote()

    async def _outcome(self, use: ToolUsed) -> tuple[_Outcome, bool]:
        running = False
        tool = None
        started = None
        try:
            tool = self._environment.registry.get(use.name)
            leave = CallPermissions(self._recorder, self._environment.gate, self._environment.questions, use)
            authority = leave.authority()
            context = await self._context(use, authority)
            requests = tool.permissions(use.input, context)
            refusal = await leave.refusal(requests)
            if refusal is not None:
                return _Outcome(None, DENIED, refusal), False
            authority.allowed_before(requests)
            running, started = True, self._environment.clock.monotonic()
            output = await tool.run(use.input, context)
            return _Outcome(output, started=started), not tool.read_only
        except SatchelError as error:
            return _Outcome(
                None, error.code, str(error), started
            ), running and tool is not None and not tool.read_only
        except Exception as error:
            logger.exception("tool %s broke", use.name)
            return _broken(use, error, started), running and tool is not None and not tool.read_only

    async def _context(self, use: ToolUsed, authority: CommandAuthority) -> ToolContext:
        environment = self._environment
        extras: Mapping[str, object] = {}
        if environment.context_factory is not None:
            extras = await environment.context_factory(self._recorder.session_id, use)
        return ToolContext(
            environment.files,
            self._checkpoint,
            environment.limits,
            self._recorder.session_id,
            use.tool_use_id,
            extras,
            self._commands(use, authority),
            lambda path: self._may_read(use.name, path),
        )

    def _commands(self, use: ToolUsed, authority: CommandAuthority) -> CommandRunner | None:
        run_place = self._environment.run_place
        if run_place is None:
            return None
        return CommandRunner(run_place, authority, self._recorder.record, use.tool_use_id)

    def _may_read(self, tool: str, path: str) -> bool:
        request = PermissionRequest(Capability.READ, path, tool)
        return not isinstance(self._environment.gate.decide(request), Deny)

    def _record(self, use: ToolUsed, outcome: _Outcome) -> None:
        duration = 0
        if outcome.started is not None:
            duration = round((self._environment.clock.monotonic() - outcome.started) * 1000)
        result = ToolResulted(
            use.tool_use_id,
            outcome.output,
            outcome.error_type is not None,
            outcome.error_type,
            outcome.error_message,
            duration,
        )
        try:
            self._recorder.record(result)
        except (TypeError, ValueError, LimitExceededError) as error:  # Not JSON, or more than a record holds.
            logger.exception("tool %s returned what cannot be stored", use.name)
            broken = _broken(use, error, outcome.started)
            self._recorder.record(
                ToolResulted(use.tool_use_id, None, True, broken.error_type, broken.error_message, duration)
            )


def _broken(use: ToolUsed, error: Exception, started: float | None) -> _Outcome:
    text = (
        f"{use.name}: internal error ({type(error).__name__}: {error}). This is a fault of the tool, not of the input. "
        "Do it in another way, or tell the user."
    )
    return _Outcome(None, "InternalError", text, started)

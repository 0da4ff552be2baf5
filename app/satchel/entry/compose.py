"""What both hosts wire alike: from a host's ports to the agent's service. The only other wiring is each
host's own root.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from satchel import __version__
from satchel.agent.ports import AgentPorts, ProcessHostFactory
from satchel.agent.service import AgentService
from satchel.base.cancel import CancelToken
from satchel.base.checkpoint import LoopCheckpoint, yield_to_loop
from satchel.base.clock import Clock, SystemClock
from satchel.base.errors import InputError
from satchel.base.ids import IdSource, Uuid7Source
from satchel.base.limits import Limits
from satchel.llm.demo import DemoModel
from satchel.llm.provider import Provider
from satchel.permission.policy import Policy
from satchel.runtime.command_index import NO_COMMANDS, CommandIndex
from satchel.session.log_storage import LogStorage
from satchel.tools.registry import default_registry
from satchel.workspace.project_storage import ProjectStore

DEMO = "demo"


@dataclass(frozen=True, slots=True)
class HostPorts:
    """What a host brings: where logs and projects are kept, what its checkpoints serve (guest syscalls) and how they
    pause, and where programs run.

    `process_host` makes the host of programs for a project's root, None where none can run; `commands` are those
    installed. `watched` is whether a person reads along; the demo model then speaks at a pace for reading.
    """

    log_storage: LogStorage
    project_store: ProjectStore
    clock: Clock
    ids: IdSource
    watched: bool = True
    serve: Callable[[], None] = lambda: None
    pause: Callable[[], Awaitable[None]] = yield_to_loop
    process_host: ProcessHostFactory | None = None
    commands: CommandIndex = NO_COMMANDS

    def checkpoint(self, cancel: CancelToken) -> LoopCheckpoint:
        """The checkpoint of something that `cancel` stops."""
        return LoopCheckpoint(self.clock, cancel, self.serve, self.pause)


def system_clock_and_ids() -> tuple[Clock, IdSource]:
    """The real clock and ids, which both hosts use."""
    clock = SystemClock()
    return clock, Uuid7Source(clock)


def compose(
    host: HostPorts, *, model: str = DEMO, policy: Policy | None = None, limits: Limits | None = None
) -> AgentService:
    """Build the agent. Raises InputError for a model that does not exist."""
    make_provider(model, host)
    return AgentService(
        AgentPorts(
            clock=host.clock,
            ids=host.ids,
            log_storage=host.log_storage,
            project_store=host.project_store,
            provider_factory=lambda name: make_provider(name, host),
            registry=default_registry(None if host.process_host is None else host.commands),
            checkpoint_factory=host.checkpoint,
            limits=limits or Limits(),
            policy=policy or Policy(),
            process_host=host.process_host,
            commands=host.commands,
            model=model,
            version=__version__,
        )
    )


def make_provider(name: str, host: HostPorts) -> Provider:
    """The model of a name. Raises InputError naming the models there are."""
    if name == DEMO:
        return DemoModel(host.clock) if host.watched else DemoModel(host.clock, pause=0)
    raise InputError("model.unknown", f"There is no model named {name!r}.", f"Available: {DEMO}.")

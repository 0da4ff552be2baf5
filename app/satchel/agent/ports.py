"""What the agent needs of the program around it.

`entry` fills this in; nothing here has a default that reaches a host.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from satchel.base.cancel import CancelToken
from satchel.base.checkpoint import Checkpoint
from satchel.base.clock import Clock
from satchel.base.ids import IdSource, SessionId
from satchel.base.limits import Limits
from satchel.llm.provider import Provider
from satchel.permission.policy import Policy
from satchel.runtime.command_index import NO_COMMANDS, CommandIndex
from satchel.runtime.process import ProcessHost
from satchel.session.events import ToolUsed
from satchel.session.log_storage import LogStorage
from satchel.tools.registry import ToolRegistry
from satchel.workspace.project_storage import ProjectStore

ProviderFactory: TypeAlias = Callable[[str], Provider]
CheckpointFactory: TypeAlias = Callable[[CancelToken], Checkpoint]
ProcessHostFactory: TypeAlias = Callable[[str], ProcessHost]
ContextFactory: TypeAlias = Callable[[SessionId, ToolUsed], Awaitable[Mapping[str, object]]]


@dataclass(frozen=True, slots=True)
class AgentPorts:
    """Everything `AgentService` is wired with.

    `provider_factory` makes the model of a name (`model` is the one to begin with). `checkpoint_factory`
    makes the checkpoint that reads a turn's cancel token. `context_factory` adds an embedder's objects to
    each tool call. `process_host` makes the host of programs for the project with that root, None where no program can
    run; `commands` are those installed.
    """

    clock: Clock
    ids: IdSource
    log_storage: LogStorage
    project_store: ProjectStore
    provider_factory: ProviderFactory
    registry: ToolRegistry
    checkpoint_factory: CheckpointFactory
    limits: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)
    context_factory: ContextFactory | None = None
    process_host: ProcessHostFactory | None = None
    commands: CommandIndex = NO_COMMANDS
    model: str = "demo"
    version: str = ""

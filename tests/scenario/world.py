"""A whole agent on real directories with a scripted model: what the scenarios run in.

A `World` can be left and entered again with the same logs and projects, as a reload of the page does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from satchel.adapters.memory.folder import MemoryFolder, MemorySource
from satchel.adapters.memory.log import MemoryLogStorage
from satchel.adapters.memory.processes import MemoryProcessHost, Program
from satchel.adapters.server.local_project import LocalProjectStore
from satchel.agent.ports import AgentPorts, ContextFactory
from satchel.agent.service import AgentService
from satchel.agent.transcript import ToolItem
from satchel.base.checkpoint import LoopCheckpoint
from satchel.base.clock import SystemClock
from satchel.base.ids import ToolUseId, Uuid7Source
from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.base.limits import Limits, TurnLimits
from satchel.llm.provider import ToolCall, ToolSchema
from satchel.llm.scripted import ScriptedProvider, Step
from satchel.permission.policy import Policy, Rule
from satchel.permission.request import Capability, PermissionRequest
from satchel.tools.registry import default_registry
from satchel.tools.spec import ToolContext
from satchel.workspace.importer import ImportOptions
from tests.unit.runtime.programs import INDEX

ALLOW_ALL = Policy((Rule("allow", Capability.READ), Rule("allow", Capability.WRITE)))


def use(name: str, tool_use_id: str = "t1", **tool_input: JsonValue) -> ToolCall:
    """A tool call."""
    return ToolCall(ToolUseId(tool_use_id), name, tool_input)


class ProbeTool:
    """A tool that does as its input says: `crash`, `odd` (not JSON), `wait` (for `release`), else answers."""

    schema = ToolSchema("Probe", "Does as it is told. For tests.", {"type": "object"})
    read_only = True

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.release = asyncio.Event()
        self.contexts: list[ToolContext] = []

    def permissions(self, input: JsonObject, context: ToolContext) -> tuple[PermissionRequest, ...]:
        if input.get("crash") == "permissions":
            raise KeyError("lost")
        return ()

    async def run(self, input: JsonObject, context: ToolContext) -> JsonValue:
        self.contexts.append(context)
        self.started.set()
        if input.get("crash") == "run":
            raise ZeroDivisionError("a fault")
        if input.get("odd"):
            return {"number": float("nan")}
        if input.get("wait"):
            await self.release.wait()
        return {"said": input.get("say")}


class World:
    """The agent and everything around it. `state` holds its projects."""

    def __init__(
        self,
        state: Path,
        steps: Sequence[Step] = (),
        *,
        policy: Policy = ALLOW_ALL,
        max_steps: int = 50,
        context_factory: ContextFactory | None = None,
        logs: MemoryLogStorage | None = None,
        programs: Mapping[str, Program] | None = None,
    ) -> None:
        self.state = state
        self.provider = ScriptedProvider(steps)
        self.probe = ProbeTool()
        self.logs = logs or MemoryLogStorage()
        self.events: list[JsonObject] = []
        clock = SystemClock()
        ids = Uuid7Source(clock)
        registry = default_registry(None if programs is None else INDEX)
        self.programs = programs
        self.hosts: list[MemoryProcessHost] = []
        registry.register(self.probe)
        state.mkdir(exist_ok=True)
        ports = AgentPorts(
            clock=clock,
            ids=ids,
            log_storage=self.logs,
            project_store=LocalProjectStore(state, clock, ids),
            provider_factory=lambda name: self.provider,
            registry=registry,
            checkpoint_factory=lambda token: LoopCheckpoint(clock, token),
            limits=Limits(turn=TurnLimits(max_steps)),
            policy=policy,
            context_factory=context_factory,
            process_host=None if programs is None else self._host,
            commands=INDEX,
            model="scripted",
        )
        self.service = AgentService(ports)
        self.service.on_event = self.events.append

    def _host(self, root: str) -> MemoryProcessHost:
        self.hosts.append(MemoryProcessHost(self.programs or {}))
        return self.hosts[-1]

    async def start(self, files: Mapping[str, bytes] | None = None) -> World:
        """Start the service; with `files`, import a project that holds them (and one more file)."""
        await self.service.start()
        if files is not None:
            folder = MemoryFolder()
            for path, content in {"unrelated": b"\n", **files}.items():
                folder.put(path, content)
            plan = await self.service.plan_import(MemorySource(folder, "sample"), ImportOptions())
            await self.service.run_import(plan, new_project_name=None)
        return self

    async def turn(self, text: str = "do it") -> None:
        """One whole turn."""
        await self.service.submit(text)
        await self.service.wait_idle()

    def reloaded(self, steps: Sequence[Step] = (), *, policy: Policy = ALLOW_ALL) -> World:
        """The same logs and projects in a program started anew; the old one is left as a killed tab leaves
        it.
        """
        copy = MemoryLogStorage()
        if self.service.project is not None:
            self.service.project.storage.close()  # A killed process gives its lock up.
        copy.logs = {session: bytearray(content) for session, content in self.logs.logs.items()}
        copy.index = self.logs.index
        return World(self.state, steps, policy=policy, logs=copy, programs=self.programs)

    def types(self) -> list[str]:
        """The types of the events of this program run so far, without the deltas."""
        return [str(event["type"]) for event in self.events if event["type"] != "assistant.delta"]

    def data(self, event_type: str) -> list[JsonObject]:
        """The data of all events of a type, in order."""
        return [event["data"] for event in self.events if event["type"] == event_type]  # type: ignore[misc]

    def tool_item(self, tool_use_id: str = "t1") -> ToolItem:
        """The transcript's item of a tool use."""
        (item,) = [i for i in self.service.session.items if isinstance(i, ToolItem) and i.id == tool_use_id]
        return item


async def until(condition: object, tries: int = 500) -> None:
    """Let others run until `condition()` holds."""
    assert callable(condition)
    for _ in range(tries):
        if condition():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("it did not happen")

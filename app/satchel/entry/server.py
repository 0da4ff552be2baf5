"""Composition root on CPython: sessions and shadow workspaces below one state directory, programs in wasmtime."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from satchel.adapters.server.local_project import LocalProjectStore
from satchel.adapters.server.log_files import LocalLogStorage
from satchel.agent.service import AgentService
from satchel.base.limits import Limits
from satchel.entry.compose import HostPorts, compose, system_clock_and_ids
from satchel.entry.process_engine import MakeHost, make_process_host, module_cache
from satchel.entry.settings import Settings
from satchel.permission.policy import Policy
from satchel.runtime.command_index import NO_COMMANDS, CommandIndex, parse_index
from satchel.runtime.process import ProcessHost
from satchel.workspace.project_layout import GUEST_MOUNTS


def build_service(
    settings: Settings, state: Path, *, model: str, policy: Policy, limits: Limits, watched: bool
) -> AgentService:
    """The agent over the directories `state/sessions` and `state/projects`. Raises InputError for a model that does not
    exist. Without the engine (an optional package) it works without programs.
    """
    clock, ids = system_clock_and_ids()
    make_host = make_process_host()
    host = HostPorts(
        LocalLogStorage(state / "sessions"),
        LocalProjectStore(state / "projects", clock, ids),
        clock,
        ids,
        watched,
        process_host=None if make_host is None else _project_hosts(make_host, settings),
        commands=_commands(settings),
    )
    return compose(host, model=model, policy=policy, limits=limits)


def _project_hosts(make_host: MakeHost, settings: Settings) -> Callable[[str], ProcessHost]:
    def make(root: str) -> ProcessHost:
        mounts = {guest: f"{root}/{place}" for guest, place in GUEST_MOUNTS.items()}
        return make_host(mounts, settings.bundles, module_cache(settings))

    return make


def _commands(settings: Settings) -> CommandIndex:
    if settings.bundles is None:
        return NO_COMMANDS
    return parse_index((settings.bundles / "index.json").read_bytes())

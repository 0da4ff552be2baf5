"""Composition root on CPython: sessions and shadow workspaces below one state directory, programs in wasmtime."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias, cast

from satchel.adapters.server.local_project import LocalProjectStore
from satchel.adapters.server.log_files import LocalLogStorage
from satchel.agent.service import AgentService
from satchel.base.errors import InputError
from satchel.base.limits import Limits
from satchel.entry.compose import HostPorts, compose, system_clock_and_ids
from satchel.entry.settings import Settings
from satchel.permission.policy import Policy
from satchel.runtime.command_index import NO_COMMANDS, CommandIndex, parse_index
from satchel.runtime.process import ProcessHost
from satchel.workspace.project_layout import GUEST_MOUNTS

MakeHost: TypeAlias = Callable[[Mapping[str, str], Path | None, Path | None], ProcessHost]
"""`ServerProcessHost`: directories by guest path, the bundles, where compiled modules are kept."""


def build_service(
    settings: Settings, state: Path, *, model: str, policy: Policy, limits: Limits, watched: bool
) -> AgentService:
    """The agent over the directories `state/sessions` and `state/projects`. Raises InputError for a model that does not
    exist. Without the engine (an optional package) it works without programs.
    """
    clock, ids = system_clock_and_ids()
    make_host = _make_host()
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


@contextmanager
def developer_host(settings: Settings) -> Iterator[ProcessHost]:
    """A host of programs without a project: they see only the directories that they are given. Raises InputError."""
    make_host = _make_host()
    if make_host is None:
        raise InputError(
            "wasi.no_engine",
            "The server engine needs wasmtime.",
            "Run `python3 build.py setup` in a checkout, or `pip install 'satchel[server]'`.",
        )
    host = make_host({}, settings.bundles, _cache(settings))
    try:
        yield host
    finally:
        host.close()


def _make_host() -> MakeHost | None:
    """The engine, imported only when it is wanted: it takes a while, and it is an optional package."""
    if importlib.util.find_spec("wasmtime") is None:
        return None
    return cast(MakeHost, importlib.import_module("satchel.adapters.server.wasi.host").ServerProcessHost)


def _project_hosts(make_host: MakeHost, settings: Settings) -> Callable[[str], ProcessHost]:
    def make(root: str) -> ProcessHost:
        mounts = {guest: f"{root}/{place}" for guest, place in GUEST_MOUNTS.items()}
        return make_host(mounts, settings.bundles, _cache(settings))

    return make


def _commands(settings: Settings) -> CommandIndex:
    if settings.bundles is None:
        return NO_COMMANDS
    return parse_index((settings.bundles / "index.json").read_bytes())


def _cache(settings: Settings) -> Path | None:
    """Where compiled modules are kept; None where nothing can be written, and then they are compiled each time."""
    directory = settings.state / "modules"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return directory

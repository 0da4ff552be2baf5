"""Composition root on CPython: sessions and shadow workspaces below one state directory."""

from __future__ import annotations

from pathlib import Path

from satchel.adapters.server.local_project import LocalProjectStore
from satchel.adapters.server.log_files import LocalLogStorage
from satchel.agent.service import AgentService
from satchel.base.limits import Limits
from satchel.entry.compose import HostPorts, compose, system_clock_and_ids
from satchel.permission.policy import Policy


def build_service(state: Path, *, model: str, policy: Policy, limits: Limits, watched: bool) -> AgentService:
    """The agent over the directories `state/sessions` and `state/projects`. Raises InputError for a model
    that does not exist.
    """
    clock, ids = system_clock_and_ids()
    host = HostPorts(
        LocalLogStorage(state / "sessions"),
        LocalProjectStore(state / "projects", clock, ids),
        clock,
        ids,
        watched,
    )
    return compose(host, model=model, policy=policy, limits=limits)

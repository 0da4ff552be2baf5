"""`satchel run`: one task on a copy of a folder, on either engine, and what became of it.

Whatever the engine, the folder is imported into a shadow workspace on this machine, the engine changes that, and
the changes are shown, written or refused by the same code. The browser engine gets the shadow as an archive and
gives the changed files back; it never sees the real folder.

Before anything is written to the folder the changes are kept as a patch, so that no work is lost whatever happens
then; the shadow itself goes.
"""

from __future__ import annotations

import base64
import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Literal, TextIO

from satchel.adapters.server.local_folder import LocalFolderSource, LocalFolderTarget
from satchel.agent.service import AgentService
from satchel.base.errors import InputError
from satchel.base.jsonvalue import JsonObject
from satchel.base.limits import Limits
from satchel.entry.browser_engine import BrowserEngine
from satchel.entry.compose import DEMO
from satchel.entry.run_report import RunReporter
from satchel.entry.server import build_service
from satchel.entry.settings import Settings
from satchel.entry.unattended import refuse_questions
from satchel.permission.policy import Policy, parse_rule
from satchel.workspace.changeset import Changeset
from satchel.workspace.importer import ImportOptions

_DEMO_NEEDS = ("read", "write")


class ExitStatus(IntEnum):
    """See `entry.cli`."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CONFLICT = 3
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line asked for. `allow` holds rules as `permission.policy.parse_rule` reads them."""

    project: Path
    task: str
    engine: Literal["server", "browser"]
    model: str
    commit: bool
    patch: Path | None
    jsonl: bool
    allow: tuple[str, ...]
    max_steps: int


async def run_task(options: RunOptions, settings: Settings, out: TextIO, notes: TextIO) -> ExitStatus:
    """Do the task. Events or the model's text go to `out`, everything else to `notes`.

    Raises SatchelError for what cannot be done at all (no such folder, no such model, no browser).
    """
    if not options.project.is_dir():
        raise InputError(
            "run.no_folder", f"{options.project} is not a folder.", "Give --project an existing one."
        )
    allow = options.allow or (_DEMO_NEEDS if options.model == DEMO else ())
    limits = Limits()
    policy = Policy(tuple(parse_rule("allow", text) for text in allow))
    limits = replace(limits, turn=replace(limits.turn, max_steps=options.max_steps))
    engine = BrowserEngine.on(settings) if options.engine == "browser" else None
    reporter = RunReporter(out, notes, jsonl=options.jsonl)
    with _private_state(settings.state) as state:
        watched = out.isatty() and not options.jsonl
        service = build_service(state, model=options.model, policy=policy, limits=limits, watched=watched)
        await service.start()
        try:
            await _import(service, options, reporter)
            if engine is None:
                await _run_here(service, options, reporter)
            else:
                await _run_in_browser(engine, service, options, allow, reporter)
            return await _finish(service, options, settings, reporter)
        finally:
            await service.close()


@contextlib.contextmanager
def _private_state(state: Path) -> Iterator[Path]:
    """A state directory for one run, so that runs side by side do not meet; its session logs are kept in `state`.

    A run that is killed leaves it behind, below `state/runs`.
    """
    runs, sessions = state / "runs", state / "sessions"
    for directory in (runs, sessions):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = Path(tempfile.mkdtemp(dir=runs))
    try:
        yield own
    finally:
        for log in (own / "sessions").glob("*.log"):
            log.replace(sessions / log.name)
        shutil.rmtree(own)


async def _import(service: AgentService, options: RunOptions, reporter: RunReporter) -> None:
    plan = await service.plan_import(LocalFolderSource(options.project), ImportOptions())
    report = await service.run_import(plan, new_project_name=options.project.resolve().name)
    reporter.imported(report)


async def _run_here(service: AgentService, options: RunOptions, reporter: RunReporter) -> None:
    for event in service.events():
        reporter.event(event)
    service.on_event = reporter.event
    stop_refusing = refuse_questions(service)
    await service.submit(options.task)
    await service.wait_idle()
    stop_refusing()


async def _run_in_browser(
    engine: BrowserEngine,
    service: AgentService,
    options: RunOptions,
    allow: Sequence[str],
    reporter: RunReporter,
) -> None:
    assert service.project is not None  # the import opened it
    task: JsonObject = {
        "archive": base64.b64encode(await service.export_archive("tar")).decode("ascii"),
        "name": service.project.name,
        "task": options.task,
        "model": options.model,
        "allow": list(allow),
        "maxSteps": options.max_steps,
    }
    await engine.run(task, service.project.files, reporter.event)
    service.on_event = reporter.event


async def _finish(
    service: AgentService, options: RunOptions, settings: Settings, reporter: RunReporter
) -> ExitStatus:
    changeset = await service.refresh_changes()
    reporter.changes(changeset)
    status = ExitStatus.DONE if reporter.ended_well else ExitStatus.FAILED
    if not changeset.changes:
        return status
    kept = options.patch or settings.state / "patches" / f"{service.session.session_id}.patch"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(await _patch(service, changeset))
    if options.commit and reporter.ended_well:
        if not await _commit(service, changeset, options, reporter):
            status = ExitStatus.CONFLICT
        elif options.patch is None:
            kept.unlink()
            return status
    reporter.kept(kept, options.project)
    return status


async def _patch(service: AgentService, changeset: Changeset) -> bytes:
    return await service.export_patch([change.path for change in changeset.changes])


async def _commit(
    service: AgentService, changeset: Changeset, options: RunOptions, reporter: RunReporter
) -> bool:
    """Write all changes to the folder; whether that was done."""
    report = await service.commit(
        [change.path for change in changeset.changes], LocalFolderTarget(options.project)
    )
    reporter.committed(report)
    return not report.conflicts

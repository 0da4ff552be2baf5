"""`satchel run`: one task on a copy of a folder, on either engine, and what became of it.

Whatever the engine, the folder is imported into a shadow workspace on this machine, the engine changes that, and
the changes are shown, written or refused by the same code. The browser engine gets the shadow as an archive and
gives the changed files back; it never sees the real folder.

Before anything is written to the folder the changes are kept as a patch, so that no work is lost whatever happens
then; the shadow itself goes, unless a commit could not be ended (`run_state.py`).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from satchel.adapters.server.local_folder import LocalFolderSource, LocalFolderTarget
from satchel.agent.service import AgentService
from satchel.base.errors import InputError
from satchel.base.jsonvalue import JsonObject, loads
from satchel.base.limits import Limits
from satchel.entry.browser_engine import BrowserEngine
from satchel.entry.compose import DEMO
from satchel.entry.exit_status import ExitStatus
from satchel.entry.run_report import RunReporter
from satchel.entry.run_state import RunState
from satchel.entry.server import build_service
from satchel.entry.settings import Settings
from satchel.permission.policy import Policy, parse_rule
from satchel.workspace.commit_target import CommitTarget
from satchel.workspace.errors import from_os_error
from satchel.workspace.importer import ImportOptions

_DEMO_NEEDS = ("read", "write", "exec")


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


async def run_task(
    options: RunOptions, settings: Settings, reporter: RunReporter, *, watched: bool
) -> ExitStatus:
    """Do the task and report it; `watched` is whether a person reads along.

    Raises SatchelError for what cannot be done at all (no such folder, no such model, no browser). When it is cancelled
    a commit that has begun is put back, and nothing of the run stays but its log.
    """
    if not options.project.is_dir():
        raise InputError(
            "run.no_folder", f"{options.project} is not a folder.", "Give --project an existing one."
        )
    if options.patch is not None:
        _check_patch(options.patch)
    allow = options.allow or (_DEMO_NEEDS if options.model == DEMO else ())
    limits = Limits()
    policy = Policy(tuple(parse_rule("allow", text) for text in allow), unattended=True)
    limits = replace(limits, turn=replace(limits.turn, max_steps=options.max_steps))
    engine = BrowserEngine.on(settings) if options.engine == "browser" else None
    target = LocalFolderTarget(options.project)
    state = RunState(settings)
    await state.tidy_up(target, reporter)
    run = state.begin()
    try:
        service = build_service(
            settings, run.path, model=options.model, policy=policy, limits=limits, watched=watched
        )
        await service.start()
        try:
            await _import(service, options, reporter)
            if engine is None:
                await _run_here(service, options, reporter)
            else:
                await _run_in_browser(engine, service, options, allow, reporter)
            return await _finish(service, options, target, state, reporter)
        finally:
            await service.close()
    finally:
        if not state.end(run):
            reporter.note(
                f"What is needed to put it back is kept; the next run on {options.project} does that first."
            )


def _check_patch(patch: Path) -> None:
    """Raise InputError for a patch that cannot be written, before any work is done for it."""
    if patch.is_dir():
        cause = "is a folder"
    elif not patch.parent.is_dir():
        cause = f"cannot be written: there is no folder {patch.parent}"
    elif not os.access(patch if patch.exists() else patch.parent, os.W_OK):
        cause = "cannot be written: permission denied"
    else:
        return
    raise InputError(
        "run.patch", f"{patch} {cause}.", "Give --patch a file in a folder that you can write to."
    )


async def _import(service: AgentService, options: RunOptions, reporter: RunReporter) -> None:
    plan = await service.plan_import(LocalFolderSource(options.project), ImportOptions())
    report = await service.run_import(plan, new_project_name=options.project.resolve().name)
    reporter.imported(report)


async def _run_here(service: AgentService, options: RunOptions, reporter: RunReporter) -> None:
    for event in service.events():
        reporter.event(event)
    service.on_event = reporter.event
    await service.submit(options.task)
    await service.wait_idle()


async def _run_in_browser(
    engine: BrowserEngine,
    service: AgentService,
    options: RunOptions,
    allow: Sequence[str],
    reporter: RunReporter,
) -> None:
    """The session is the browser's: its events are taken over as they are, however the run ends, and gone on from."""
    assert service.project is not None  # the import opened it
    task: JsonObject = {
        "type": "headless.start",
        "archive": base64.b64encode(await service.export_archive("tar")).decode("ascii"),
        "name": service.project.name,
        "task": options.task,
        "model": options.model,
        "allow": list(allow),
        "maxSteps": options.max_steps,
    }
    records: list[bytes] = []

    def take(line: str) -> None:
        records.append(line.encode("ascii"))
        reporter.event(cast(JsonObject, loads(line)))

    try:
        await engine.run(task, service.project.files, take)
    finally:
        service.on_event = reporter.event
        if records:
            await service.adopt_session(records)


async def _finish(
    service: AgentService, options: RunOptions, target: CommitTarget, state: RunState, reporter: RunReporter
) -> ExitStatus:
    changeset = await service.refresh_changes()
    reporter.changes(changeset)
    status = ExitStatus.DONE if reporter.ended_well else ExitStatus.FAILED
    if not changeset.changes:
        return status
    everything = [change.path for change in changeset.changes]
    kept = _keep(
        await service.export_patch(everything),
        options.patch,
        state.patches / f"{service.session.session_id}.patch",
        reporter,
    )
    if options.commit and reporter.ended_well:
        report = await service.commit(everything, target)
        reporter.committed(report)
        if report.conflicts:
            status = ExitStatus.CONFLICT
        elif options.patch is None:
            kept.unlink()
            return status
    reporter.kept(kept, options.project)
    return status


def _keep(patch: bytes, wanted: Path | None, spare: Path, reporter: RunReporter) -> Path:
    """Write the patch where it is wanted, or else to the spare place. Raises WorkspaceError when neither takes it."""
    if wanted is not None:
        try:
            wanted.write_bytes(patch)
            return wanted
        except OSError as error:
            reporter.note(f"{wanted} could not be written: {error.strerror or error}.")
    try:
        spare.write_bytes(patch)
    except OSError as error:
        raise from_os_error(error, str(spare)) from error
    return spare

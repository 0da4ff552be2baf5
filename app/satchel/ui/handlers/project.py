"""Opening a project, and looking at its files."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from satchel.ui.announcements import PROMPT_ID
from satchel.ui.controller import Controller
from satchel.ui.effects import Announce, Focus
from satchel.ui.errors import ActionRefusedError
from satchel.ui.handlers.request import ActionRequest
from satchel.ui.view_state import Import, ViewState
from satchel.ui.visible import plural, size_text
from satchel.workspace.import_plan import ImportOptions
from satchel.workspace.import_source import ImportSource


async def open_dialog(controller: Controller, request: ActionRequest) -> None:
    """Ask where the project is."""
    controller.set(replace(controller.view, dialog="import", importing=None))


async def import_sample(controller: Controller, request: ActionRequest) -> None:
    """Show what the sample project holds, as with any other source."""
    if controller.sample is None:
        raise ActionRefusedError("There is no sample project here.", "Choose a folder or an archive.")
    await begin_import(controller, controller.sample())


async def begin_import(controller: Controller, source: ImportSource) -> None:
    """Look through `source` and show what would be taken. A source that is not wanted any more is closed.

    It ends one that is still being looked through: the user wants this one now.
    """
    running = controller.view.importing
    if running is not None and running.running:
        await source.close()
        raise ActionRefusedError("An import is running already.", "Wait for its end, or cancel it.")
    looking = Import(source.name)
    await _give_up_plan(controller, replace(controller.view, dialog="import", importing=looking))
    if controller.view.importing is not looking:
        await source.close()
        return
    scan = asyncio.ensure_future(controller.service.plan_import(source, ImportOptions()))
    controller.looking_through = scan
    try:
        plan = await scan
    except BaseException as error:
        await source.close()
        if controller.view.importing is not looking:
            if isinstance(error, asyncio.CancelledError):
                return
        else:
            controller.set(replace(controller.view, dialog="", importing=None))
        raise
    if controller.view.importing is not looking:
        await source.close()
        return
    controller.set(replace(controller.view, importing=replace(looking, plan=plan)))
    controller.emit(Announce(f"{plural(plan.files, 'file')} to import from {source.name}."))


async def confirm_import(controller: Controller, request: ActionRequest) -> None:
    """Take what the preview shows."""
    importing = controller.view.importing
    if importing is None or importing.plan is None or importing.running or importing.plan.blocked is not None:
        raise ActionRefusedError("There is nothing to import.", "Open a folder or an archive first.")
    plan = importing.plan
    controller.set(replace(controller.view, importing=replace(importing, running=True)))
    try:
        report = await controller.service.run_import(plan, new_project_name=importing.name)
    finally:
        await plan.source.close()
        controller.set(controller.view.anew())
    if report.skipped:
        paths = ", ".join(path for path, _ in report.skipped[:3])
        controller.notify(
            "warning", f"{plural(len(report.skipped), 'file')} could not be read and stayed out.", paths
        )
    controller.emit(Announce(f"Imported {plural(report.files, 'file')}, {size_text(report.bytes)}."))
    controller.emit(Focus(PROMPT_ID))


async def cancel_import(controller: Controller, request: ActionRequest) -> None:
    """Give up the import: while the source is looked through, before it begins, or at its next file once it runs."""
    importing = controller.view.importing
    if importing is not None and importing.running:
        controller.service.cancel_import()
        return
    await _give_up_plan(controller, replace(controller.view, dialog="", importing=None))


async def _give_up_plan(controller: Controller, view: ViewState) -> None:
    """Show `view` in place of what was planned; returns when that is over and its source closed."""
    importing, scan = controller.view.importing, controller.looking_through
    # The view changes first: who looks through a source learns by it that nobody waits for the plan.
    controller.set(view)
    controller.looking_through = None
    if scan is not None and scan.cancel():
        await asyncio.wait({scan})
    if importing is not None and importing.plan is not None and not importing.running:
        await importing.plan.source.close()


async def toggle_directory(controller: Controller, request: ActionRequest) -> None:
    """Open or close a directory of the tree."""
    view = controller.view
    controller.set(replace(view, expanded_directories=view.expanded_directories ^ {request.text("path")}))


async def open_file(controller: Controller, request: ActionRequest) -> None:
    """Show a file."""
    view = controller.view
    controller.set(
        replace(view, open_file=request.text("path"), document="file", review_open=True, panel="changes")
    )

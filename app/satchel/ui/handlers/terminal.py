"""The terminal's panel: open and close it, and what goes to and fro between its island and what runs in it."""

from __future__ import annotations

from dataclasses import replace

from satchel.runtime.process import TerminalSize
from satchel.ui.announcements import PROMPT_ID
from satchel.ui.controller import Controller
from satchel.ui.effects import Focus
from satchel.ui.errors import ActionRefusedError
from satchel.ui.handlers.request import ActionRequest
from satchel.ui.view_state import TerminalView

TERMINAL_ID = "terminal-input"
_MOST_CELLS = 1000


async def toggle(controller: Controller, request: ActionRequest) -> None:
    """Open the panel and go there, or close it and go back. What runs in a closed one goes on."""
    terminal = controller.view.terminal
    if terminal is None or not terminal.is_open:
        open_panel(controller)
        controller.emit(Focus(TERMINAL_ID))
        return
    panel = "chat" if controller.view.panel == "terminal" else controller.view.panel
    controller.set(replace(controller.view, panel=panel, terminal=replace(terminal, is_open=False)))
    controller.emit(Focus(PROMPT_ID))


def open_panel(controller: Controller) -> None:
    """Show the panel, with a terminal in it."""
    controller.require_terminal()
    terminal = controller.view.terminal or TerminalView()
    controller.set(replace(controller.view, panel="terminal", terminal=replace(terminal, is_open=True)))


async def heighten(controller: Controller, request: ActionRequest) -> None:
    """Give the terminal more of the page, or take it back."""
    terminal = controller.view.terminal
    if terminal is not None:
        changed = replace(terminal, is_tall=not terminal.is_tall)
        controller.set(replace(controller.view, terminal=changed))


async def keys(controller: Controller, request: ActionRequest) -> None:
    """The user typed in the terminal."""
    if controller.terminal is not None:
        controller.terminal.keys(request.text("text"))


async def press(controller: Controller, request: ActionRequest) -> None:
    """A key that a touch keyboard has not got."""
    await keys(controller, request)
    controller.emit(Focus(TERMINAL_ID))


async def resize(controller: Controller, request: ActionRequest) -> None:
    """The terminal is as large as that; the first time it begins to show something."""
    rows, columns = request.number("rows"), request.number("columns")
    if not (0 < rows <= _MOST_CELLS and 0 < columns <= _MOST_CELLS):
        raise ActionRefusedError("The terminal cannot have that size.", "Reload the page.")
    controller.size_terminal(TerminalSize(rows, columns))


async def shown(controller: Controller, request: ActionRequest) -> None:
    """The terminal has caught up by so many bytes."""
    controller.screen.shown(request.number("size"))


async def kill(controller: Controller, request: ActionRequest) -> None:
    """End what runs in the terminal."""
    if controller.terminal is not None:
        controller.terminal.kill()
    controller.emit(Focus(TERMINAL_ID))

"""The terminal below the conversation: its head, and the island that shows it."""

from __future__ import annotations

from satchel.ui.tree import Tree, action, button, h, icon
from satchel.ui.view_state import TerminalView
from satchel.ui.visible import shorten, visible

_SHOWN_CHARACTERS = 200

_KEYS = (("Tab", "\t"), ("Up", "\x1b[A"), ("Down", "\x1b[B"), ("Ctrl C", "\x03"), ("Ctrl D", "\x04"))
"""What touch keyboards lack; shown where there is no other."""


def view(terminal: TerminalView | None) -> Tree:
    """A closed one stays in the document, so that what is on it is kept."""
    if terminal is None:
        return h("div", {"class": "no-terminal"})
    return h(
        "section",
        {
            "class": "terminal-panel tall" if terminal.is_tall else "terminal-panel",
            "id": "terminal-panel",
            "hidden": not terminal.is_open,
            "aria-labelledby": "terminal-heading",
        },
        h("div", {"class": "terminal-grip", "aria-hidden": "true"}),
        h(
            "div",
            {"class": "panel-head terminal-head"},
            h("h2", {"id": "terminal-heading"}, icon("terminal"), "Terminal"),
            h("code", {"class": "terminal-running"}, shorten(visible(terminal.running), _SHOWN_CHARACTERS))
            if terminal.running
            else h("span", {"class": "terminal-hint"}, h("kbd", {}, "F6"), " leaves it"),
            h("span", {"class": "review-controls"}, _controls(terminal)),
        ),
        h("island", {"kind": "terminal", "key": "terminal"}),
        h(
            "div",
            {"class": "terminal-keys", "role": "group", "aria-label": "Keys"},
            (button(name, action("terminal.press", {"text": text})) for name, text in _KEYS),
        ),
    )


def _controls(terminal: TerminalView) -> list[Tree]:
    size, name = ("Lower", "chevron-down") if terminal.is_tall else ("Taller", "chevron-up")
    controls = [
        button(size, action("terminal.tall"), icon_name=name, kind="ghost wide-only", quiet_label=True),
        button(
            "Close terminal", action("terminal.toggle"), icon_name="close", kind="ghost", quiet_label=True
        ),
    ]
    if terminal.running:
        controls.insert(0, button("Kill", action("terminal.kill"), icon_name="stop", kind="ghost danger"))
    return controls

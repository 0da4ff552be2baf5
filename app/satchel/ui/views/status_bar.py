"""The line at the bottom: where the work is kept, and proof of what happened."""

from __future__ import annotations

from satchel.ui.tree import Tree, action, h, icon
from satchel.ui.view_state import Host
from satchel.ui.visible import plural


def view(host: Host, turn: str, event_count: int, head: str, failure: str, busy: str) -> Tree:
    """`failure` is set when the session can no longer be saved; it comes before everything else."""
    return h(
        "footer",
        {"class": "status-bar", "aria-label": "Status"},
        h("span", {"class": "status-item status-failure"}, icon("alert"), failure) if failure else None,
        _storage(host),
        h("span", {"class": "status-item"}, icon("offline"), "Offline") if host.offline else None,
        None if host.runs_programs else _no_programs(),
        h(
            "span",
            {"class": "status-item viewer-only"},
            icon("eye"),
            "Another tab is working; this one only watches",
        ),
        h("span", {"class": "status-item status-busy"}, busy or _TURNS.get(turn, "")),
        h(
            "span",
            {
                "class": "status-item status-log",
                "title": f"Every event is chained to the one before. Head of the chain: {head}",
            },
            plural(event_count, "event"),
            h("code", {}, head[:8]) if event_count else None,
        ),
    )


def _no_programs() -> Tree:
    return h(
        "button",
        {
            "class": "status-item status-warning status-button",
            "title": "What this browser can do",
            "on": {"click": action("doctor.open")},
        },
        icon("alert"),
        "No programs here",
    )


_TURNS = {
    "idle": "Ready",
    "awaiting_model": "Working",
    "running_tool": "Working",
    "awaiting_approval": "Waiting for your answer",
}


def _storage(host: Host) -> Tree:
    if host.storage == "opfs":
        return h(
            "span",
            {
                "class": "status-item",
                "title": "Sessions and workspaces are in this browser's private storage",
            },
            icon("lock"),
            "Kept in this browser",
        )
    return h(
        "span",
        {
            "class": "status-item status-warning",
            "title": "This browser gives the page no storage. Download what you want to keep before you close the tab.",
        },
        icon("alert"),
        "In memory only: gone when this tab closes",
    )

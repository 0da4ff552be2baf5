"""All sessions: open, begin, rename, delete, export."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from satchel.session.catalogue import SessionSummary
from satchel.ui.tree import Tree, action, button, h
from satchel.ui.visible import shorten, visible


def view(sessions: Sequence[SessionSummary], open_session: str) -> Tree:
    """The panel, in the order in which the service lists them."""
    return h(
        "section",
        {
            "class": "panel sessions-panel",
            "id": "sessions-panel",
            "tabindex": -1,
            "aria-labelledby": "sessions-heading",
        },
        h(
            "div",
            {"class": "panel-head"},
            h("h2", {"class": "panel-heading", "id": "sessions-heading"}, "Sessions"),
            h(
                "span",
                {"class": "panel-controls"},
                button(
                    "Permissions",
                    action("permissions.open"),
                    icon_name="lock",
                    kind="ghost",
                    quiet_label=True,
                ),
                button("New session", action("session.new"), icon_name="add", kind="ghost", quiet_label=True),
            ),
        ),
        h(
            "ul",
            {"class": "panel-body session-list"},
            (_row(summary, summary.id == open_session) for summary in sessions),
        ),
    )


def _row(summary: SessionSummary, is_open: bool) -> Tree:
    title = shorten(visible(summary.title), 80)
    args = {"id": summary.id}
    return h(
        "li",
        {"class": "session-row open" if is_open else "session-row", "key": summary.id},
        h(
            "button",
            {
                "class": "session-open",
                "aria-current": "true" if is_open else "false",
                "on": {"click": action("session.open", args)},
            },
            h("span", {"class": "session-title"}, title),
            h("span", {"class": "session-meta"}, _meta(summary)),
        ),
        h(
            "span",
            {"class": "session-actions"},
            button(
                f"Rename {title}",
                action("session.ask-rename", args),
                icon_name="edit",
                kind="ghost",
                quiet_label=True,
            ),
            button(
                f"Export {title}",
                action("session.export", args),
                icon_name="download",
                kind="ghost",
                quiet_label=True,
            ),
            button(
                f"Delete {title}",
                action("session.ask-delete", args),
                icon_name="trash",
                kind="ghost",
                quiet_label=True,
            ),
        ),
    )


def _meta(summary: SessionSummary) -> str:
    if summary.error:
        return "cannot be opened"
    if not summary.updated_ms:
        return ""
    return datetime.fromtimestamp(summary.updated_ms / 1000, UTC).strftime("%d %b %Y")

"""Notices: what happened and what to do about it. They stay until they are dismissed."""

from __future__ import annotations

from satchel.ui.tree import Tree, action, button, h, icon
from satchel.ui.view_state import Notice

_ICONS = {"error": "alert", "warning": "alert", "info": "help", "success": "check"}


def view(notices: tuple[Notice, ...]) -> Tree:
    """The stack of notices, the newest last."""
    return h("div", {"class": "notices"}, (_notice(notice) for notice in notices))


def _notice(notice: Notice) -> Tree:
    return h(
        "div",
        {"class": f"notice notice-{notice.kind}", "key": notice.id},
        icon(_ICONS[notice.kind]),
        h(
            "div",
            {"class": "notice-text"},
            h("p", {"class": "notice-title"}, notice.title),
            h("p", {"class": "notice-detail"}, notice.detail) if notice.detail else None,
        ),
        button(
            "Dismiss",
            action("notice.dismiss", {"id": notice.id}),
            icon_name="close",
            kind="ghost",
            quiet_label=True,
        ),
    )

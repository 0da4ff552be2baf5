"""The bar on top: what this is, which project is open, and the way to the review."""

from __future__ import annotations

from satchel.ui.tree import Tree, action, button, h, icon
from satchel.ui.visible import visible


def view(
    project_name: str | None,
    session_title: str,
    changes: int,
    review_open: bool,
    runs_programs: bool,
    terminal_open: bool,
) -> Tree:
    """`changes` counts what is not committed yet."""
    return h(
        "header",
        {"class": "project-bar"},
        h("h1", {"class": "brand"}, h("span", {"class": "brand-mark", "aria-hidden": "true"}), "Satchel"),
        h(
            "div",
            {"class": "crumbs"},
            h("span", {"class": "crumb project-name"}, icon("folder"), visible(project_name))
            if project_name
            else None,
            h("span", {"class": "crumb session-title"}, visible(session_title)) if session_title else None,
        ),
        h(
            "div",
            {"class": "bar-actions"},
            button("Open project", action("import.open"), icon_name="folder-open", kind="ghost bar-open")
            if project_name
            else None,
            button(
                f"Review {changes}" if changes else "Review",
                action("review.close" if review_open else "review.open"),
                icon_name="branch",
                kind="ghost bar-review has-changes" if changes else "ghost bar-review",
                aria_expanded=str(review_open).lower(),
                aria_controls="review-panel",
            )
            if project_name
            else None,
            button(
                "Terminal",
                action("terminal.toggle"),
                icon_name="terminal",
                kind="ghost bar-terminal",
                aria_expanded=str(terminal_open).lower(),
                title="Terminal (Ctrl+`)",
            )
            if project_name and runs_programs
            else None,
            button("Theme", action("local.theme"), icon_name="theme", kind="ghost", quiet_label=True),
            button(
                "Help and shortcuts", action("help.open"), icon_name="help", kind="ghost", quiet_label=True
            ),
        ),
    )


def tabs(panel: str, changes: int, has_terminal: bool) -> Tree:
    """The panels as tabs, where there is room for one at a time."""
    terminal = (("terminal", "Terminal", "terminal"),) if has_terminal else ()
    entries = (
        ("chat", "Chat", "chat"),
        ("files", "Files", "file"),
        ("changes", f"Changes {changes}" if changes else "Changes", "branch"),
        *terminal,
        ("sessions", "Sessions", "history"),
    )
    return h(
        "nav",
        {"class": "tabs", "aria-label": "Panels"},
        (
            h(
                "button",
                {
                    "class": "tab",
                    "key": name,
                    "aria-current": "page" if name == panel else "false",
                    "on": {"click": action("panel.show", {"panel": name})},
                },
                icon(icon_name),
                h("span", {}, label),
            )
            for name, label, icon_name in entries
        ),
    )

"""What a newcomer sees: what this is, and three ways to begin."""

from __future__ import annotations

from satchel.ui.tree import Tree, action, button, h, icon
from satchel.ui.view_state import Host


def view(host: Host, has_sample: bool) -> Tree:
    """The page as long as there is no project and no conversation."""
    return h(
        "div",
        {"class": "welcome"},
        h("p", {"class": "welcome-title"}, "Give it a folder and a task."),
        h(
            "p",
            {"class": "welcome-lead"},
            "Satchel is a coding agent that runs entirely in this tab. It works on a copy of your project; your folder "
            "changes only when you have reviewed the result.",
        ),
        sources(host, has_sample),
        h(
            "ol",
            {"class": "welcome-steps"},
            _step("Open a project", "Drop a folder anywhere on this page."),
            _step("Say what you want", "It reads, searches and edits, and asks before it does."),
            _step(
                "Review and commit",
                "Take each file or leave it. Then write to your folder, or download a patch.",
            ),
        ),
    )


def _step(title: str, text: str) -> Tree:
    return h("li", {}, h("strong", {}, title), " ", h("span", {}, text))


def sources(host: Host, has_sample: bool) -> Tree:
    """The ways to open a project."""
    folder = action("page.pick-folder" if host.can_pick_folder else "page.pick-files")
    return h(
        "div",
        {"class": "sources"},
        h(
            "p",
            {"class": "drop-target", "aria-hidden": "true"},
            icon("folder-open"),
            "Drop a folder or an archive here",
        ),
        h(
            "div",
            {"class": "button-row"},
            button("Choose a folder", folder, icon_name="folder-open", kind="primary"),
            button("Open an archive", action("page.pick-archive"), icon_name="archive"),
            button("Try a sample project", action("project.sample"), icon_name="spark")
            if has_sample
            else None,
        ),
    )

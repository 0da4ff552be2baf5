"""A commit that was cut off while it wrote to the folder: what is known, and the two ways on."""

from __future__ import annotations

from satchel.ui.tree import Tree, action, button, h, icon
from satchel.ui.visible import plural, visible
from satchel.workspace.commit_report import InterruptedCommit

_SHOWN = 50


def view(interrupted: InterruptedCommit, project_id: str, can_write: bool, busy: str) -> Tree:
    """Takes the place of the changes until the user decided: nothing can be committed before."""
    is_damaged = bool(interrupted.damage)
    put_back = button(
        "Put the folder back",
        action("page.commit-folder", {"project": project_id}),
        icon_name="undo",
        kind="primary",
        disabled=bool(busy),
    )
    return h(
        "div",
        {"class": "conflicts"},
        h(
            "div",
            {"class": "callout callout-error", "role": "alert"},
            icon("alert"),
            h(
                "div",
                {},
                h("h3", {}, "A commit was cut off"),
                h("p", {}, _damaged(interrupted) if is_damaged else _explained(interrupted, can_write)),
            ),
        ),
        h(
            "ul",
            {"class": "change-list", "aria-label": "Files of the commit that was cut off"},
            (h("li", {"class": "change", "key": path}, visible(path)) for path in interrupted.paths[:_SHOWN]),
        ),
        h(
            "div",
            {"class": "button-row"},
            None if is_damaged or not can_write else put_back,
            button("Leave it as it is", action("commit.leave"), disabled=bool(busy)),
        ),
    )


def _explained(interrupted: InterruptedCommit, can_write: bool) -> str:
    count = len(interrupted.paths)
    way = (
        "Putting it back undoes what was written and leaves alone what was edited since."
        if can_write
        else "This browser cannot write to folders: open this page in one that can to put it back."
    )
    return (
        f"Satchel ended while it wrote {plural(count, 'file')} to {visible(interrupted.target)}, which may hold a "
        f"part of them. {way}"
    )


def _damaged(interrupted: InterruptedCommit) -> str:
    return f"{visible(interrupted.damage)} Which folder and which files is not known; compare your folder with a copy."

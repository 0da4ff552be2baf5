"""The review's list: every changed file with its kind, its size, its warnings, and a box to take it or leave it."""

from __future__ import annotations

from collections.abc import Collection

from satchel.ui.tree import Tree, action, button, h, icon
from satchel.ui.views.change_badge import badge, flag_text
from satchel.ui.visible import plural, visible
from satchel.workspace.changeset import Change, Changeset


def view(
    changeset: Changeset | None,
    accepted: Collection[str],
    selected: str,
    project_id: str,
    can_write: bool,
    busy: str,
) -> Tree:
    """The list and what can be done with it. `accepted` are paths."""
    if changeset is None or not changeset.changes:
        return h(
            "div",
            {"class": "changes-empty"},
            icon("check"),
            h("p", {}, "No changes. When the agent edits files, you review them here."),
        )
    changes = changeset.changes
    return h(
        "div",
        {"class": "changes"},
        _summary(changes, accepted),
        h(
            "ul",
            {
                "class": "change-list",
                "id": "change-list",
                "aria-label": "Changed files",
                "on": {
                    "keydown": [
                        action("change.step", {"by": 1}, keys=["j", "ArrowDown"], prevent=True),
                        action("change.step", {"by": -1}, keys=["k", "ArrowUp"], prevent=True),
                        action(
                            "change.accept",
                            {"path": selected, "accepted": selected not in accepted},
                            keys=["x"],
                        ),
                    ]
                },
            },
            (
                _row(index, change, change.path in accepted, change.path == selected)
                for index, change in enumerate(changes)
            ),
        ),
        _actions(len(accepted), project_id, can_write, busy),
    )


def _summary(changes: tuple[Change, ...], accepted: Collection[str]) -> Tree:
    all_taken = len(accepted) == len(changes)
    added = sum(change.lines_added for change in changes)
    removed = sum(change.lines_removed for change in changes)
    return h(
        "div",
        {"class": "changes-summary"},
        h(
            "label",
            {"class": "take-all"},
            h(
                "input",
                {
                    "type": "checkbox",
                    "checked": all_taken,
                    "aria-label": "Take all changes",
                    "on": {"change": action("changes.accept-all", value=True)},
                },
            ),
            f"{len(accepted)} of {plural(len(changes), 'file')}",
        ),
        _lines(added, removed),
    )


def _lines(added: int, removed: int) -> Tree:
    return h(
        "span",
        {"class": "line-counts"},
        h("span", {"class": "lines-added", "aria-label": f"{added} lines added"}, f"+{added}"),
        " ",
        h("span", {"class": "lines-removed", "aria-label": f"{removed} lines removed"}, f"−{removed}"),
    )


def _row(index: int, change: Change, taken: bool, is_selected: bool) -> Tree:
    path = visible(change.path)
    directory, _, name = path.rpartition("/")
    old = h("span", {"class": "change-old"}, f"from {visible(change.old_path)}") if change.old_path else None
    return h(
        "li",
        {"class": "change selected" if is_selected else "change", "key": change.path},
        h(
            "input",
            {
                "type": "checkbox",
                "checked": taken,
                "aria-label": f"Take {path}",
                "on": {"change": action("change.accept", {"path": change.path}, value=True)},
            },
        ),
        h(
            "button",
            {
                "class": "change-open",
                "id": f"change-{index}",
                "aria-current": "true" if is_selected else "false",
                "title": path,
                "on": {"click": action("change.select", {"path": change.path})},
            },
            badge(change.kind),
            h(
                "span",
                {"class": "change-path"},
                h("span", {"class": "change-name"}, name),
                " ",
                h("span", {"class": "change-directory"}, directory) if directory else None,
                old,
            ),
            (h("span", {"class": "flag"}, icon("alert"), flag_text(flag)) for flag in change.flags),
            h("span", {"class": "line-counts"}, "binary")
            if change.binary
            else _lines(change.lines_added, change.lines_removed),
        ),
    )


def _actions(count: int, project_id: str, can_write: bool, busy: str) -> Tree:
    nothing = count == 0 or bool(busy)
    commit = button(
        f"Commit {plural(count, 'file')} to folder" if count else "Commit to folder",
        action("page.commit-folder", {"project": project_id}),
        icon_name="commit",
        kind="primary",
        disabled=nothing,
    )
    return h(
        "div",
        {"class": "changes-actions button-row"},
        commit if can_write else None,
        button(
            "Patch",
            action("changes.patch"),
            icon_name="download",
            disabled=nothing,
            title="Download as a patch",
        ),
        button(
            "Archive",
            action("changes.archive"),
            icon_name="archive",
            title="Download the whole project as a zip",
        ),
        button(
            "Discard",
            action("changes.ask-discard"),
            icon_name="undo",
            kind="ghost",
            disabled=bool(busy),
            title="Take back what is not ticked, or everything if all is",
        ),
    )

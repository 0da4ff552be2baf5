"""A commit that met a folder that had changed: nothing was written, and here is why, with all three sides."""

from __future__ import annotations

from satchel.ui.tree import Tree, action, button, h, icon
from satchel.ui.view_state import ConflictPair
from satchel.ui.visible import plural, visible
from satchel.workspace.commit_report import CommitReport, Conflict

_PAIRS: tuple[tuple[ConflictPair, str], ...] = (
    ("theirs-ours", "Folder and agent"),
    ("base-theirs", "Changed in the folder"),
    ("base-ours", "Changed by the agent"),
)
_LABELS = {"base": "as imported", "theirs": "in your folder now", "ours": "by the agent"}


def view(report: CommitReport, selected: str, pair: ConflictPair) -> Tree:
    """The list of conflicts and the chosen pair of sides of one of them."""
    shown = next(
        (conflict for conflict in report.conflicts if conflict.path == selected), report.conflicts[0]
    )
    return h(
        "div",
        {"class": "conflicts"},
        h(
            "div",
            {"class": "callout callout-error"},
            icon("alert"),
            h(
                "div",
                {},
                h(
                    "h3",
                    {},
                    f"{plural(len(report.conflicts), 'file')} changed in {visible(report.target)} since the import",
                ),
                h(
                    "p",
                    {},
                    "Nothing was written. Leave these files out and commit the rest, or open the folder again to "
                    "work on what it holds now.",
                ),
            ),
        ),
        h(
            "ul",
            {"class": "change-list"},
            (_row(conflict, conflict is shown) for conflict in report.conflicts),
        ),
        h(
            "div",
            {"class": "button-row"},
            button("Leave these out", action("conflict.leave-out"), kind="primary"),
            button("Back to the changes", action("commit.dismiss")),
        ),
        _sides(shown, pair),
    )


def _row(conflict: Conflict, is_shown: bool) -> Tree:
    return h(
        "li",
        {"class": "change selected" if is_shown else "change", "key": conflict.path},
        h(
            "button",
            {
                "class": "change-open",
                "aria-current": "true" if is_shown else "false",
                "on": {"click": action("conflict.select", {"path": conflict.path})},
            },
            h("span", {"class": "change-path"}, visible(conflict.path)),
            h("span", {"class": "flag"}, conflict.reason.replace("-", " ")),
        ),
    )


def _sides(conflict: Conflict, pair: ConflictPair) -> Tree:
    texts = {"base": conflict.base_text, "theirs": conflict.theirs_text, "ours": conflict.ours_text}
    first, _, second = pair.partition("-")
    choices = (
        button(
            label,
            action("conflict.compare", {"pair": name}),
            kind="segment",
            aria_pressed=str(name == pair).lower(),
        )
        for name, label in _PAIRS
    )
    return h(
        "div",
        {"class": "document"},
        h("div", {"class": "segments", "role": "group", "aria-label": "Which sides to compare"}, choices),
        h(
            "island",
            {
                "kind": "merge",
                "key": "conflict",
                "path": conflict.path,
                "before": texts[first] or "",
                "after": texts[second] or "",
                "beforeLabel": _LABELS[first],
                "afterLabel": _LABELS[second],
            },
        ),
    )

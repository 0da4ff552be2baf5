"""Import: what would be taken, what is left out and why, how far it is."""

from __future__ import annotations

from collections.abc import Sequence

from satchel.base.jsonvalue import JsonObject
from satchel.ui.tree import Tree, action, button, h, icon
from satchel.ui.view_state import Host, Import
from satchel.ui.views.welcome import sources
from satchel.ui.visible import plural, size_text, visible
from satchel.workspace.import_plan import ImportPlan, ImportProgress, LeftOut

_LISTED = 40


def view(importing: Import | None, progress: ImportProgress | None, host: Host, has_sample: bool) -> Tree:
    """The dialog in its three states: choosing a source, looking it through or copying, and the preview."""
    if importing is None:
        return _dialog("Open a project", sources(host, has_sample), _row(_cancel("Close")))
    if importing.plan is None or importing.running:
        verb = "Importing" if importing.running else "Looking through"
        title = f"{verb} {visible(importing.name)}"
        return _dialog(title, _progress(progress), _row(_cancel("Cancel")), sticky=importing.running)
    plan = importing.plan
    return _dialog(f"Import {visible(importing.name)}?", *_preview(plan), _row(*_decision(plan)))


def _dialog(title: str, *content: Tree, sticky: bool = False) -> Tree:
    """A `sticky` dialog stays when the user presses beside it: a slip must not end what runs."""
    return h(
        "modal",
        {
            "key": "import",
            "class": "dialog import-dialog",
            "aria-labelledby": "dialog-title",
            "sticky": sticky,
            "on": {"toggle": action("import.cancel")},
        },
        h("h2", {"id": "dialog-title"}, title),
        *content,
    )


def _row(*buttons: Tree) -> Tree:
    return h("div", {"class": "button-row end"}, buttons)


def _cancel(label: str) -> Tree:
    return button(label, action("import.cancel"))


def _decision(plan: ImportPlan) -> Sequence[Tree]:
    if plan.blocked is not None or not plan.files:
        return (_cancel("Close"),)
    return (
        _cancel("Cancel"),
        button(
            f"Import {plural(plan.files, 'file')}",
            action("import.confirm"),
            icon_name="check",
            kind="primary",
        ),
    )


def _progress(progress: ImportProgress | None) -> Tree:
    if progress is None:
        return h("div", {"class": "import-progress"}, h("progress", {"aria-label": "Progress"}))
    total = progress.files_total
    bar: JsonObject = (
        {"aria-label": "Progress"}
        if total is None
        else {"aria-label": "Progress", "max": max(1, total), "value": progress.files_done}
    )
    count = (
        plural(progress.files_done, "file")
        if total is None
        else f"{progress.files_done:,} of {plural(total, 'file')}"
    )
    return h(
        "div",
        {"class": "import-progress"},
        h("progress", bar),
        h("p", {}, f"{count}, {size_text(progress.bytes_done)}"),
        h("p", {"class": "import-current"}, h("code", {}, visible(progress.current))),
    )


def _preview(plan: ImportPlan) -> list[Tree]:
    parts: list[Tree] = []
    if plan.blocked is not None:
        parts.append(h("p", {"class": "callout callout-error"}, icon("alert"), plan.blocked))
    elif not plan.files:
        parts.append(h("p", {"class": "callout"}, "There are no files to take here."))
    parts.append(
        h(
            "p",
            {"class": "import-total"},
            h("strong", {}, plural(plan.files, "file")),
            f", {size_text(plan.bytes)}",
            f", {plural(plan.ignored_count, 'path')} left out" if plan.ignored_count else None,
        )
    )
    parts.append(
        h("p", {"class": "import-note"}, "They are copied into this browser. Your folder is only read.")
    )
    parts.extend(h("p", {"class": "callout"}, icon("alert"), warning) for warning in plan.warnings)
    for title, left_out, is_open in (
        ("Cannot be taken", plan.refused, True),
        ("Too large", plan.too_big, True),
        ("Left out by rules", plan.ignored, False),
    ):
        if left_out:
            parts.append(_left_out(title, left_out, is_open))
    return parts


def _left_out(title: str, entries: Sequence[LeftOut], is_open: bool) -> Tree:
    rows = [
        h(
            "li",
            {},
            h("code", {}, visible(entry.path) + ("/" if entry.is_directory else "")),
            " ",
            entry.reason,
        )
        for entry in entries[:_LISTED]
    ]
    if len(entries) > _LISTED:
        rows.append(h("li", {}, f"and {len(entries) - _LISTED:,} more"))
    summary = h("summary", {}, f"{title} ({len(entries):,})")
    return h(
        "details",
        {"class": "left-out", "open": True} if is_open else {"class": "left-out"},
        summary,
        h("ul", {}, rows),
    )

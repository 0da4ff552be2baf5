"""The project's files: one level at a time, opened on demand, with a mark on what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from satchel.ui.tree import Tree, action, h, hidden_text, icon
from satchel.ui.views.change_badge import badge, change_marks
from satchel.ui.visible import visible
from satchel.ui.workspace_model import ROOT, Listing
from satchel.workspace.changeset import Changeset
from satchel.workspace.guest_files import DirectoryEntry

_SHOWN_ENTRIES = 500


def view(
    has_project: bool, listing: Listing, expanded: frozenset[str], open_file: str, changeset: Changeset | None
) -> Tree:
    """The panel. Every row is a button; what it opens is told by `aria-expanded` and its place by the lists."""
    if not has_project:
        body = h("p", {"class": "panel-empty"}, "Files appear here once a project is open.")
    else:
        body = h("ul", {"class": "tree"}, _rows(ROOT, listing, expanded, open_file, change_marks(changeset)))
    return h(
        "section",
        {
            "class": "panel files-panel",
            "id": "files-panel",
            "tabindex": -1,
            "aria-labelledby": "files-heading",
        },
        h("h2", {"class": "panel-heading", "id": "files-heading"}, "Files"),
        h("div", {"class": "panel-body"}, body),
    )


def _rows(
    directory: str, listing: Listing, expanded: frozenset[str], open_file: str, marks: Mapping[str, str]
) -> Iterator[Tree]:
    entries = sorted(listing.directories.get(directory, ()), key=lambda entry: entry.kind != "directory")
    if not entries:
        yield h("li", {"class": "tree-empty"}, "empty")
    for entry in entries[:_SHOWN_ENTRIES]:
        path = f"{directory}/{entry.name}"
        if entry.kind == "directory":
            is_open = path in expanded
            inner = h("ul", {}, _rows(path, listing, expanded, open_file, marks)) if is_open else None
            yield h("li", {"key": path}, _directory_row(entry, path, is_open, marks), inner)
        else:
            yield h("li", {"key": path}, _file_row(entry, path, path == open_file, marks.get(path, "")))
    if len(entries) > _SHOWN_ENTRIES:
        yield h("li", {"class": "tree-empty"}, f"and {len(entries) - _SHOWN_ENTRIES:,} more")


def _directory_row(entry: DirectoryEntry, path: str, is_open: bool, marks: Mapping[str, str]) -> Tree:
    below = path + "/"
    touched = any(changed.startswith(below) for changed in marks)
    return h(
        "button",
        {
            "class": "tree-row directory touched" if touched else "tree-row directory",
            "aria-expanded": str(is_open).lower(),
            "on": {"click": action("files.toggle", {"path": path})},
        },
        h("span", {"class": "tree-chevron"}, icon("chevron-down" if is_open else "chevron-right")),
        icon("folder-open" if is_open else "folder"),
        h("span", {"class": "tree-name"}, visible(entry.name)),
        hidden_text("holds changes") if touched else None,
    )


def _file_row(entry: DirectoryEntry, path: str, is_open: bool, kind: str) -> Tree:
    return h(
        "button",
        {
            "class": f"tree-row file {kind}".rstrip(),
            "aria-current": "true" if is_open else "false",
            "on": {"click": action("files.open", {"path": path})},
        },
        h("span", {"class": "tree-chevron"}),
        icon("file"),
        h("span", {"class": "tree-name"}, visible(entry.name)),
        badge(kind) if kind else None,
    )

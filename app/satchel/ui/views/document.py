"""What the review panel shows big: the difference of one change, or one file."""

from __future__ import annotations

from satchel.ui.tree import Tree, h
from satchel.ui.visible import visible, workspace_path
from satchel.ui.workspace_model import OpenFile
from satchel.workspace.comparison import Comparison


def difference(comparison: Comparison | None, problem: str) -> Tree:
    """One change, before and after."""
    if problem:
        return _placeholder(problem)
    if comparison is None:
        return _placeholder("Choose a file to see what changed in it.")
    return h(
        "div",
        {"class": "document"},
        h("h3", {"class": "document-title"}, h("code", {}, visible(comparison.path))),
        _difference_body(comparison),
    )


def _difference_body(comparison: Comparison) -> Tree:
    before, after = comparison.before_state, comparison.after_state
    if comparison.too_large:
        return _placeholder(
            "This file is too large to compare here. The patch and the commit hold all of it."
        )
    if comparison.binary:
        return _placeholder("This is a binary file. It is taken or left as a whole.")
    notes = []
    if before is not None and after is not None and before.mode != after.mode:
        notes.append(f"Mode {before.mode & 0o7777:o} becomes {after.mode & 0o7777:o}.")
    if comparison.old_path is not None:
        notes.append(f"Renamed from {visible(comparison.old_path)}.")
    if comparison.lossy:
        notes.append("Some bytes are no UTF-8 and are shown as replacement characters.")
    return h(
        "div",
        {"class": "document-body"},
        (h("p", {"class": "document-note"}, note) for note in notes),
        h(
            "island",
            {
                "kind": "merge",
                "key": "merge",
                "path": comparison.path,
                "before": comparison.before or "",
                "after": comparison.after or "",
                "beforeLabel": "as imported",
                "afterLabel": "now",
            },
        ),
    )


def file(opened: OpenFile | None) -> Tree:
    """One file, read only."""
    if opened is None:
        return _placeholder("Choose a file to read it.")
    note = None
    if opened.truncated:
        note = h("p", {"class": "document-note"}, "Only the beginning of this file is shown.")
    return h(
        "div",
        {"class": "document"},
        h("h3", {"class": "document-title"}, h("code", {}, workspace_path(opened.path))),
        note,
        _placeholder(opened.problem)
        if opened.problem
        else h("island", {"kind": "code", "key": "code", "path": opened.path, "text": opened.text}),
    )


def _placeholder(text: str) -> Tree:
    return h("p", {"class": "document-placeholder"}, text)

"""The letter that stands for a kind of change, and the warnings a change carries."""

from __future__ import annotations

from collections.abc import Mapping

from satchel.ui.tree import Tree, h, hidden_text
from satchel.ui.workspace_model import ROOT
from satchel.workspace.changeset import Changeset

_LETTERS = {"add": "A", "modify": "M", "delete": "D", "rename": "R", "mode": "X", "type": "T"}
_WORDS = {
    "add": "added",
    "modify": "modified",
    "delete": "deleted",
    "rename": "renamed",
    "mode": "mode changed",
    "type": "type changed",
}
_FLAGS = {
    "instructions": "instructs agents",
    "ci": "runs in CI",
    "git-hook": "git runs it",
    "git-internal": "inside .git",
    "executable": "executable",
    "link-outside": "link to outside",
    "policy": "policy file",
}


def badge(kind: str) -> Tree:
    """The letter, with the word for screen readers."""
    return h(
        "span",
        {"class": f"badge badge-{kind}", "title": _WORDS.get(kind, kind)},
        h("span", {"aria-hidden": "true"}, _LETTERS.get(kind, "?")),
        hidden_text(_WORDS.get(kind, kind)),
    )


def flag_text(flag: str) -> str:
    """What a warning says."""
    return _FLAGS.get(flag, flag)


def change_marks(changeset: Changeset | None) -> Mapping[str, str]:
    """The kind of change by guest path."""
    return {} if changeset is None else {f"{ROOT}/{change.path}": change.kind for change in changeset.changes}

"""The small dialogs: help, rename, and the questions before something is lost."""

from __future__ import annotations

from satchel.ui.tree import Binding, Tree, action, button, h
from satchel.ui.visible import plural, visible

_SHORTCUTS = (
    (("Enter",), "Send the task"),
    (("Shift", "Enter"), "New line in the task"),
    (("Esc",), "Stop the turn, close a dialog, leave an editor"),
    (("y",), "On a question: allow once"),
    (("a",), "On a question: allow for this session"),
    (("n",), "On a question: deny"),
    (("j",), "In the review: next file"),
    (("k",), "In the review: previous file"),
    (("x",), "In the review: take or leave the file"),
    (("F6",), "Next part of the page, an open question first; leaves the terminal"),
    (("Ctrl", "`"), "Open or close the terminal"),
    (("?",), "This help"),
)


def help_dialog(version: str) -> Tree:
    """Keys, and what the agent can and cannot touch."""
    rows = (
        h("tr", {}, h("th", {"scope": "row"}, (h("kbd", {}, key) for key in keys)), h("td", {}, text))
        for keys, text in _SHORTCUTS
    )
    return _dialog(
        "help",
        "Keys and safety",
        h("table", {"class": "shortcuts"}, h("tbody", {}, rows)),
        h(
            "div",
            {"class": "help-text"},
            h(
                "p",
                {},
                "The agent works on a copy of your project inside this browser. Only Commit writes to your folder, "
                "only what you ticked, and never over a file that changed outside in the meantime.",
            ),
            h(
                "p",
                {},
                "Every step is an event in a log on this machine. Reload the page and you are where you left off.",
            ),
        ),
        h(
            "div",
            {"class": "button-row end"},
            h("span", {"class": "version"}, f"Satchel {version}"),
            button("What this browser can do", action("doctor.open"), icon_name="check"),
            _close("Close"),
        ),
    )


def rename_dialog(title: str, session_id: str) -> Tree:
    """Ask for a new title."""
    return _dialog(
        "rename",
        "Rename session",
        h(
            "form",
            {"on": {"submit": action("session.rename", {"id": session_id}, form=True)}, "class": "stack"},
            h("label", {"for": "session-title-field"}, "Title"),
            h(
                "input",
                {
                    "type": "text",
                    "id": "session-title-field",
                    "name": "title",
                    "value": title,
                    "maxlength": 200,
                    "required": True,
                    "autocomplete": "off",
                },
            ),
            h(
                "div",
                {"class": "button-row end"},
                _close("Cancel"),
                h("button", {"type": "submit", "class": "button primary"}, "Rename"),
            ),
        ),
    )


def delete_dialog(title: str, session_id: str, takes_project: bool) -> Tree:
    """Ask before a session is deleted, and whether its project goes too when no other session has it."""
    text = (
        f"The log of “{visible(title)}” is removed from this browser for good. Export it first if you want to keep "
        "it."
    )
    keep = action("session.delete", {"id": session_id, "keep_project": True})
    if not takes_project:
        return _confirm("Delete this session?", text, "Delete session", keep)
    text += (
        " No other session has its project. With the project goes the copy that the agent worked on, and every "
        "change in it that you did not commit; your own folder is not touched."
    )
    both = action("session.delete", {"id": session_id, "keep_project": False})
    return _confirm(
        "Delete this session?",
        text,
        "Delete session and project",
        both,
        button("Delete session, keep project", keep),
    )


def discard_dialog(count: int) -> Tree:
    """Ask before changes are taken back."""
    return _confirm(
        f"Discard {plural(count, 'change')}?",
        "The files go back to how they were imported, in the workspace only. Your folder is not touched.",
        "Discard",
        action("changes.discard"),
    )


def _confirm(title: str, text: str, label: str, binding: Binding, *others: Tree) -> Tree:
    danger = button(label, binding, kind="danger-solid")
    row = h("div", {"class": "button-row end"}, _close("Cancel"), *others, danger)
    return _dialog("confirm", title, h("p", {}, text), row)


def _close(label: str) -> Tree:
    return button(label, action("dialog.close"))


def _dialog(key: str, title: str, *content: Tree) -> Tree:
    return h(
        "modal",
        {
            "key": key,
            "class": "dialog",
            "aria-labelledby": "dialog-title",
            "on": {"toggle": action("dialog.close")},
        },
        h("h2", {"id": "dialog-title"}, title),
        *content,
    )

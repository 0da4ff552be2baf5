"""Where the user writes: the text box, the model's name, send or stop. A permission question takes its place of honour
right above it.
"""

from __future__ import annotations

from satchel.agent.transcript import Question
from satchel.ui.announcements import PROMPT_ID, QUESTION_ID
from satchel.ui.tree import Tree, action, button, h, icon
from satchel.ui.views.tool_card import small_diff
from satchel.ui.views.tool_summary import text_field
from satchel.ui.visible import shorten, visible, workspace_path

_GUARD_MS = 500
_CAPABILITIES = {
    "read": ("eye", "Read the files of this workspace", "Nothing leaves this machine."),
    "write": (
        "edit",
        "Change files in the workspace",
        "This is a copy: your own folder stays as it is until you review and commit.",
    ),
    "exec": ("terminal", "Run a command", "It runs inside the workspace and nowhere else."),
    "net": ("globe", "Use the network", "Only for this address."),
}


def prompt(session_id: str, working: bool, model: str, has_project: bool) -> Tree:
    """The form. What is typed lives on the page (`draft`), so it survives redrawing and reloading."""
    placeholder = "What should be done?" if has_project else "Choose a project first, or just ask"
    return h(
        "form",
        {"class": "prompt", "aria-label": "Task", "on": {"submit": action("prompt.submit", form=True)}},
        h(
            "draft",
            {
                "session": session_id,
                "id": PROMPT_ID,
                "name": "text",
                "class": "prompt-input",
                "rows": 1,
                "aria-label": "Your task",
                "aria-describedby": "prompt-keys",
                "placeholder": "Satchel is working. You can already write what comes next."
                if working
                else placeholder,
                "spellcheck": "true",
                "enterkeyhint": "enter",
            },
        ),
        h(
            "div",
            {"class": "prompt-bar"},
            h("span", {"class": "model"}, icon("spark"), _model_label(model)),
            h(
                "span",
                {"class": "prompt-keys", "id": "prompt-keys"},
                h("kbd", {}, "Enter"),
                " to send, ",
                h("kbd", {}, "Shift Enter"),
                " for a new line",
            ),
            button(
                "Stop", action("turn.cancel"), icon_name="stop", kind="stop", title="Stop this turn (Escape)"
            )
            if working
            else h(
                "button",
                {"type": "submit", "class": "button primary send"},
                icon("send"),
                h("span", {}, "Send"),
            ),
        ),
    )


def _model_label(model: str) -> str:
    return "Demo (scripted)" if model in ("", "demo") else visible(model)


def question(questions: tuple[Question, ...]) -> Tree:
    """The oldest open question. Its buttons ignore what comes in the first half second: that was meant for something
    else."""
    if not questions:
        return h("div", {"class": "no-question"})
    asked = questions[0]
    icon_name, title, note = _CAPABILITIES.get(asked.capability, ("shield", visible(asked.prompt), ""))
    more = f"1 of {len(questions)}" if len(questions) > 1 else ""
    return h(
        "section",
        {
            "class": "question",
            "key": asked.id,
            "id": QUESTION_ID,
            "data-question": asked.capability,
            "role": "group",
            "tabindex": -1,
            "aria-labelledby": "question-title",
            "aria-describedby": "question-subject question-note",
            "on": {"keydown": [_answer(asked, key) for key in ("y", "a", "n")]},
        },
        h(
            "div",
            {"class": "question-head"},
            h("span", {"class": "question-icon"}, icon(icon_name)),
            h("h3", {"id": "question-title"}, f"{title}?"),
            h("span", {"class": "question-more"}, more) if more else None,
        ),
        h(
            "div",
            {"class": "question-subject", "id": "question-subject"},
            h("span", {"class": "question-tool"}, visible(asked.tool)),
            h("code", {}, _subject(asked)),
        ),
        _preview(asked),
        h("p", {"class": "question-note", "id": "question-note"}, note) if note else None,
        h(
            "div",
            {"class": "button-row"},
            _answer_button(asked, "y", "Allow once", "primary"),
            _answer_button(asked, "a", "Allow for this session", ""),
            _answer_button(asked, "n", "Deny", "danger"),
        ),
    )


def _subject(asked: Question) -> str:
    """A path as short as can be; a command whole and as it is, since it is what will run."""
    if asked.capability == "exec":
        return visible(asked.subject)
    return shorten(workspace_path(asked.subject), 2000)


def _preview(asked: Question) -> Tree | None:
    if asked.tool != "Edit":
        return None
    before = text_field(asked.input, "old_string", "oldString", "old")
    after = text_field(asked.input, "new_string", "newString", "new")
    return None if before == after else small_diff(before[:8000], after[:8000], "What Edit wants to change")


_ANSWERS = {"y": (True, "once"), "a": (True, "session"), "n": (False, "once")}


def _answer(
    asked: Question, key: str
) -> tuple[str, dict[str, str | bool], dict[str, list[str] | int | bool]]:
    allowed, lifetime = _ANSWERS[key]
    args: dict[str, str | bool] = {"id": asked.id, "allowed": allowed, "lifetime": lifetime}
    return ("question.answer", args, {"keys": [key], "guard": _GUARD_MS, "prevent": True})


def _answer_button(asked: Question, key: str, label: str, kind: str) -> Tree:
    name, args, _ = _answer(asked, key)
    return h(
        "button",
        {
            "class": f"button {kind}".rstrip(),
            "aria-keyshortcuts": key,
            "on": {"click": action(name, args, guard_ms=_GUARD_MS)},
        },
        label,
        " ",
        h("kbd", {"aria-hidden": "true"}, key),
    )

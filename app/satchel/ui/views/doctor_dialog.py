"""What this browser can do: each line tried, and shown as soon as it was."""

from __future__ import annotations

from satchel.runtime.doctor import Check
from satchel.ui.tree import Tree, action, button, h, hidden_text, icon
from satchel.ui.view_state import Examination
from satchel.ui.visible import visible


def view(examination: Examination) -> Tree:
    """The checks so far, in the order in which they came."""
    return h(
        "modal",
        {
            "key": "doctor",
            "class": "dialog",
            "aria-labelledby": "dialog-title",
            "on": {"toggle": action("dialog.close")},
        },
        h("h2", {"id": "dialog-title"}, "What this browser can do"),
        h("p", {"class": "doctor-summary"}, summary(examination)),
        h("ul", {"class": "doctor-checks"}, (_line(check) for check in examination.checks)),
        h(
            "div",
            {"class": "button-row end"},
            button("Try again", action("doctor.open"), icon_name="history") if examination.is_over else None,
            button("Close", action("dialog.close")),
        ),
    )


def summary(examination: Examination) -> str:
    """How it stands in one sentence."""
    failed = [check for check in examination.checks if not check.ok]
    if not examination.is_over:
        return "Trying it out. Each line is measured now, in this tab."
    if not failed:
        return "Everything works. Each line was measured just now, in this tab."
    missing = [check for check in failed if not check.optional]
    if not missing:
        return "Everything that is needed works; what is marked would be welcome."
    return f"{len(missing)} of {len(examination.checks)} do not work; the rest does."


def _line(check: Check) -> Tree:
    state = "ok" if check.ok else "optional" if check.optional else "missing"
    spoken = {"ok": "works: ", "optional": "missing, not needed: ", "missing": "does not work: "}[state]
    return h(
        "li",
        {"class": f"doctor-check doctor-{state}", "key": check.name},
        icon("check" if check.ok else "minus" if check.optional else "alert"),
        h(
            "div",
            {},
            h("p", {"class": "doctor-name"}, hidden_text(spoken), check.name[:1].upper() + check.name[1:]),
            h("p", {"class": "doctor-detail"}, visible(check.detail)) if check.detail else None,
            h("p", {"class": "doctor-remedy"}, visible(check.remedy)) if check.remedy else None,
        ),
    )

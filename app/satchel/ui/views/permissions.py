"""What the user has allowed and refused in this session, and the way to take it back."""

from __future__ import annotations

from collections.abc import Sequence

from satchel.permission.grant import EVERYTHING, Grant
from satchel.permission.request import Capability
from satchel.ui.tree import Tree, action, button, h
from satchel.ui.visible import visible

_WHAT = {
    Capability.READ: "Read files of the workspace",
    Capability.WRITE: "Change files of the workspace copy",
    Capability.EXEC: "Run commands in the workspace",
    Capability.NET: "Use the network",
    Capability.COMMIT: "Write to your folder",
}
_UNTIL = {"once": "once", "session": "for this session", "always": "always"}


def view(grants: Sequence[Grant]) -> Tree:
    """The dialog with every standing permission and refusal."""
    return h(
        "modal",
        {
            "key": "permissions",
            "class": "dialog",
            "aria-labelledby": "dialog-title",
            "on": {"toggle": action("dialog.close")},
        },
        h("h2", {"id": "dialog-title"}, "Permissions"),
        h(
            "p",
            {},
            _LEAD if grants else "Nothing is allowed or refused beyond a single use. Every use is asked.",
        ),
        h("ul", {"class": "grants"}, map(_row, grants)) if grants else None,
        h("div", {"class": "button-row end"}, button("Close", action("dialog.close"))),
    )


_LEAD = "These answers of yours stand. What you take back is asked again at its next use."


def _row(grant: Grant) -> Tree:
    what = _WHAT[grant.capability] + ("" if grant.scope == EVERYTHING else f": {visible(grant.scope)}")
    verdict = f"{'Allowed' if grant.allowed else 'Refused'} {_UNTIL[grant.lifetime]}"
    revoke = action("grant.revoke", {"capability": grant.capability.value, "scope": grant.scope})
    return h(
        "li",
        {"class": "grant", "key": f"{grant.capability.value} {grant.scope}"},
        h("span", {"class": "grant-what"}, what),
        h("span", {"class": "grant-verdict"}, verdict),
        button("Take back", revoke, aria_label=f"Take back: {what}"),
    )

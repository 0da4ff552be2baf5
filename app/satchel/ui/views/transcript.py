"""The conversation: turns with a heading each, so that a screen reader can go from task to task."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from satchel.agent.transcript import NoticeItem, TextItem, ToolItem, TranscriptItem
from satchel.ui.markdown import render_markdown
from satchel.ui.tree import Tree, h, icon, region
from satchel.ui.views import tool_card
from satchel.ui.visible import shorten

_NOTICE_LABELS = {"import": "Imported", "commit": "Committed", "discard": "Discarded"}
_NOTICE_ICONS = {
    "import": "folder",
    "commit": "commit",
    "discard": "undo",
    "cancelled": "stop",
    "max_steps": "alert",
    "error": "alert",
    "recovered": "history",
    "revoked": "lock",
}


def item_region(item_id: str) -> str:
    """The id of the region that holds one item."""
    return f"item:{item_id}"


def skeleton_key(items: Sequence[TranscriptItem]) -> str:
    """What the skeleton depends on: which items there are and which of them begin a turn."""
    return "\n".join(
        f"{'>' if isinstance(item, TextItem) and item.role == 'user' else ' '}{item.id}" for item in items
    )


def skeleton(key: str) -> Tree:
    """The turns with a slot for each item. Made from `skeleton_key`, so a streamed token does not touch it."""
    turns: list[tuple[str, list[Tree]]] = []
    for line in key.split("\n") if key else ():
        item_id = line[1:]
        if line[0] == ">" or not turns:
            turns.append((item_id, []))
        turns[-1][1].append(region(item_region(item_id)))
    return h(
        "pinned",
        {
            "id": "transcript",
            "class": "transcript",
            "role": "log",
            "aria-live": "off",
            "aria-label": "Conversation",
        },
        h(
            "div",
            {"class": "turns"},
            (h("section", {"class": "turn", "key": first}, slots) for first, slots in turns),
        ),
        region("activity"),
    )


def item_view(item: TranscriptItem, expanded: bool) -> Tree:
    """One item."""
    match item:
        case TextItem(role="user"):
            return _user_text(item)
        case TextItem():
            return _assistant_text(item)
        case ToolItem():
            return tool_card.view(item, expanded)
        case NoticeItem():
            return _notice(item)


def _user_text(item: TextItem) -> Tree:
    return h(
        "div",
        {"class": "user-text"},
        h("h3", {"class": "visually-hidden"}, f"You: {shorten(' '.join(item.text.split()), 80)}"),
        h("div", {"class": "user-bubble"}, item.text),
        h("time", {"class": "user-time", "datetime": _iso(item.ts)}, _iso(item.ts)[11:16])
        if item.ts
        else None,
    )


def _assistant_text(item: TextItem) -> Tree:
    return h(
        "div",
        {"class": "assistant-text streaming" if item.streaming else "assistant-text"},
        h("h4", {"class": "visually-hidden"}, "Satchel"),
        h("div", {"class": "prose"}, render_markdown(item.text)),
    )


def _notice(item: NoticeItem) -> Tree:
    label = _NOTICE_LABELS.get(item.kind)
    lines = [
        h("strong", {"class": "event-label"}, label) if label else None,
        h("span", {"class": "event-text"}, item.text),
    ]
    if item.detail:
        lines.append(
            h(
                "details",
                {"class": "event-detail"},
                h("summary", {}, "Details"),
                h(
                    "pre",
                    {"tabindex": 0, "aria-label": "Details"},
                    shorten(tool_card.visible_lines(item.detail), 4000),
                ),
            )
        )
    return h(
        "div", {"class": f"event event-{item.kind}"}, icon(_NOTICE_ICONS.get(item.kind, "history")), lines
    )


def activity(turn: str, streaming: bool) -> Tree:
    """The last line of a conversation while a turn runs."""
    if turn == "idle" or turn == "awaiting_approval" or streaming:
        return h("div", {"class": "activity"})
    text = "Running a tool" if turn == "running_tool" else "Thinking"
    return h("div", {"class": "activity active"}, h("span", {"class": "pulse", "aria-hidden": "true"}), text)


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")

"""The structure of single views: names, roles, states, and that nothing a stranger wrote can hide."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from satchel.agent.transcript import NoticeItem
from satchel.base.jsonvalue import JsonValue
from satchel.ui.view_state import Host
from satchel.ui.views import prompt, status_bar, tool_card, transcript
from satchel.ui.visible import shorten, size_text, visible, workspace_path
from tests.unit.ui.stand_in import Stage, elements, find, project_with_changes, question, text_of, tool, user


def controls(tree: JsonValue) -> list[tuple[str, str]]:
    """Every control with its accessible name."""
    found = []
    for element in elements(tree):
        tag, props, _ = element
        if tag in ("button", "a"):
            found.append((tag, str(props.get("aria-label") or text_of(element)).strip()))
        if tag in ("input", "draft", "progress", "textarea"):
            found.append((tag, str(props.get("aria-label") or props.get("id", ""))))
    return found


async def open_dialog(stage: Stage, name: str) -> None:
    await stage.act(name, id=stage.service.session.session_id)


@pytest.mark.parametrize(
    "dialog", ["", "help.open", "import.open", "session.ask-rename", "session.ask-delete"]
)
async def test_every_control_has_a_name(dialog: str) -> None:
    stage = Stage(project_with_changes())
    stage.service.show(items=(user("Go"), tool("Edit", input={"file_path": "a"})), questions=(question(),))
    if dialog:
        await open_dialog(stage, dialog)
    nameless = [control for tree in stage.regions().values() for control in controls(tree) if not control[1]]
    assert nameless == []


async def test_ids_are_unique() -> None:
    stage = Stage(project_with_changes())
    stage.service.show(items=(user("Go"),), questions=(question(),))
    await stage.act("help.open")
    ids = [
        props["id"]
        for tree in stage.regions().values()
        for tag, props, _ in elements(tree)
        if "id" in props and tag != "region"
    ]
    assert len(ids) == len(set(ids))


def test_headings_never_skip_a_level() -> None:
    stage = Stage(project_with_changes())
    stage.service.show(items=(user("Go"),))
    levels = {
        int(tag[1])
        for tree in stage.regions().values()
        for tag, _, _ in elements(tree)
        if tag in ("h1", "h2", "h3", "h4")
    }
    assert levels >= {1, 2, 3}


def test_a_question_shows_what_exactly_is_asked() -> None:
    tree = prompt.question((question(subject="/workspace/a\u202egnp.exe", tool="Wr\u200bite"),))
    assert "a\\u202egnp.exe" in text_of(tree)
    assert "Wr\\u200bite" in text_of(tree)


def test_a_question_is_answered_by_keys_and_guarded_buttons() -> None:
    tree = prompt.question((question(),))
    keys = tree[1]["on"]["keydown"]  # type: ignore[index, call-overload]
    assert [options["keys"] for _, _, options in keys] == [["y"], ["a"], ["n"]]
    buttons = find(tree, "button")
    assert [text_of(button).split()[0] for button in buttons] == ["Allow", "Allow", "Deny"]
    assert all(button[1]["on"]["click"][2]["guard"] >= 400 for button in buttons)  # type: ignore[index, call-overload]


def test_only_the_oldest_question_is_shown() -> None:
    assert "1 of 2" in text_of(prompt.question((question(1), question(2))))


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (
            tool("Read", input={"file_path": "/workspace/a.py"}, output={"content": "1\n2\n"}),
            ["Read", "a.py", "2 lines"],
        ),
        (
            tool("Grep", input={"query": "x+", "path": "src"}, output={"total_matches": 1, "matches": []}),
            ["x+ in src", "1 match"],
        ),
        (tool("Glob", input={"pattern": "**/*.py"}, output={"count": 3}), ["**/*.py", "3 files"]),
        (tool("Write", input={"file_path": "b"}, output={"bytes_written": 1500}), ["Write", "1.5 kB"]),
        (
            tool(
                "Command", input={"argv": ["ls", "a b"]}, output={"exitCode": 2, "stdout": "", "stderr": "no"}
            ),
            ["Run", "ls 'a b'", "exit 2", "Error output", "no"],
        ),
        (
            tool(
                "Command",
                input={"argv": ["cat"], "cwd": "/tmp", "stdin": "a\nb"},
                output={"exitCode": 0, "stdout": "\\xff", "stdoutFile": "/tmp/raw"},
            ),
            ["cat", "exit 0", "Not all of it is text. All of it: /tmp/raw"],
        ),
        (
            tool(
                "Command",
                input={"pipeline": [["cat", "x"], ["wc"]]},
                output={
                    "exitCode": 137,
                    "cause": "wall",
                    "stdout": "1\n2\u001b[m\x00\n",
                    "stdoutFile": "/tmp/o",
                    "stdoutBytes": 5000,
                    "durationMs": 65_000,
                    "detail": "it took too long",
                },
            ),
            [
                "cat x | wc",
                "exit 137 · out of time · 1 min 5 s",
                "1\n2\\x00",
                "Only the beginning of 5.0 kB. All of it: /tmp/o",
                "it took too long",
            ],
        ),
        (tool("Command", state="running", input={"argv": ["make"]}), ["make", "running"]),
        (tool("Command", input={"argv": "ls", "pipeline": 3}, output={"exitCode": "x"}), ["Run"]),
        (tool("Edit", state="error", input={"file_path": "b"}, error="Not found."), ["failed", "Not found."]),
        (tool("Odd\u202e", input={"n": 1, "what": "this"}), ["Odd\\u202e", "this"]),
        (tool("Read", state="denied", input={}), ["denied"]),
        (tool("Glob", input={"pattern": 3}, output="text"), ["Find files"]),
    ],
)
def test_tool_cards_say_what_happened(item: object, words: list[str]) -> None:
    for expanded in (False, True):
        text = text_of(tool_card.view(item, expanded))  # type: ignore[arg-type]
        assert [word for word in words if word not in text] == []


def test_an_edit_shows_the_lines_that_differ() -> None:
    item = tool("Edit", input={"file_path": "a", "old_string": "a\nb\nc", "new_string": "a\nB\nc"}, output={})
    tree = tool_card.view(item, False)
    assert [text_of(row).split()[-1] for row in find(tree, "div", class_="diff-removed")] == ["b"]
    assert [text_of(row).split()[-1] for row in find(tree, "div", class_="diff-added")] == ["B"]


def test_a_huge_output_is_cut() -> None:
    item = tool("Read", input={}, output={"content": "x" * 1_000_000})
    assert len(text_of(tool_card.view(item, True))) < 10_000


def test_workspace_events_are_in_the_conversation() -> None:
    tree = transcript.item_view(NoticeItem("n", "commit", "1 change written to x.", "written: a"), False)
    assert "Committed" in text_of(tree)
    assert find(tree, "details")


def test_memory_only_is_said_plainly() -> None:
    text = text_of(status_bar.view(Host(storage="memory", offline=True), "idle", 3, "abcdef0123", "", ""))
    assert "gone when this tab closes" in text
    assert "Offline" in text
    assert "abcdef01" in text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain.py", "plain.py"),
        ("grüße 世界 🎒", "grüße 世界 🎒"),
        ("a\nb", "a\\x0ab"),
        ("\udcff", "\\xff"),
        ("\ud800", "\\ud800"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_hidden_characters_are_shown(given: str, shown: str) -> None:
    assert visible(given) == shown


def test_texts() -> None:
    assert [size_text(n) for n in (0, 999, 1500, 250_000, 3_400_000)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "250 kB",
        "3.4 MB",
    ]
    assert shorten("abcdef", 4) == "abc…"
    assert workspace_path("/workspace/a/b") == "a/b"


@pytest.mark.parametrize("view", [prompt.question, transcript.skeleton])
def test_views_are_pure(view: Callable[..., object]) -> None:
    argument = "" if view is transcript.skeleton else ()
    assert view(argument) == view(argument)


def test_an_open_command_card_has_the_line_as_typed_and_all_of_its_input() -> None:
    item = tool(
        "Command",
        input={"pipeline": [["cat", "a b"], ["wc", "-l"]], "cwd": "/tmp", "limits": {"timeoutMs": 5}},
        output={"exitCode": 0, "stdout": "\x1b[1m1\x1b[m\n", "stderr": "oh", "stderrBytes": 9000},
    )
    card = tool_card.view(item, True)
    text = text_of(card)
    assert "cat 'a b' | wc -l" in text and "cwd: /tmp" in text and '"timeoutMs":5' in text
    assert "Only the beginning of 9.0 kB. The rest could not be kept." in text
    assert [name for tag, name in controls(card) if name.startswith("Copy")] == [
        "Copy command",
        "Copy output",
        "Copy error output",
    ]

"""Editing a line: what the keys do to it, and what is then seen on a screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from satchel.runtime.completion import Completion
from satchel.runtime.line_editor import EndOfInput, Entered, LineEditor
from tests.unit.runtime.screen_model import ScreenModel

LEFT, RIGHT, UP, DOWN = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B"
HOME, END, DELETE, BACKSPACE = "\x1b[H", "\x1b[F", "\x1b[3~", "\x7f"


class Typist:
    """An editor, and the screen that it draws on."""

    def __init__(self, columns: int = 20, completion: Completion | None = None) -> None:
        self.asked: list[str] = []

        def complete(before: str) -> Completion:
            self.asked.append(before)
            return completion or Completion()

        self.editor = LineEditor(complete, columns)
        self.screen = ScreenModel(columns)
        self.begin()

    def begin(self) -> None:
        self.editor.begin("\x1b[1m$\x1b[0m ")
        self.screen.write(self.editor.take_output())

    def type(self, keys: str) -> Entered | EndOfInput | None:
        outcome = self.editor.feed(keys)
        self.screen.write(self.editor.take_output())
        return outcome

    def line(self, keys: str) -> str:
        outcome = self.type(keys + "\r")
        assert isinstance(outcome, Entered)
        return outcome.line


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("abc", "abc"),
        (f"ac{LEFT}b", "abc"),
        (f"bc{HOME}a{END}d", "abcd"),
        (f"abcx{BACKSPACE}", "abc"),
        (f"xabc{HOME}{DELETE}", "abc"),
        ("abc x y\x17\x17", "abc "),
        (f"one two{LEFT * 3}\x0b", "one "),
        (f"one two{LEFT * 3}\x15", "two"),
        ("one two\x17\x01\x19", "twoone "),
        ("one two\x1bbX\x1bfY", "one XtwoY"),
        (f"one two{HOME}\x1b[1;5CX", "oneX two"),
        (f"a{LEFT * 5}{RIGHT * 9}b", "ab"),
        (BACKSPACE + DELETE + "a", "a"),
        ("e\u0301x" + LEFT + BACKSPACE, "x"),
        ("a\x1b[99~\x1b[200~b\x1bOPc\x07", "abc"),
    ],
)
def test_keys(keys: str, line: str) -> None:
    assert Typist().line(keys) == line


def test_a_line_ends_at_enter_and_the_rest_is_given_back() -> None:
    assert Typist().type("one\rtwo\r") == Entered("one", "two\r")


def test_the_end_of_input_is_only_on_an_empty_line() -> None:
    typist = Typist()
    assert typist.type("ab\x01\x04") is None
    assert typist.line("") == "b"
    typist.begin()
    assert typist.type("\x04") == EndOfInput()


def test_the_history_keeps_what_is_being_written() -> None:
    typist = Typist()
    for line in ("one", "two", "two", "  "):
        typist.line(line)
        typist.begin()
    assert typist.editor.history == ["one", "two"]
    assert typist.line(f"new{UP}{UP}{UP}{DOWN}{DOWN}{DOWN}er") == "newer"
    typist.begin()
    assert typist.line(f"{UP}{UP}{UP}!") == "one!"


def test_ctrl_c_leaves_the_line_and_ctrl_l_clears_the_screen() -> None:
    typist = Typist()
    typist.type("half\x03")
    assert typist.screen.text == ["$ half^C", "$"]
    typist.type("next\x0c")
    assert typist.screen.text == ["$ next"]
    assert typist.line("!") == "next!"


def test_a_plain_key_at_the_end_is_a_plain_echo() -> None:
    typist = Typist()
    typist.editor.feed("a")
    assert typist.editor.take_output() == "a"


def test_a_long_line_goes_on_below_and_comes_back() -> None:
    typist = Typist(columns=10)
    typist.type("abcdefghijkl")
    assert typist.screen.text == ["$ abcdefgh", "ijkl"]
    typist.type(LEFT * 6 + "X")
    assert typist.screen.text == ["$ abcdefXg", "hijkl"]
    typist.type(BACKSPACE * 5)
    assert typist.screen.text == ["$ abghijkl", ""]
    assert typist.line("") == "abghijkl"


def test_another_width() -> None:
    typist = Typist(columns=20)
    typist.type("abcdefghijkl")
    typist.editor.resize(10)
    redrawn = ScreenModel(10)
    redrawn.write("\n")
    redrawn.write(typist.editor.take_output())
    assert redrawn.text == ["$ abcdefgh", "ijkl"]


def test_completion_inserts_or_lists_or_rings() -> None:
    typist = Typist(completion=Completion("lete "))
    assert typist.line("comp x\x01\x06\x06\x06\x06\t") == "complete  x"
    assert typist.asked == ["comp"]
    typist = Typist(columns=14, completion=Completion("", ("one", "two", "three")))
    typist.type("ab\x02\t")
    assert typist.screen.text == ["$ ab", "one    three", "two", "$ ab"]
    assert typist.line("X") == "aXb"
    typist = Typist()
    typist.editor.feed("\t")
    assert "\a" in typist.editor.take_output()


KEYS = st.sampled_from(
    [
        "a",
        "b ",
        "é",
        "漢",
        "e\u0301",
        LEFT,
        RIGHT,
        HOME,
        END,
        BACKSPACE,
        DELETE,
        "\x17",
        "\x0b",
        "\x19",
        "\x1bb",
        UP,
        DOWN,
    ]
)


@given(st.lists(KEYS, max_size=60), st.integers(4, 12))
def test_what_is_seen_is_the_line(keys: list[str], columns: int) -> None:
    typist = Typist(columns)
    typist.editor.history = ["漢字 and a line that is long"]
    typist.begin()
    typist.type("".join(keys))
    fresh = Typist(columns)
    fresh.editor.history = typist.editor.history
    outcome = typist.editor.feed("\r")
    assert isinstance(outcome, Entered)
    fresh.type(outcome.line)
    assert [row for row in typist.screen.text if row] == [row for row in fresh.screen.text if row]

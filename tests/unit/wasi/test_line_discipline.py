"""What keys become, by the rules of XBD 11 as far as a terminal here has them."""

from __future__ import annotations

import pytest

from satchel.wasi.abi import Signal, TerminalMode
from satchel.wasi.line_discipline import ALL_MODES, LineDiscipline


class _Terminal:
    def __init__(self, without: int = 0) -> None:
        self.screen = bytearray()
        self.signals: list[Signal] = []
        self.line = LineDiscipline(self.screen.extend, self.signals.append)
        self.line.set_mode(ALL_MODES & ~without)

    def read_all(self) -> list[bytes]:
        found = []
        while self.line.can_read and not self.line.is_hung_up:
            found.append(self.line.read(100))
        return found


@pytest.mark.parametrize(
    ("keys", "read", "screen"),
    [
        (b"ab\r", [b"ab\n"], b"ab\r\n"),
        (b"ab\ncd\n", [b"ab\n", b"cd\n"], b"ab\r\ncd\r\n"),
        (b"unfinished", [], b"unfinished"),
        (b"ab\x7fc\n", [b"ac\n"], b"ab\b \bc\r\n"),
        (b"\x7f\x7fa\n", [b"a\n"], b"a\r\n"),
        (b"abc\x15d\n", [b"d\n"], b"abc" + b"\b \b" * 3 + b"d\r\n"),
        (b"one two  \x17x\n", [b"one x\n"], b"one two  " + b"\b \b" * 5 + b"x\r\n"),
        (b"ab\x04", [b"ab"], b"ab"),
        (b"\x04", [b""], b""),
        (b"\x01\n", [b"\x01\n"], b"^A\r\n"),
        (b"\x01\x7fa\n", [b"a\n"], b"^A" + b"\b \b" * 2 + b"a\r\n"),
        ("ü\x7fa\n".encode(), [b"a\n"], "ü\b \ba\r\n".encode()),
        (b"\t\n", [b"\t\n"], b"\t\r\n"),
    ],
)
def test_canonical_mode(keys: bytes, read: list[bytes], screen: bytes) -> None:
    terminal = _Terminal()
    terminal.line.type(keys)
    assert terminal.read_all() == read
    assert bytes(terminal.screen) == screen


def test_a_line_is_read_in_parts() -> None:
    terminal = _Terminal()
    terminal.line.type(b"abcd\n")
    assert [terminal.line.read(3), terminal.line.read(3), terminal.line.read(3)] == [b"abc", b"d\n", b""]


def test_a_line_has_a_limit_but_always_an_end() -> None:
    terminal = _Terminal()
    terminal.line.type(b"x" * 5000 + b"\n")
    assert b"".join(terminal.read_all()) == b"x" * 4095 + b"\n"


def test_a_suspend_key_stops_nothing_and_is_no_input() -> None:
    terminal = _Terminal()
    terminal.line.type(b"ab\x1acd\n")
    assert terminal.read_all() == [b"cd\n"]
    assert bytes(terminal.screen) == b"ab^Z\r\ncd\r\n"
    assert terminal.signals == []


@pytest.mark.parametrize(("key", "signal"), [(b"\x03", Signal.INT), (b"\x1c", Signal.QUIT)])
def test_signals_throw_away_what_was_typed(key: bytes, signal: Signal) -> None:
    terminal = _Terminal()
    terminal.line.type(b"line\nrest" + key)
    assert terminal.signals == [signal]
    assert not terminal.line.can_read
    assert _Terminal(TerminalMode.ISIG).signals == []


def test_without_signals_the_keys_are_input() -> None:
    terminal = _Terminal(TerminalMode.ISIG)
    terminal.line.type(b"\x03\n")
    assert (terminal.signals, terminal.read_all()) == ([], [b"\x03\n"])


def test_without_canonical_mode_every_byte_is_there_at_once() -> None:
    terminal = _Terminal(TerminalMode.ICANON | TerminalMode.ECHO)
    terminal.line.type(b"a\x7f\x04\r")
    assert terminal.read_all() == [b"a\x7f\x04\n"]
    assert bytes(terminal.screen) == b""


def test_leaving_canonical_mode_gives_the_line_begun() -> None:
    terminal = _Terminal()
    terminal.line.type(b"ab")
    terminal.line.set_mode(ALL_MODES & ~TerminalMode.ICANON)
    assert terminal.read_all() == [b"ab"]


def test_carriage_returns_and_newlines_are_left_alone_when_asked() -> None:
    terminal = _Terminal(TerminalMode.ICRNL | TerminalMode.OPOST | TerminalMode.ECHO)
    terminal.line.type(b"a\rb\n")
    terminal.line.write(b"x\ny")
    assert (terminal.read_all(), bytes(terminal.screen)) == ([b"a\rb\n"], b"x\ny")


def test_hanging_up_is_the_end_after_what_was_typed() -> None:
    terminal = _Terminal()
    terminal.line.type(b"ab\n")
    terminal.line.is_hung_up = True
    assert [terminal.line.read(10), terminal.line.read(10)] == [b"ab\n", b""]
    assert terminal.line.can_read

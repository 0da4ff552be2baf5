"""Patterns that make a backtracking engine run for years, on 100 kB lines.

The bound is counted in steps of the automaton; the wall clock is only a generous second fence, because the
standard engine's share of the work is not counted in steps.
"""

from __future__ import annotations

import random
import time

import pytest

from satchel.tools.linear_regex import PatternError, compile_pattern
from satchel.tools.linear_regex.lazy_dfa import LazyDfa
from satchel.tools.linear_regex.line_pattern import MAX_EXPANDED_SIZE

SIZE = 100_000
WALL_SECONDS = 20

CATASTROPHIC = [
    (r"^(a+)+$", "a" * SIZE + "b", False),
    (r"(a+)+$", "a" * SIZE + "b", False),
    (r"^(a|a)*b", "a" * SIZE, False),
    (r"^(a|a)*[bc]", "a" * SIZE, False),
    (r"^(a|aa)+$", "a" * SIZE + "!", False),
    (r"^(a|aa)+$", "a" * SIZE, True),
    (r"(.*)*x", "y" * SIZE, False),
    (r"^(.*)*[xz]$", "y" * SIZE, False),
    (r"^\s*\s*\s*\s*[xz]", " " * SIZE, False),
    (r"a\s*\s*\s*\s*[xz]", "a" + " " * SIZE, False),
    (r"x\w+\(", "x" * SIZE, False),
    (r"def \w+\(.*\):", "def f(" * (SIZE // 6) + ")", False),
    (r"([a-z]+)*[0-9]:", "a" * SIZE, False),
    (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * SIZE, False),
    (r"^(a?){400}[bc]", "a" * SIZE, False),
    (r"(a?){300}a{300}[bc]", "a" * SIZE, False),
    (r"^((a{1,5}){1,5}){1,5}$", "a" * SIZE, False),
    (r"(x+x+)+[yz]", "x" * SIZE, False),
    (r"\b(\w+\b\s*)+[;:]", "word " * (SIZE // 5), False),
    (r"(\w+\s*=\s*)*\w+!", "a = " * (SIZE // 4), False),
    (r"(.*,){12}[PQ]", "1,2,3,4,5," * (SIZE // 10), False),
    (r"[ab].{400}[cd]", "ab" * (SIZE // 2), False),
    (r"(|a|b)*(|a|b)*(|a|b)*[cd]", "ab" * (SIZE // 2), False),
    (r"((((a*)*)*)*)*[bc]", "a" * SIZE, False),
    (r"(?i)(ſ|s|S)*[xy]", "Sſs" * (SIZE // 3), False),
]


@pytest.mark.parametrize(("pattern", "line", "expected"), CATASTROPHIC)
def test_catastrophic_pattern_takes_linear_steps(pattern: str, line: str, expected: bool) -> None:
    started = time.monotonic()
    compiled = compile_pattern(pattern, ignore_case=False)
    assert compiled.matches(line) is expected
    assert compiled.steps <= (len(line) + 1) * (2 + MAX_EXPANDED_SIZE // 8)
    assert time.monotonic() - started < WALL_SECONDS


@pytest.mark.parametrize("length", [10_000, 20_000, 40_000])
def test_steps_grow_with_the_text_only(length: int) -> None:
    """An ambiguous pattern costs one step for a character, whatever the length, once its states are known."""
    compiled = compile_pattern(r"^(a|a|aa)*(a*)*[bc]$", ignore_case=False)
    assert not compiled.matches("a" * length)
    assert length <= compiled.steps <= length + 100


def test_worst_case_without_any_reuse_of_states_stays_within_the_bound() -> None:
    """A random text makes nearly every character a state never seen before."""
    rng = random.Random(7)
    line = "".join(rng.choice("xab") for _ in range(20_000))
    compiled = compile_pattern("(x.{480}[cd]|x.{460}[ef])", ignore_case=False)
    started = time.monotonic()
    assert not compiled.matches(line)
    assert len(line) * 50 < compiled.steps <= len(line) * (2 + MAX_EXPANDED_SIZE // 8)
    assert time.monotonic() - started < WALL_SECONDS


def test_memory_of_states_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(7)
    line = "".join(rng.choice("xab") for _ in range(5_000))
    compiled = compile_pattern("^.*x.{100}[cd]$", ignore_case=False)
    peak = 0
    original = LazyDfa.transition

    def observed(self: LazyDfa, *args: object) -> object:
        nonlocal peak
        peak = max(peak, self.remembered)
        return original(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(LazyDfa, "transition", observed)
    monkeypatch.setattr(compiled._dfa, "_max_remembered", 500)
    assert not compiled.matches(line)
    assert 400 < peak <= 502


def test_forgetting_states_does_not_change_results() -> None:
    rng = random.Random(3)
    lines = ["".join(rng.choice("abx ") for _ in range(60)) for _ in range(300)]
    roomy = compile_pattern(r"\b(a|b)*x(.{3}|ab+) *[ab]x$", ignore_case=False)
    cramped = compile_pattern(r"\b(a|b)*x(.{3}|ab+) *[ab]x$", ignore_case=False)
    cramped._dfa._max_remembered = 3
    expected = [roomy.matches(line) for line in lines]
    assert any(expected)
    assert [cramped.matches(line) for line in lines] == expected


@pytest.mark.parametrize(
    "pattern",
    ["x(a{1,100}){1,100}y", "x((((b{9}){9}){9}){9}){9}y", "x.{999999999}y", "x(()){5000}y", "x(?:a|b){501}y"],
)
def test_an_oversized_pattern_is_refused_before_it_is_expanded(pattern: str) -> None:
    started = time.monotonic()
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern, ignore_case=False)
    assert caught.value.code == "pattern.too_large"
    assert "1,000" in str(caught.value)
    assert "Lower the repetition counts" in caught.value.remedy
    assert time.monotonic() - started < 1

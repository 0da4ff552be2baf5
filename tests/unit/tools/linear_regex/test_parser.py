"""The pattern dialect: what is accepted beyond `re`, what is refused, and how the refusal reads."""

from __future__ import annotations

import pytest

from satchel.tools.linear_regex import PatternError, compile_pattern


@pytest.mark.parametrize(
    ("pattern", "construct", "position"),
    [
        (r"(a)\1", r"backreference \1", 3),
        (r"(?P<x>a)(?P=x)", "backreference (?P=name)", 8),
        (r"a(?=b)", "look-ahead", 1),
        (r"a(?!b)", "negative look-ahead", 1),
        (r"(?<=a)b", "look-behind", 0),
        (r"(?<!a)b", "negative look-behind", 0),
        (r"(?>a+)b", "atomic group", 0),
        (r"a++b", "possessive quantifier", 2),
        (r"(a)?(?(1)b|c)", "conditional group", 4),
        (r"\k<x>", r"backreference \k", 0),
    ],
)
def test_irregular_constructs_are_refused_by_name(pattern: str, construct: str, position: int) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern, ignore_case=False)
    assert caught.value.code == "pattern.unsupported"
    assert construct in caught.value.message
    assert repr(pattern) in caught.value.message
    assert caught.value.position == position
    assert len(caught.value.remedy) > 20


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(a", "missing ')'"),
        ("a)", "unbalanced parenthesis"),
        ("[a", "missing ']'"),
        ("[]", "missing ']'"),
        ("[^]", "missing ']'"),
        ("[a-", "missing ']'"),
        ("[a\\", "backslash"),
        ("*a", "nothing to repeat"),
        ("a|*", "nothing to repeat"),
        ("^*", "nothing to repeat"),
        ("{3}", "nothing to repeat"),
        ("a**", "multiple repeat"),
        ("a*{3}", "multiple repeat"),
        ("a{3,2}", "minimum exceeds"),
        ("[z-a]", "bad range z-a"),
        (r"[\d-x]", r"bad range \d-x"),
        ("a\\", "backslash"),
        (r"\y", r"unknown escape \y"),
        (r"\x4", r"bad \x escape"),
        (r"\u{110000}", r"bad \u escape"),
        (r"\pL", r"\p{...} is not supported"),
        ("(?x)a", "inline flag 'x'"),
        ("(?", "unknown group kind"),
        ("(?&a)", "unknown group kind"),
        ("(?#a", "missing ')'"),
        ("[[:nope:]]", "unknown class [:nope:]"),
        (r"a\nb", r"\n in the pattern"),
        ("a\nb", "line break in the pattern"),
        (r"\x0a", r"\n in the pattern"),
        ("(" * 101 + ")" * 101, "nest too deeply"),
    ],
)
def test_syntax_errors_name_problem_place_and_remedy(pattern: str, problem: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern, ignore_case=False)
    assert caught.value.code == "pattern.syntax"
    assert problem in caught.value.message
    assert f"at offset {caught.value.position}" in caught.value.message
    assert 0 <= caught.value.position <= len(pattern)
    assert caught.value.remedy


def test_a_long_pattern_is_cut_in_the_message() -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern("(" + "x" * 5_000, ignore_case=False)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("pattern", "hits", "misses"),
    [
        ("[[:alpha:]_]+[[:digit:]]", ["x9", "a_1"], ["9", ":9"]),
        ("^[^[:space:]]+$", ["ab"], ["a b"]),
        ("^[[:punct:]]$", list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"), ["a", " "]),
        (r"(?<name>a)b", ["ab"], ["a b"]),
        (r"(?P<name>a)b", ["ab"], ["b"]),
        (r"\x{1F600}", ["😀"], ["x"]),
        (r"\u20AC\U0001F600", ["€😀"], ["€"]),
        (r"a\z", ["ba"], ["ab"]),
        (r"\Aa\Z", ["a"], ["ba", "ab"]),
        (r"(?i)abc", ["aBc"], ["ab"]),
        (r"a(?i:b)c", ["abc", "aBc"], ["Abc", "abC"]),
        (r"(?i)a(?-i:b)c", ["AbC"], ["aBc"]),
        (r"(a(?i)b)c", ["aBc"], ["abC", "Abc"]),
        (r"(?s)a.b(?m)", ["a b"], ["ab"]),
        (r"a(?#comment)+", ["aa"], ["b"]),
        (r"[\b]", ["\b"], ["b"]),
        (r"\0\a\f\v\t", ["\0\a\f\v\t"], ["0"]),
        (r"\07", ["\7"], ["7"]),
        ("a{,}b", ["a{,}b"], ["aab"]),
        ("a{x}", ["a{x}"], ["ax"]),
        ("x{", ["x{"], ["x"]),
        ("]}", ["]}"], ["]"]),
        ("[]a]b", ["]b", "ab"], ["b"]),
        ("[a-]", ["-", "a"], ["b"]),
        (r"[+--]", ["+", ",", "-"], ["."]),
        (r"[&&||~~[]", ["&", "|", "~", "["], ["a"]),
        (r"\<\/\ \#", ["</ #"], ["/"]),
        ("a||b", ["", "a"], []),
        ("()", [""], []),
    ],
)
def test_dialect(pattern: str, hits: list[str], misses: list[str]) -> None:
    compiled = compile_pattern(pattern, ignore_case=False)
    assert [line for line in hits if not compiled.matches(line)] == []
    assert [line for line in misses if compiled.matches(line)] == []


def test_nesting_up_to_the_limit_works() -> None:
    assert compile_pattern("(" * 100 + "a" + ")*" * 100 + "b", ignore_case=False).matches("aab")

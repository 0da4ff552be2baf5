"""Lines of the terminal's prompt: what they mean, and that what needs a shell is named."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from satchel.base.errors import InputError
from satchel.runtime.command_line import Unfinished, parse, unfinished_word


@pytest.mark.parametrize(
    ("line", "programs"),
    [
        ("", ()),
        ("  \t ", ()),
        ("ls -l  /tmp", (("ls", "-l", "/tmp"),)),
        ("a|b | c", (("a",), ("b",), ("c",))),
        ("echo 'a b' \"c d\" e\\ f", (("echo", "a b", "c d", "e f"),)),
        ("echo a'b'\"c\"d", (("echo", "abcd"),)),
        ("echo '' \"\"", (("echo", "", ""),)),
        (r"""echo "\$ \` \" \\ \n" '\$' """, (("echo", '$ ` " \\ \\n', "\\$"),)),
        (r"echo \| \> \* \$ \'", (("echo", "|", ">", "*", "$", "'"),)),
        ("find . -name '*.py'", (("find", ".", "-name", "*.py"),)),
        ("[ -f x ]", (("[", "-f", "x", "]"),)),
        ("tr [a-z", (("tr", "[a-z"),)),
        ("echo a=b a~ a#b {}", (("echo", "a=b", "a~", "a#b", "{}"),)),
        ("'if' 'FOO=1' \\!", (("if", "FOO=1", "!"),)),
    ],
)
def test_words_and_pipes(line: str, programs: tuple[tuple[str, ...], ...]) -> None:
    assert parse(line) == programs


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("a > b", "> is a redirection"),
        ("a 2>> b", ">> is a redirection"),
        ("a < b", "< is a redirection"),
        ("a << b", "<< is a here-document"),
        ("a && b", "&& is an AND-OR list"),
        ("a || b", "|| is an AND-OR list"),
        ("a |& b", "|& is a pipe of both outputs"),
        ("a &", "& is a command in the background"),
        ("a; b", "; is a list of commands"),
        ("(a)", "( is a subshell"),
        ("echo $HOME", "$ is an expansion"),
        ('echo "$HOME"', "$ is an expansion"),
        ("echo $(a)", "$( is a command substitution"),
        ('echo "`a`"', "` is a command substitution"),
        ("ls *.py", "* is a wildcard"),
        ("ls a?", "? is a wildcard"),
        ("ls [ab]", "[ is a wildcard"),
        ("cd ~/x", "~ is the home directory's short name"),
        ("# note", "# is a comment"),
        ("FOO=1 a", "FOO= is an assignment"),
        ("while a", "while is a compound command"),
        ("! a", "! is a compound command"),
        ("a | if", "if is a compound command"),
        ("a \\", "\\ is a line that goes on"),
    ],
)
def test_what_needs_a_shell_is_refused_by_name(line: str, named: str) -> None:
    with pytest.raises(InputError) as refused:
        parse(line)
    assert refused.value.code == "terminal.needs_shell"
    assert named in refused.value.message


@pytest.mark.parametrize("line", ["'a", 'a "b', "a |", "| a", "a | | b"])
def test_what_is_not_complete(line: str) -> None:
    with pytest.raises(InputError) as refused:
        parse(line)
    assert refused.value.code == "terminal.incomplete"


@example([["="], ["if"]])
@given(
    st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1), min_size=1)
)
def test_what_was_quoted_for_a_shell_is_read_as_it_was(programs: list[list[str]]) -> None:
    # shlex quotes neither reserved words nor assignments, which a path can not be.
    programs = [[f"/{words[0]}", *words[1:]] for words in programs]
    assert parse(" | ".join(map(shlex.join, programs))) == tuple(map(tuple, programs))


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("", Unfinished("", 0, "", True)),
        ("ca", Unfinished("ca", 0, "", True)),
        ("cat ", Unfinished("", 4, "", False)),
        ("cat a\\ b", Unfinished("a b", 4, "", False)),
        ("cat 'a b", Unfinished("a b", 4, "'", False)),
        ('cat x"a b', Unfinished("xa b", 4, '"', False)),
        ("cat x |", Unfinished("", 7, "", True)),
        ("cat *x", Unfinished("*x", 4, "", False)),
    ],
)
def test_the_word_being_typed(line: str, word: Unfinished) -> None:
    assert unfinished_word(line) == word

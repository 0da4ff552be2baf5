"""Sizes of code as the house rules count them: lines that bear tokens, so comments and docstrings are free."""

from __future__ import annotations

import ast
import io
import re
import tokenize

_NOT_CODE = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
    }
)
_NESTING = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
_JS_TEXT = re.compile(
    r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|//[^\n]*|/\*.*?\*/""", re.DOTALL
)

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def code_lines(source: str) -> set[int]:
    """Numbers of the lines of Python that bear code."""
    prose = _docstring_lines(ast.parse(source))
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NOT_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines - prose


def definitions(tree: ast.Module) -> list[Definition]:
    """Every class and function at any depth."""
    return [node for node in ast.walk(tree) if isinstance(node, Definition)]


def size_of(node: Definition, lines: set[int]) -> int:
    """Code lines of one definition, decorators not counted."""
    assert node.end_lineno is not None
    return sum(1 for line in range(node.lineno, node.end_lineno + 1) if line in lines)


def nesting_of(node: ast.AST) -> int:
    """How deep blocks nest inside a function; an `elif` is no deeper than its `if`."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            continue
        deepest = max(
            deepest, nesting_of(child) + (isinstance(child, _NESTING) and not _is_elif(node, child))
        )
    return deepest


def javascript_lines(source: str) -> int:
    """Lines of JavaScript that bear code."""
    without_comments = _JS_TEXT.sub(lambda match: match[1] or "\n" * match[0].count("\n"), source)
    return sum(1 for line in without_comments.splitlines() if line.strip())


def _is_elif(parent: ast.AST, child: ast.AST) -> bool:
    return isinstance(parent, ast.If) and isinstance(child, ast.If) and parent.orelse == [child]


def _docstring_lines(tree: ast.Module) -> set[int]:
    lines: set[int] = set()
    for node in [tree, *definitions(tree)]:
        first = node.body[0] if node.body else None
        if (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            assert first.end_lineno is not None
            lines.update(range(first.lineno, first.end_lineno + 1))
    return lines

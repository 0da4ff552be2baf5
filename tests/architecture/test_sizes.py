"""Modules, functions and classes stay small enough to be read in one go."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.checkout_files import files_below, parsed, text
from tests.support.code_size import code_lines, definitions, javascript_lines, nesting_of, size_of

MODULE_LINES = 600
FUNCTION_LINES = 80
CLASS_LINES = 400
NESTING = 4
TEST_FILE_LINES = 300
JAVASCRIPT_MODULE_LINES = 400
JAVASCRIPT_LINES = 10_250  # docs/adr/0008

PYTHON = [*files_below("app", suffix=".py"), Path("build.py"), Path("serve.py")]
JAVASCRIPT = [
    path
    for suffix in (".js", ".mjs")
    for path in files_below("worker", "static", suffix=suffix)
    if not path.is_relative_to("worker/generated")
]


@pytest.mark.parametrize("path", PYTHON, ids=str)
def test_python_module(path: Path) -> None:
    lines = code_lines(text(path))
    too_big = [] if len(lines) <= MODULE_LINES else [f"module: {len(lines)} lines, at most {MODULE_LINES}"]
    for node in definitions(parsed(path)):
        limit = CLASS_LINES if isinstance(node, ast.ClassDef) else FUNCTION_LINES
        size = size_of(node, lines)
        if size > limit:
            too_big.append(f"{node.name}: {size} lines, at most {limit}")
        if not isinstance(node, ast.ClassDef) and nesting_of(node) > NESTING:
            too_big.append(f"{node.name}: blocks nest {nesting_of(node)} deep, at most {NESTING}")
    assert too_big == []


def test_test_files() -> None:
    sizes = {str(path): len(code_lines(text(path))) for path in files_below("tests", suffix=".py")}
    sizes |= {str(path): javascript_lines(text(path)) for path in files_below("tests/js", suffix=".js")}
    assert {path: size for path, size in sizes.items() if size > TEST_FILE_LINES} == {}


def test_javascript_modules() -> None:
    sizes = {str(path): javascript_lines(text(path)) for path in JAVASCRIPT}
    assert sizes, "no JavaScript found"
    assert {path: size for path, size in sizes.items() if size >= JAVASCRIPT_MODULE_LINES} == {}
    assert sum(sizes.values()) <= JAVASCRIPT_LINES


def test_lines_are_counted_without_prose() -> None:
    source = '"""Doc\nmore."""\n\n# why\nX = 1  # because\n\n\n'
    source += 'def f() -> str:\n    """Doc."""\n    return """a\n\nb"""\n'
    assert code_lines(source) == {5, 8, 10, 11, 12}
    assert javascript_lines("/* a\nb */\n// c\nconst x = '// no comment';\n\nf(`/*`);\n") == 2


def test_nesting_counts_blocks_and_not_else_if() -> None:
    source = "def f():\n if a:\n  pass\n elif b:\n  pass\n else:\n  for x in y:\n   with z:\n    pass\n"
    assert nesting_of(ast.parse(source).body[0]) == 3

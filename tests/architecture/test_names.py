"""Names say what a thing is: no drawers, no `Impl`, nothing that shadows the standard library."""

from __future__ import annotations

import ast
import re
import sys

from tests.support.checkout_files import files_below, parsed

DRAWERS = frozenset(
    {"util", "utils", "helper", "helpers", "common", "misc", "core", "lib", "stuff", "tools2", "manager2"}
)
BANNED_CLASS = re.compile(r"(Impl|Utils?|Helpers?|Common)$|^(Base|Abstract|I)(?=[A-Z][a-z])")
# A qualified name shadows nothing by itself, but these read as the standard library's wherever they appear.
SHADOWED = {
    "ast",
    "asyncio",
    "collections",
    "io",
    "json",
    "logging",
    "os",
    "platform",
    "re",
    "select",
    "signal",
}
SHADOWED |= {"string", "struct", "time", "token", "tokenize", "types", "typing"}


def _words(name: str) -> set[str]:
    return set(re.split(r"[_.\-]", name.lower()))


def test_no_file_is_a_drawer() -> None:
    paths = [
        path
        for suffix in (".py", ".js", ".mjs")
        for path in files_below("app", "worker", "static", "tests", suffix=suffix)
    ]
    assert paths
    offenders = [str(path) for path in paths if DRAWERS & {path.stem.lower(), *path.parts[1:-1]}]
    offenders += [str(path) for path in paths if _words(path.stem) & {"utils", "helpers", "common", "impl"}]
    assert offenders == []


def test_no_class_is_named_for_its_role_in_an_inheritance() -> None:
    offenders = [
        f"{path}: {node.name}"
        for path in files_below("app", suffix=".py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef) and BANNED_CLASS.search(node.name)
    ]
    assert offenders == []


def test_no_module_has_the_name_of_a_standard_one() -> None:
    assert sys.stdlib_module_names >= SHADOWED
    assert [str(path) for path in files_below("app", suffix=".py") if path.stem in SHADOWED] == []


def test_banned_patterns_match_what_they_are_for() -> None:
    for name in ("ShellImpl", "BaseTool", "IWorker", "PathUtils", "AbstractFile"):
        assert BANNED_CLASS.search(name), name
    for name in ("Base", "Baseline", "InodeStore", "IdSource", "ImportPlan", "BaseDirectory"[4:]):
        assert not BANNED_CLASS.search(name), name

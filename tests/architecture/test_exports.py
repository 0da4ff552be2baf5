"""`__init__.py` is a docstring and re-exports; `__all__` is exactly what can be imported."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from tests.support.checkout_files import files_below, parsed

MODULES = files_below("app", suffix=".py")
PACKAGES = [path for path in MODULES if path.name == "__init__.py"]
# Pyodide's own modules exist in the tab only; what stands on them is imported there, by the browser tests.
_TAB_ONLY = {"js", "pyodide", "pyodide_js"}
_TAB_ROOTS = (
    "app/satchel/adapters/browser/",
    "app/satchel/entry/browser",
    "app/satchel_build/benchmarks/pages/",
)


def _module_name(path: Path) -> str:
    parts = path.relative_to("app").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _declared(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            assert isinstance(node, ast.Assign | ast.AnnAssign)
            assert node.value is not None
            return list(ast.literal_eval(node.value))
    return None


def _defined(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Assign():
                names.update(target.id for target in node.targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.ImportFrom():
                names.update(alias.asname or alias.name for alias in node.names)
    return names


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_module_has_a_docstring(path: Path) -> None:
    assert ast.get_docstring(parsed(path)), "say what the module is for"


@pytest.mark.parametrize("path", PACKAGES, ids=str)
def test_package_re_exports_and_nothing_else(path: Path) -> None:
    tree = parsed(path)
    exported = _declared(tree)
    imported: set[str] = set()
    for node in tree.body[1:]:
        if isinstance(node, ast.ImportFrom) and node.module != "__future__":
            imported.update(alias.asname or alias.name for alias in node.names)
        else:
            assert isinstance(node, ast.ImportFrom | ast.Assign | ast.AnnAssign), ast.unparse(node)
    assert imported <= set(exported or ()), "every re-export is listed in __all__"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_all_names_what_is_there(path: Path) -> None:
    exported = _declared(parsed(path))
    if exported is None:
        return
    assert len(exported) == len(set(exported))
    assert set(exported) <= _defined(parsed(path))


@pytest.mark.parametrize("path", [path for path in MODULES if path.stem != "__main__"], ids=str)
def test_module_can_be_imported(path: Path) -> None:
    missing = _missing_module(_module_name(path))
    if missing is not None:
        assert missing.partition(".")[0] in _TAB_ONLY, f"there is no module {missing}"
        assert str(path).startswith(_TAB_ROOTS), f"only code for the tab may need {missing}"


def _missing_module(name: str) -> str | None:
    """Import the module; the name of the module that was not found on the way, None when all were."""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        return str(error.name)
    return None

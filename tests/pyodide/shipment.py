"""What is sent into Pyodide to run the unit tests there: the package, the test tree, and the wheels of the test tools.

The wheels come from the package index by the hashes of `requirements/dev.lock`, which covers the builds for Emscripten
as well (hypothesis is partly native code).
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TREES = ("tests/unit", "tests/scenario", "tests/contract")

# Their subject never runs in a tab.
HOST_DIRECTORIES = {
    "tests/unit/build": "the build runs on the developer's machine only",
    "tests/unit/adapters": "adapters of the server: processes, threads, sockets",
}

# Wheels for Pyodide, each with what it needs: `depends` of a lock entry.
WHEELS: dict[str, tuple[str, ...]] = {
    "hypothesis": ("sortedcontainers",),
    "iniconfig": (),
    "packaging": (),
    "pluggy": (),
    "pygments": (),
    "pytest": ("iniconfig", "packaging", "pluggy", "pygments"),
    "sortedcontainers": (),
    "tblib": (),
}
_PLATFORM = ["--platform", "pyemscripten_2026_0_wasm32"]
_PYTHON = ["--python-version", "3.14", "--implementation", "cp"]
_ABIS = ["--abi", "cp314", "--abi", "abi3", "--abi", "none"]


def host_only_reason(source: Path) -> str | None:
    """Why the whole module cannot run in Pyodide: the argument of its `pytestmark = pytest.mark.host_only(...)`."""
    for statement in ast.parse(source.read_bytes()).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "pytestmark":
            for node in ast.walk(statement.value):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.host_only":
                    return str(ast.literal_eval(node.args[0]))
    return None


def host_directory(path: Path) -> str | None:
    """The entry of `HOST_DIRECTORIES` that holds `path` (relative to the checkout), or None."""
    return next((name for name in HOST_DIRECTORIES if path.is_relative_to(name)), None)


def shipped_files() -> Iterator[Path]:
    """Paths, relative to the checkout, of everything that goes along. Whole modules marked host_only stay behind."""
    yield Path("pyproject.toml")
    yield Path("tests/conftest.py")
    yield Path("tests/pyodide/inside.py")
    for tree in ("app/satchel", "tests/support", *TREES):
        for file in sorted((ROOT / tree).rglob("*")):
            path = file.relative_to(ROOT)
            if not file.is_file() or "__pycache__" in path.parts or host_directory(path):
                continue
            if file.name.startswith("test_") and file.suffix == ".py" and host_only_reason(file):
                continue
            yield path


def archive() -> bytes:
    """The shipped files as a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for path in shipped_files():
            target.write(ROOT / path, path.as_posix())
    return buffer.getvalue()


def assemble_distribution(runtime: Path, state: Path) -> Path:
    """A Pyodide distribution below `state`: `runtime` (the npm package), the wheels, and a lock file that names them.

    Kept between runs as long as the wheels and the runtime are the same.
    """
    pins = _pins()
    digest = hashlib.sha256((pins + (runtime / "package.json").read_text()).encode()).hexdigest()[:16]
    target = state / f"pyodide-test-{digest}"
    if not (target / "complete").exists():
        for stale in state.glob("pyodide-test-*"):
            shutil.rmtree(stale)
        target.mkdir(parents=True)
        _download(pins, target)
        for file in runtime.iterdir():
            if file.is_file():
                (target / file.name).symlink_to(file)
        _write_lock(runtime, target)
        (target / "complete").touch()
    (target / "suite.zip").write_bytes(archive())
    return target


def _pins() -> str:
    """The lines of the lock file for `WHEELS`."""
    text = (ROOT / "requirements/dev.lock").read_text()
    entries = {
        match[1]: match[0] for match in re.finditer(r"^([A-Za-z0-9-]+)==(?:.*\\\n)*.*\n", text, re.MULTILINE)
    }
    missing = set(WHEELS) - set(entries)
    assert not missing, f"requirements/dev.lock does not pin {', '.join(sorted(missing))}"
    return "".join(entries[name] for name in sorted(WHEELS))


def _download(pins: str, target: Path) -> None:
    requirements = target / "requirements.txt"
    requirements.write_text(pins)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download"]
    chosen = ["--no-deps", "--only-binary", ":all:", "--require-hashes", *_PLATFORM, *_PYTHON, *_ABIS]
    subprocess.run([*pip, *chosen, "--dest", target, "--requirement", requirements], check=True)


def _write_lock(runtime: Path, target: Path) -> None:
    lock = json.loads((runtime / "pyodide-lock.json").read_text())
    lock["packages"] = {}
    for wheel in sorted(target.glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        entry = {
            "name": name,
            "version": version,
            "file_name": wheel.name,
            "install_dir": "site",
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
            "package_type": "package",
            "imports": [],
            "depends": list(WHEELS[name]),
            "unvendored_tests": False,
        }
        lock["packages"][name] = entry
    (target / "pyodide-lock.json").unlink()
    (target / "pyodide-lock.json").write_text(json.dumps(lock))

"""Makes `.venv` from the hash-pinned requirements, with `satchel` itself installed in it for editing.

Two sets: `build` is what `serve.py` needs (the wheel's build backend), `dev` is that and everything the tests and
linters need. A stamp in `.venv` records what was installed, so a current environment costs a few stats.
"""

import json
import re
import sys
from pathlib import Path
from typing import Literal

from satchel_build.checkout import Checkout
from satchel_build.commands import run_command
from satchel_build.digests import file_digest, text_digest
from satchel_build.progress import Progress

__all__ = ["PackageSet", "ensure_environment", "pip_detail"]

PackageSet = Literal["build", "dev"]

_OFFLINE_REMEDY = "Check the network connection (pip must reach its package index) and start again."


def ensure_environment(checkout: Checkout, packages: PackageSet, progress: Progress) -> None:
    """Make `.venv` hold at least `packages` and the current project metadata. Raises BuildError if pip fails."""
    stamp_path = checkout.venv / "satchel-stamp.json"
    stamp = _read_stamp(stamp_path)
    if not checkout.venv_python.exists() or stamp.get("origin") != _origin(checkout):
        _create(checkout, progress)
        stamp = {"origin": _origin(checkout)}
        _write_stamp(stamp_path, stamp)
    lock = checkout.lock(packages)
    digest = file_digest(lock)
    if stamp.get(packages) != digest:
        _install_lock(checkout, lock, progress)
        stamp[packages] = digest
        _write_stamp(stamp_path, stamp)
    metadata = file_digest(checkout.root / "pyproject.toml")
    if stamp.get("metadata") != metadata:
        _install_project(checkout, progress)
        stamp["metadata"] = metadata
        _write_stamp(stamp_path, stamp)


def _origin(checkout: Checkout) -> str:
    """Changes when the checkout was moved (scripts hold absolute paths) or the interpreter was replaced by another."""
    return text_digest(str(checkout.root), str(checkout.venv_python.resolve()))


def _create(checkout: Checkout, progress: Progress) -> None:
    # Inside a virtual environment sys.executable may be the very one that is about to be replaced.
    interpreter = Path(getattr(sys, "_base_executable", None) or sys.executable)
    with progress.step("Making the virtual environment .venv") as step:
        run_command(
            [interpreter, "-m", "venv", "--clear", checkout.venv],
            cwd=checkout.root,
            step=step,
            remedy="Debian and Ubuntu need `apt-get install python3-venv`.",
        )


def _install_lock(checkout: Checkout, lock: Path, progress: Progress) -> None:
    with progress.step(f"Installing Python packages ({lock.name})") as step:
        run_command(
            [*_pip(checkout), "install", "--require-hashes", "--only-binary", ":all:", "--requirement", lock],
            cwd=checkout.root,
            step=step,
            describe=pip_detail,
            remedy=_OFFLINE_REMEDY,
        )


def _install_project(checkout: Checkout, progress: Progress) -> None:
    with progress.step("Installing satchel into .venv") as step:
        run_command(
            [
                *_pip(checkout),
                "install",
                "--no-deps",
                "--no-index",
                "--no-build-isolation",
                "--editable",
                checkout.root,
            ],
            cwd=checkout.root,
            step=step,
        )


def _pip(checkout: Checkout) -> list[str | Path]:
    return [checkout.venv_python, "-m", "pip", "--disable-pip-version-check", "--no-input"]


def pip_detail(line: str) -> str | None:
    """What a line of pip's output says about the work at hand: `Downloading NAME (SIZE)` without the address."""
    found = re.match(r"\s*(Downloading|Using cached|Installing collected packages)\S*\s*(\S*)(.*)", line)
    if found is None:
        return None
    if found[1] == "Installing collected packages":
        return "unpacking"
    return f"{found[1].lower()} {found[2].rsplit('/', 1)[-1]}{found[3]}"


def _read_stamp(path: Path) -> dict[str, str]:
    try:
        stamp = json.loads(path.read_text())
        return {str(key): str(value) for key, value in stamp.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _write_stamp(path: Path, stamp: dict[str, str]) -> None:
    path.write_text(json.dumps(stamp, indent=1, sort_keys=True) + "\n")

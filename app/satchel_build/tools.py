"""Checks that the tools a bare machine must bring (Python with venv, Node.js, npm) are there and new enough."""

import importlib.util
import re
import shutil
import subprocess
import sys

from satchel_build.errors import BuildError

__all__ = ["MINIMUM_NODE", "MINIMUM_NPM", "MINIMUM_PYTHON", "check_program", "check_python", "check_tools"]

MINIMUM_PYTHON = (3, 11)
MINIMUM_NODE = (20, 0)
MINIMUM_NPM = (10, 0)

_VERSION_TIMEOUT_S = 30


def check_tools() -> None:
    """Raise BuildError for the first tool that is missing or too old."""
    check_python(sys.version_info[:2])
    check_program("node", MINIMUM_NODE, "Install Node.js 20 or newer (it brings npm) and start again.")
    check_program("npm", MINIMUM_NPM, "Install npm 10 or newer (it comes with Node.js 20) and start again.")


def check_python(version: tuple[int, ...]) -> None:
    """Raise BuildError if a Python of `version` is too old, or if this one cannot make a virtual environment."""
    if version < MINIMUM_PYTHON:
        found = ".".join(map(str, version))
        raise BuildError(
            f"Python {found} is too old.",
            "Start again with Python 3.11 or newer, as in `python3.11 serve.py`.",
        )
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise BuildError(
                f"This Python ({sys.executable}) comes without its `{module}` module.",
                "Install it (Debian, Ubuntu: `apt-get install python3-venv`) and start again.",
            )


def check_program(name: str, minimum: tuple[int, int], remedy: str) -> None:
    """Raise BuildError unless the program `name` is on PATH, answers `--version`, and is at least `minimum`."""
    path = shutil.which(name)
    if path is None:
        raise BuildError(f"`{name}` is not on PATH.", remedy)
    try:
        answer = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=_VERSION_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"`{path} --version` does not answer ({error}).", remedy) from error
    found = re.search(r"(\d+)\.(\d+)", answer.stdout)
    if answer.returncode != 0 or found is None:
        raise BuildError(f"`{path} --version` does not tell a version.", remedy)
    if (int(found[1]), int(found[2])) < minimum:
        wanted = ".".join(map(str, minimum))
        raise BuildError(f"`{path}` is version {answer.stdout.strip()}, older than {wanted}.", remedy)

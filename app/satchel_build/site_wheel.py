"""The wheel as the site ships it: with bytecode of the very Python that imports it, Pyodide's.

Compiling on every visit without a boot snapshot took more than half of the time that loading the agent takes. The wheel
for other Pythons has no bytecode; it is the one that this one is made from.
"""

import shutil
from pathlib import Path

from satchel_build.checkout import Checkout
from satchel_build.commands import run_command
from satchel_build.digests import file_digest, text_digest
from satchel_build.progress import Progress

__all__ = ["build_site_wheel"]

_HERE = Path(__file__).parent
_COMPILER = _HERE / "site_wheel.mjs"
_BYTECODE = _HERE / "bytecode.py"


def build_site_wheel(checkout: Checkout, wheel: Path, progress: Progress) -> Path:
    """`wheel` with bytecode, under the same file name; made unless that was done already.

    Only the newest is kept. Raises BuildError if node or Pyodide fail, or a module does not compile.
    """
    pyodide = checkout.node_modules / "pyodide"
    parts = (wheel, pyodide / "package.json", _BYTECODE, _COMPILER)
    shelf = checkout.state / "site-wheel"
    finished = shelf / text_digest(*map(file_digest, parts))
    if not finished.is_dir():
        draft = shelf / "draft"
        shutil.rmtree(shelf, ignore_errors=True)
        draft.mkdir(parents=True)
        with progress.step("Compiling the package for the tab"):
            run_command(
                ["node", _COMPILER, pyodide, _BYTECODE, wheel, draft / wheel.name],
                cwd=checkout.root,
                remedy="Correct the module; `python3 build.py check` tells more.",
            )
        draft.rename(finished)
    return finished / wheel.name

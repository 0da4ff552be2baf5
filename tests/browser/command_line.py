"""The command line as its user has it: a process of its own, on the built site, with a state directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SATCHEL = str(Path(sys.executable).with_name("satchel"))


class Machine:
    """Runs the command line on a built site. `folder` is for modules, `state` is its state directory."""

    def __init__(self, site: Path, folder: Path, state: Path) -> None:
        self.folder = folder
        self.state = state
        self.environment = {**os.environ, "SATCHEL_SITE": str(site), "SATCHEL_STATE": str(state)}

    def satchel(self, *words: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run it to its end."""
        return subprocess.run(
            [SATCHEL, *map(str, words)],
            input=stdin,
            env=self.environment,
            capture_output=True,
            timeout=180,
            check=False,
        )

    def module(self, name: str, content: bytes) -> Path:
        """A file that holds a module."""
        path = self.folder / f"{name}.wasm"
        path.write_bytes(content)
        return path


def share_boots(state: Path, boots: Path) -> Path:
    """Make a state directory whose boot snapshots are those in `boots`, and return it."""
    boots.mkdir(parents=True, exist_ok=True)
    state.mkdir()
    (state / "boot-snapshots").symlink_to(boots)
    return state

"""The browsers that tests and benchmarks drive: the system's own, installed through apt where that is possible.

Nobody else's builds are downloaded: the system's package is what its users have, and one thing less to fetch from
elsewhere.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from satchel_build.commands import run_command
from satchel_build.errors import BuildError
from satchel_build.progress import Progress

__all__ = ["BrowserProgram"]


@dataclass(frozen=True, slots=True)
class BrowserProgram:
    """One browser: the `programs` that are it, best first, its Debian `package`, the environment `variable` that names
    another program, and what to do where it cannot be installed.
    """

    name: str
    programs: tuple[str, ...]
    package: str
    variable: str
    remedy: str

    def find(self) -> str | None:
        """The path of the installed browser, or None. The variable goes before what is on PATH."""
        chosen = os.environ.get(self.variable)
        return chosen or next((path for path in map(shutil.which, self.programs) if path), None)

    def ensure(self, progress: Progress) -> str:
        """The path of the browser, installed first if it is missing and we may.

        Raises BuildError if there is no way.
        """
        found = self.find()
        if found:
            return found
        apt = shutil.which("apt-get")
        if apt is None or os.geteuid() != 0:
            why = "apt-get is not here" if apt is None else "only root may install packages"
            raise BuildError(f"The tests need {self.name}, which is not on PATH, and {why}.", self.remedy)
        with progress.step(f"Installing {self.name} with apt") as step:
            for arguments in (
                ["update", "--quiet"],
                ["install", "--yes", "--no-install-recommends", self.package],
            ):
                run_command(
                    [apt, *arguments],
                    cwd=Path("/"),
                    step=step,
                    describe=lambda line: line[:60] or None,
                    env={"DEBIAN_FRONTEND": "noninteractive"},
                    remedy=self.remedy,
                )
        found = self.find()
        if not found:
            raise BuildError(f"apt installed {self.name}, but it is not on PATH.", self.remedy)
        return found

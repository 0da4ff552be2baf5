"""The Chromium that tests and benchmarks drive: the system's own, installed through apt where that is possible.

Playwright's downloads are not used: a system package is what users of Debian and Ubuntu have, and it is one less
thing to fetch from elsewhere.
"""

import os
import shutil
from pathlib import Path

from satchel_build.commands import run_command
from satchel_build.errors import BuildError
from satchel_build.progress import Progress

__all__ = ["CHROMIUM_FLAGS", "ensure_chromium", "find_chromium"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Headless, quiet on the network, and able to run as root in a container. Nothing here changes what a page may do.
CHROMIUM_FLAGS: tuple[str, ...] = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_REMEDY = "Install Chromium (Debian, Ubuntu: `apt-get install chromium`) and start again."


def find_chromium() -> str | None:
    """The path of an installed Chromium (or Chrome), or None. `SATCHEL_CHROMIUM` names another one."""
    chosen = os.environ.get("SATCHEL_CHROMIUM")
    if chosen:
        return chosen
    return next((path for path in map(shutil.which, _NAMES) if path), None)


def ensure_chromium(progress: Progress) -> str:
    """The path of Chromium, installed first if it is missing and we may. Raises BuildError if there is no way."""
    found = find_chromium()
    if found:
        return found
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        why = "apt-get is not here" if apt is None else "only root may install packages"
        raise BuildError(f"The browser tests need Chromium, which is not on PATH, and {why}.", _REMEDY)
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    with progress.step("Installing Chromium with apt") as step:
        for arguments in (["update", "--quiet"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            run_command(
                [apt, *arguments],
                cwd=Path("/"),
                step=step,
                describe=lambda line: line[:60] or None,
                env=environment,
                remedy=_REMEDY,
            )
    found = find_chromium()
    if not found:
        raise BuildError("apt installed Chromium, but it is not on PATH.", _REMEDY)
    return found

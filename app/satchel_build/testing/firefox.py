"""The Firefox that tests drive: the system's own, installed through apt where that is possible.

Debian's extended support release (`firefox-esr`) is the oldest Firefox that the product supports, so it is the one that
the tests use. It is driven over WebDriver BiDi, which it speaks itself: no driver program is needed.
"""

import os
import shutil
from pathlib import Path

from satchel_build.commands import run_command
from satchel_build.errors import BuildError
from satchel_build.progress import Progress

__all__ = ["FIREFOX_PREFERENCES", "ensure_firefox", "find_firefox"]

_NAMES = ("firefox-esr", "firefox")
_REMEDY = "Install Firefox (Debian: `apt-get install firefox-esr`, Ubuntu: `apt-get install firefox`) and start again."

# Quiet on the network and no first-run pages. Nothing here changes what a page may do.
FIREFOX_PREFERENCES: dict[str, bool | int | str] = {
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


def find_firefox() -> str | None:
    """The path of an installed Firefox, or None. `SATCHEL_FIREFOX` names another one."""
    chosen = os.environ.get("SATCHEL_FIREFOX")
    return chosen or next((path for path in map(shutil.which, _NAMES) if path), None)


def ensure_firefox(progress: Progress) -> str:
    """The path of Firefox, installed first if it is missing and we may. Raises BuildError if there is no way."""
    found = find_firefox()
    if found:
        return found
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        why = "apt-get is not here" if apt is None else "only root may install packages"
        raise BuildError(f"The process tests need Firefox, which is not on PATH, and {why}.", _REMEDY)
    with progress.step("Installing Firefox with apt") as step:
        for arguments in (["update", "--quiet"], ["install", "--yes", "--no-install-recommends", _NAMES[0]]):
            run_command(
                [apt, *arguments],
                cwd=Path("/"),
                step=step,
                describe=lambda line: line[:60] or None,
                env={"DEBIAN_FRONTEND": "noninteractive"},
                remedy=_REMEDY,
            )
    found = find_firefox()
    if not found:
        raise BuildError("apt installed Firefox, but it is not on PATH.", _REMEDY)
    return found

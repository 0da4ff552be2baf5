"""Installs the npm packages of `package-lock.json` into `node_modules`. No package's install script is ever run."""

import platform
import re
import shutil

from satchel_build.checkout import Checkout
from satchel_build.commands import run_command
from satchel_build.digests import file_digest, text_digest
from satchel_build.progress import Progress

__all__ = ["ensure_npm_packages", "npm_detail"]


def ensure_npm_packages(checkout: Checkout, progress: Progress) -> None:
    """Make `node_modules` what the lock file says. Raises BuildError if npm fails."""
    names = ("package.json", "package-lock.json", ".npmrc")
    wanted = text_digest(
        platform.system(), platform.machine(), *(file_digest(checkout.root / name) for name in names)
    )
    stamp = checkout.node_modules / ".satchel-stamp"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    with progress.step("Installing npm packages") as step:
        run_command(
            [
                shutil.which("npm") or "npm",
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=http",
            ],
            cwd=checkout.root,
            step=step,
            describe=npm_detail,
            remedy="Check the network connection (npm must reach its package registry) and start again.",
        )
    stamp.write_text(wanted)


def npm_detail(line: str) -> str | None:
    """What a line of npm's log says about the work at hand: the package it fetched, without the address."""
    found = re.search(r"http fetch GET 200 \S*/([^/\s]+)\.tgz", line)
    return f"downloaded {found[1]}" if found else None

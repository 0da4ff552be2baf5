"""Builds the wheel of `satchel` so that equal sources give equal bytes: sorted members, fixed times, fixed modes."""

import shutil
from pathlib import Path

from satchel_build.checkout import Checkout
from satchel_build.commands import run_command
from satchel_build.progress import Progress

__all__ = ["build_wheel"]

# 1 January 2024: the wheel's members carry this time, whenever it is built.
_SOURCE_DATE_EPOCH = "1704067200"


def build_wheel(checkout: Checkout, digest: str, progress: Progress) -> Path:
    """The wheel of the sources whose digest is `digest`, built unless that was done already.

    Needs the `build` packages in `.venv`. Only the newest wheel is kept.
    """
    shelf = checkout.state / "wheel"
    finished = shelf / digest
    if not finished.is_dir():
        draft = shelf / "draft"
        shutil.rmtree(shelf, ignore_errors=True)
        draft.mkdir(parents=True)
        with progress.step("Building the wheel") as step:
            run_command(
                [checkout.venv_python, "-m", "hatchling", "build", "--target", "wheel", "--directory", draft],
                cwd=checkout.root,
                step=step,
                env={"SOURCE_DATE_EPOCH": _SOURCE_DATE_EPOCH},
            )
        draft.rename(finished)
    (wheel,) = finished.glob("*.whl")
    return wheel

#!/usr/bin/env python3
"""Build and test Satchel: `python3 build.py --help`. The logic is in app/satchel_build/."""

import sys

# Before anything else, and in words that an old interpreter can read.
if sys.version_info < (3, 11):
    sys.exit(
        "build.py: Python 3.11 or newer is needed; start again with a newer one, as in `python3.11 build.py`."
    )

if sys.platform == "win32":
    sys.exit("build.py: on Windows, start again inside WSL (Windows Subsystem for Linux).")

from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "app"))

from satchel_build.build_command import run
from satchel_build.checkout import Checkout

if __name__ == "__main__":
    sys.exit(run(Checkout(ROOT), sys.argv[1:]))

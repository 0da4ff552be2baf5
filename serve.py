#!/usr/bin/env python3
"""Serve Satchel on this machine, building first what is missing: `python3 serve.py --help`."""

import sys

# Before anything else, and in words that an old interpreter can read.
if sys.version_info < (3, 11):
    sys.exit(
        "serve.py: Python 3.11 or newer is needed; start again with a newer one, as in `python3.11 serve.py`."
    )

if sys.platform == "win32":
    sys.exit("serve.py: on Windows, start again inside WSL (Windows Subsystem for Linux).")

from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "app"))

from satchel_build.checkout import Checkout
from satchel_build.serve_command import run

if __name__ == "__main__":
    sys.exit(run(Checkout(ROOT), sys.argv[1:]))

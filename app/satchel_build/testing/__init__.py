"""Runs the project's tests: suites as data, one report over all of them, a budget for each.

The tests run in child processes; what they need beyond the packages of `.venv` and `node_modules` (Chromium, the built
site) is put in place first.
"""

from satchel_build.testing.runner import run

__all__ = ["run"]

"""Benchmarks on the built site in a real Chromium: measured in one run beside their baseline, raw samples kept."""

from satchel_build.benchmarks.runner import run

__all__ = ["run"]

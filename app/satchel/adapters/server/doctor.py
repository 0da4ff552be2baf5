"""What this machine has for Satchel, as checks of `runtime.doctor`; each tried."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from satchel.runtime.doctor import Check

_PROBE_BYTES = 1 << 20
_PATIENCE_SECONDS = 20


def examine_machine(state: Path, site: Path | None, chromium: Path | None) -> tuple[Check, ...]:
    """Python, the engine, room for state, and what the browser engine needs."""
    return tuple(_checks(state, site, chromium))


def _checks(state: Path, site: Path | None, chromium: Path | None) -> Iterator[Check]:
    yield Check("Python", True, f"{platform.python_implementation()} {platform.python_version()}")
    yield _package("wasmtime", "pip install 'satchel[server]'")
    yield _state(state)
    yield Check(
        "built site",
        site is not None,
        "none found" if site is None else str(site),
        "Only for the browser engine: run `python3 build.py site` in a checkout." if site is None else "",
        True,
    )
    yield _browser(chromium)
    yield replace(_package("playwright", "pip install 'satchel[browser]'"), optional=True)


def _package(name: str, remedy: str) -> Check:
    try:
        return Check(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Check(name, False, "not installed", f"Run `{remedy}`.")


def _state(state: Path) -> Check:
    data = os.urandom(_PROBE_BYTES)
    start = time.perf_counter()
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=state) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            same = file.read() == data
    except OSError as error:
        return Check(
            "state directory", False, f"{state}: {error.strerror}", "Set SATCHEL_STATE to another one."
        )
    took = (time.perf_counter() - start) * 1000
    return Check("state directory", same, f"{state}: 1 MiB written and read in {took:.1f} ms")


def _browser(chromium: Path | None) -> Check:
    remedy = "Only for the browser engine: install Chromium, or set SATCHEL_CHROMIUM."
    if chromium is None:
        return Check("Chromium", False, "none found", remedy, True)
    try:
        found = subprocess.run(
            [chromium, "--version"], capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Check("Chromium", False, f"{chromium}: {error}", remedy, True)
    return Check("Chromium", True, found.stdout.strip(), optional=True)

"""`satchel doctor`: what this machine, or the browser on it, can do; each line measured by doing it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Literal, TextIO, cast

from satchel.adapters.server.doctor import examine_machine
from satchel.base.clock import SystemClock
from satchel.base.jsonvalue import JsonValue, dumps
from satchel.entry.chromium_here import chromium_on
from satchel.entry.process_engine import developer_host
from satchel.entry.settings import Settings
from satchel.runtime.doctor import Check, examine_processes


async def main(options: argparse.Namespace, settings: Settings) -> int:
    """Do what the command line asks for and give the exit status. Raises SatchelError."""
    return await run_doctor(options.engine, settings, sys.stdout, as_json=options.json)


async def run_doctor(
    engine: Literal["server", "browser"], settings: Settings, out: TextIO, *, as_json: bool
) -> int:
    """Print the checks and give the exit status: 1 when one failed that is needed. Raises SatchelError where nothing
    can be tried.
    """
    checks = await (_of_browser(settings) if engine == "browser" else _of_machine(settings))
    if as_json:
        print(dumps({"engine": engine, "checks": [check.as_json() for check in checks]}), file=out)
    else:
        for check in checks:
            print(_line(check), file=out)
    return 0 if all(check.ok or check.optional for check in checks) else 1


async def _of_machine(settings: Settings) -> Sequence[Check]:
    checks = examine_machine(settings.state, settings.site, settings.chromium)
    with developer_host(settings) as host:
        return *checks, *await examine_processes(host, SystemClock())


async def _of_browser(settings: Settings) -> Sequence[Check]:
    summary = await chromium_on(settings).run({"type": "doctor.start"}, lambda _: None)
    found = cast("Sequence[Mapping[str, JsonValue]]", summary["checks"])
    return [
        Check(
            str(one["name"]),
            one["ok"] is True,
            str(one["detail"]),
            str(one["remedy"]),
            one["optional"] is True,
        )
        for one in found
    ]


def _line(check: Check) -> str:
    remedy = f"\n        {check.remedy}" if check.remedy else ""
    sign = "ok  " if check.ok else "no  " if check.optional else "FAIL"
    return f"{sign}  {check.name}: {check.detail}{remedy}"

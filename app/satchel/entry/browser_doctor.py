"""What this tab can do, all of it measured: for `satchel doctor --engine browser`, and for the page."""

from __future__ import annotations

from satchel.adapters.browser.bridge import JsHost
from satchel.adapters.browser.doctor import examine_browser
from satchel.base.jsonvalue import JsonObject
from satchel.entry.compose import HostPorts
from satchel.runtime.doctor import Check, Found, examine_processes


async def examine(host: JsHost, ports: HostPorts) -> JsonObject:
    """`{"error": null, "checks": [...]}`, the checks as `runtime.doctor.Check.as_json`."""
    return {"error": None, "checks": [check.as_json() for check in await examine_tab(host, ports)]}


async def examine_tab(host: JsHost, ports: HostPorts, found: Found = lambda _: None) -> tuple[Check, ...]:
    """All checks, in the order in which one may depend on another. Works on a project of its own."""
    checks = await examine_browser(host)
    commands = len(ports.commands.commands)
    checks += (
        Check(
            "installed commands",
            commands > 0,
            f"{commands} commands",
            "" if commands else "Build the site with its bundles.",
            True,
        ),
    )
    for check in checks:
        found(check)
    if ports.process_host is None:
        return checks
    project = await ports.project_store.create("doctor")
    storage = await ports.project_store.open(project)
    programs = ports.process_host(storage.root)
    try:
        return checks + await examine_processes(programs, ports.clock, found)
    finally:
        programs.close()
        storage.close()
        await ports.project_store.delete(project)

"""What this browser lends us, measured in the worker, as checks of `runtime.doctor`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from satchel.adapters.browser.bridge import JsHost, js_bytes
from satchel.base.jsonvalue import JsonValue, loads
from satchel.runtime.doctor import Check
from satchel.runtime.probe_modules import answers

_REMEDIES = {
    "isolation": "Reload the page once, so that its service worker adds the headers; a foreign frame may not get them.",
    "shared memory": "Programs then run by stack switching, which is slower; isolation brings it back.",
    "stack switching (JSPI)": "Only needed where memory cannot be shared; a current browser has it.",
    "private file system": "Leave the private window, or allow this site to store data; else all is lost with the tab.",
    "storage that lasts": "Install the site as an app or bookmark it; export what matters.",
    "running programs": "Use a current browser; the file tools work without.",
}


async def examine_browser(host: JsHost) -> tuple[Check, ...]:
    """Isolation, memory, storage; each tried."""
    findings = cast("Mapping[str, Mapping[str, JsonValue]]", loads(await host.probe(js_bytes(answers()))))
    return tuple(
        Check(
            name,
            found["ok"] is True,
            str(found["detail"]),
            "" if found["ok"] is True else _REMEDIES.get(name, ""),
            name != "running programs",
        )
        for name, found in findings.items()
    )

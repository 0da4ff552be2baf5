"""The headless Chromium of this machine, apart from the agent: what runs one module must not wait for its imports."""

from __future__ import annotations

from satchel.adapters.server.chromium import ChromiumEngine
from satchel.base.errors import InputError
from satchel.entry.settings import Settings


def chromium_on(settings: Settings) -> ChromiumEngine:
    """It, on the built site. Raises InputError where the site or the browser is missing."""
    if settings.site is None:
        raise InputError(
            "browser.no_site",
            "The browser engine needs the built site.",
            "Run `python3 build.py site` in the checkout, or set SATCHEL_SITE to a built one.",
        )
    if settings.chromium is None:
        raise InputError(
            "browser.no_chromium",
            "The browser engine needs Chromium or Chrome.",
            "Install it (Debian: apt-get install chromium), or set SATCHEL_CHROMIUM to its program.",
        )
    return ChromiumEngine(settings.chromium, settings.site, settings.state / "boot-snapshots")

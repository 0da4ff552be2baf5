"""Drives Chromium for a benchmark: profiles on disk, as users have them, and times taken by the page's own marks."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from playwright.sync_api import Page, Playwright

from satchel_build.errors import BuildError
from satchel_build.testing.chromium import CHROMIUM_FLAGS

__all__ = ["evaluate_until", "fresh_profile", "time_of_mark"]

# Waits inside the page: polling from outside would take time from what is measured.
_WAIT_FOR_MARK = """name => new Promise((resolve) => {
  const give = () => {
    const mark = performance.getEntriesByName(name, 'mark')[0];
    if (mark) resolve({ at: mark.startTime, detail: mark.detail ?? null });
    return mark;
  };
  if (give()) return;
  new PerformanceObserver(() => give()).observe({ type: 'mark' });
  setInterval(() => document.getElementById('failure')?.hidden === false && resolve(null), 500);
  setTimeout(() => resolve(null), 90000);
})"""
_POLL_MS = 50


@contextmanager
def fresh_profile(playwright: Playwright, chromium: str) -> Iterator[Page]:
    """A page of a Chromium that has never seen anything; the profile is on disk and goes with the block."""
    with tempfile.TemporaryDirectory(prefix="satchel-profile-", ignore_cleanup_errors=True) as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium, args=list(CHROMIUM_FLAGS)
        )
        try:
            yield context.pages[0]
        finally:
            context.close()


def time_of_mark(page: Page, name: str) -> tuple[float, dict[str, object]]:
    """Milliseconds from navigation start to the mark `name`, and its detail. Raises BuildError if it never comes."""
    mark = page.evaluate(_WAIT_FOR_MARK, name)
    if mark is None:
        text = page.evaluate("() => document.body.innerText.slice(0, 400)")
        raise BuildError(f"{page.url} did not reach its mark {name}.", f"The page says: {text!r}")
    return float(mark["at"]), cast("dict[str, object]", mark["detail"] or {})


def evaluate_until(page: Page, script: str, argument: object = None, seconds: float = 120) -> object:
    """Run `script` in the page until it gives something true; that. Raises BuildError when it takes too long."""
    for _ in range(int(seconds * 1000 / _POLL_MS)):
        found: object = page.evaluate(script, argument)
        if found:
            return found
        page.wait_for_timeout(_POLL_MS)
    raise BuildError(f"{page.url}: waited {seconds:.0f} s in vain.", f"Script: {script}")

"""The real page against WCAG 2.2 AA where a machine can judge it: names, landmarks, headings, contrast, target size.

Runs the sample task, and looks at the page empty, while it asks, and in the review.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.person import Person
from tests.browser.tab import Tab
from tests.support.samples import sampler_from_environment

pytestmark = pytest.mark.browser

LOOKS = (("light", 1400), ("dark", 360))

# Every visible text with a contrast below 4.5 (3 for large text) against the ground that is painted behind it.
LOW_CONTRAST = """() => {
  const parse = (c) => (c.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const f = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(e).backgroundColor);
      if (a > 0.5) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || e.closest('.visually-hidden, :disabled, script, noscript')) continue;
    if (!e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(parse(style.color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const text = walker.currentNode.data.trim().slice(0, 40);
    if (ratio < least) found.push(`${ratio.toFixed(2)} ${e.className || e.tagName}: ${text}`);
  }
  return found;
}"""

# Visible controls without a name, ids used twice, and heading levels that were skipped.
STRUCTURE = """() => {
  const shown = (e) => e.checkVisibility();
  const named = (e) => [e.ariaLabel, e.innerText, e.title, e.labels?.length, e.ariaLabelledByElements].some(Boolean);
  const nameless = [...document.querySelectorAll('button, a[href], input, textarea, [role=textbox]')]
    .filter((e) => shown(e) && !named(e));
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  const levels = [...document.querySelectorAll('h1, h2, h3, h4')].filter(shown).map((e) => Number(e.tagName[1]));
  return {
    nameless: nameless.map((e) => e.outerHTML.slice(0, 120)),
    doubled: ids.filter((id, at) => ids.indexOf(id) !== at),
    broken: [...document.querySelectorAll('[aria-labelledby], [aria-describedby]')].filter(shown)
      .flatMap((e) => [e.getAttribute('aria-labelledby'), e.getAttribute('aria-describedby')])
      .flatMap((ids) => (ids ?? '').split(' ').filter(Boolean))
      .filter((id) => !document.getElementById(id)),
    skipped: levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1),
    mains: document.querySelectorAll('main').length,
    live: document.querySelectorAll('[aria-live=polite]:not(.cm-announced)').length,
  };
}"""

SMALL_TARGETS = """() => [...document.querySelectorAll('button, summary')]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
  .map((e) => `${e.getBoundingClientRect().height} ${e.className}`)"""


def judge(page: Page) -> None:
    """Everything a machine can say about the page as it is now."""
    page.wait_for_timeout(400)
    structure = page.evaluate(STRUCTURE)
    assert structure == {"nameless": [], "doubled": [], "broken": [], "skipped": [], "mains": 1, "live": 1}
    assert page.evaluate(LOW_CONTRAST) == []


@pytest.mark.parametrize(("scheme", "width"), sampler_from_environment().sample("looks", LOOKS, 1))
def test_the_page_in_each_of_its_states(returning_tab: Tab, scheme: str, width: int) -> None:
    tab = returning_tab
    person, page = Person(tab), tab.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 780})
    tab.open().ready()
    judge(page)
    person.try_the_sample()
    page.get_by_role("textbox", name="Your task").fill("Find something to improve.")
    person.button("Send").click()
    allow = person.button("Allow for this session")
    tab.until(person.working, "the turn begins", 10)
    questions = 0
    while person.working():
        if allow.is_visible():
            questions += 1
            judge(page)
            person.allow_for_session()
        page.wait_for_timeout(100)
    assert questions > 0
    judge(page)
    if width < 800:
        page.get_by_role("navigation", name="Panels").get_by_role("button", name="Changes").click()
    page.locator(".island-ready").wait_for()
    judge(page)
    if width < 800:
        assert page.evaluate(SMALL_TARGETS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    person.button("Help and shortcuts").click()
    judge(page)
    assert tab.errors == []

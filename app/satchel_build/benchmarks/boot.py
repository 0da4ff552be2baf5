"""The boot benchmark: how long until one can type, beside the boot of a bare Pyodide in the same run.

Each round starts three fresh profiles, one for a page of one line, a bare one and one of ours, so that whatever else
the machine does falls on all alike. The page of one line tells how soon this browser can paint anything at all. In a
profile of ours: the first visit (cold), a visit with the caches warm but no boot snapshot (warm), and one with it
(snapshot). Times are the page's own, from navigation start.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import cast

from playwright.sync_api import Page, Playwright, sync_playwright

from satchel.adapters.server.static_server import StaticServer
from satchel_build.benchmarks.bench_site import bench_site
from satchel_build.benchmarks.driver import evaluate_until, fresh_profile, time_of_mark
from satchel_build.benchmarks.report import result_lines, write_result
from satchel_build.benchmarks.samples import Measurement, Target
from satchel_build.benchmarks.storage import measure_append, measure_import
from satchel_build.checkout import Checkout
from satchel_build.errors import BuildError
from satchel_build.progress import Progress

__all__ = ["SUMMARY", "TARGETS", "measure"]

SUMMARY = "time to a usable prompt beside a bare Pyodide; first paint; durable append; import"

_APPENDS = 1000
_IMPORTS = ((300, 3), (5000, 2))

TARGETS = (
    Target("snapshot", "at most", 0.6, "", per="bare warm"),
    Target("first paint, cold", "at most", 150, "ms"),
    Target("first paint, snapshot", "at most", 150, "ms"),
    Target("durable append", "at most", 1, "ms"),
    *(Target(f"import of {files} files", "at least", 1000, "files/s") for files, _ in _IMPORTS),
)

_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
# The header is the last thing written of a snapshot; while it is being written a file may refuse to be read.
_SNAPSHOT_STORED = """async () => {
  const satchel = await (await navigator.storage.getDirectory()).getDirectoryHandle('satchel');
  const folder = await (await satchel.getDirectoryHandle('v1')).getDirectoryHandle('snapshot');
  for await (const file of folder.values()) {
    const start = await file.getFile().then((found) => found.slice(0, 8).text()).catch(() => '');
    if (start === 'SATSNAP1') return true;
  }
  return false;
}"""
_DELETE_SNAPSHOT = """async () => {
  const satchel = await (await navigator.storage.getDirectory()).getDirectoryHandle('satchel');
  await (await satchel.getDirectoryHandle('v1')).removeEntry('snapshot', { recursive: true });
}"""

_Samples = dict[str, list[float]]


def measure(checkout: Checkout, chromium: str, rounds: int, progress: Progress) -> bool:
    """Measure, print, write `docs/bench/boot.json`; whether all targets are met."""
    samples: _Samples = defaultdict(list)
    with (
        bench_site(checkout) as pages,
        StaticServer(pages) as bare,
        StaticServer(checkout.dist) as site,
        sync_playwright() as playwright,
    ):
        for number in range(1, rounds + 1):
            with progress.step(f"Boots, round {number} of {rounds}"):
                _empty_page(playwright, chromium, bare.url, samples)
                _bare_boots(playwright, chromium, bare.url, samples)
                _boots(playwright, chromium, site.url, samples)
        with fresh_profile(playwright, chromium) as page:
            version = str(page.context.browser.version) if page.context.browser else ""
            page.goto(f"{bare.url}storage.html")
            _storage(page, samples, progress)
    measurements = _measurements(samples)
    for line in result_lines(measurements, TARGETS):
        print(line)
    path = write_result(checkout.root, "boot", f"Chromium {version}", measurements, TARGETS)
    print(f"\nAll samples: {path.relative_to(checkout.root)}")
    return all(target.met(measurements) for target in TARGETS)


def _empty_page(playwright: Playwright, chromium: str, url: str, samples: _Samples) -> None:
    with fresh_profile(playwright, chromium) as page:
        page.goto(f"{url}empty.html")
        samples["first paint, empty page"].append(float(cast("float", evaluate_until(page, _PAINT))))


def _bare_boots(playwright: Playwright, chromium: str, url: str, samples: _Samples) -> None:
    with fresh_profile(playwright, chromium) as page:
        for name in ("bare cold", "bare warm"):
            page.goto(f"{url}bare.html", wait_until="commit")
            samples[name].append(time_of_mark(page, "bench:ready")[0])


def _boots(playwright: Playwright, chromium: str, url: str, samples: _Samples) -> None:
    with fresh_profile(playwright, chromium) as page:
        _boot(page, url, "cold", "plain", samples)
        evaluate_until(page, _SNAPSHOT_STORED)
        page.evaluate(_DELETE_SNAPSHOT)
        _boot(page, url, "warm", "plain", samples)
        evaluate_until(page, _SNAPSHOT_STORED)
        _boot(page, url, "snapshot", "snapshot", samples)


def _boot(page: Page, url: str, name: str, kind: str, samples: _Samples) -> None:
    page.goto(url, wait_until="commit")
    at, detail = time_of_mark(page, "satchel:ready")
    if detail.get("boot") != kind:
        raise BuildError(
            f"The {name} boot was {detail.get('boot')!r}, not {kind!r}.",
            "The boot has changed; adapt the benchmark.",
        )
    samples[name].append(at)
    samples[f"first paint, {name}"].append(float(page.evaluate(_PAINT)))


def _storage(page: Page, samples: _Samples, progress: Progress) -> None:
    with progress.step("Durable appends"):
        samples["durable append"] += measure_append(page, _APPENDS)
    for files, rounds in _IMPORTS:
        with progress.step(f"Import of {files} files"):
            samples[f"import of {files} files"] += measure_import(page, files, rounds)


def _measurements(samples: Mapping[str, list[float]]) -> dict[str, Measurement]:
    def unit(name: str) -> str:
        return "files/s" if name.startswith("import") else "ms"

    order = sorted(
        samples,
        key=lambda name: (name.startswith(("first paint", "durable", "import")), list(samples).index(name)),
    )
    return {name: Measurement(name, unit(name), tuple(samples[name])) for name in order}

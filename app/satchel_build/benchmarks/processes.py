"""The process benchmark: what programs cost in the tab and on the server, beside native ones in the same run.

Each round does every operation in one place after another, so that whatever else the machine does falls on all
alike. One round before is not counted: it compiles modules and fills caches, of the native tools too.
"""

import itertools
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from playwright.sync_api import sync_playwright

from satchel.adapters.server.static_server import StaticServer
from satchel_build.benchmarks.bench_site import bench_site
from satchel_build.benchmarks.driver import fresh_profile
from satchel_build.benchmarks.native_programs import NativePrograms
from satchel_build.benchmarks.operations import (
    OPERATIONS,
    PIPE,
    SPAWN,
    SPAWN_AWAITED,
    Place,
    unit_of,
)
from satchel_build.benchmarks.peer_programs import PeerPrograms
from satchel_build.benchmarks.report import result_lines, write_result
from satchel_build.benchmarks.samples import Measurement, Target
from satchel_build.benchmarks.server_programs import ServerPrograms
from satchel_build.benchmarks.tab_programs import TabPrograms
from satchel_build.benchmarks.workload import write_workload
from satchel_build.checkout import Checkout
from satchel_build.progress import Progress

__all__ = ["SUMMARY", "TARGETS", "measure", "measure_rounds"]

SUMMARY = "spawn, pipe, stat, read, write, grep, kill: tab and server beside native, and a peer"

# Where the system has a place for files in memory, the twin's lie there as the tab's do: a disk must not lend us speed.
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None

TARGETS = (
    Target(f"{SPAWN}, tab", "at most", 0.5, "", per=f"{SPAWN}, native"),
    Target(f"{SPAWN_AWAITED}, tab", "at most", 1, "ms"),
    Target(f"{PIPE}, tab", "at least", 2, "GB/s"),
    Target("stat of 10k files, tab", "at most", 300, "ms"),
    Target("grep -r over 10k files, tab", "at most", 5, "", per="grep -r over 10k files, native"),
    Target(f"{SPAWN}, server", "at most", 1, "ms"),
)


def measure(checkout: Checkout, chromium: str, rounds: int, progress: Progress) -> bool:
    """Measure, print, write `docs/bench/processes.json`; whether all targets are met."""
    with ExitStack() as stack:
        folder, state = (
            Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_MEMORY))) for _ in range(2)
        )
        with progress.step("Making 10k files"):
            write_workload(folder)
        pages = stack.enter_context(bench_site(checkout))
        url = stack.enter_context(StaticServer(pages)).url
        playwright = stack.enter_context(sync_playwright())
        page = stack.enter_context(fresh_profile(playwright, chromium))
        version = str(page.context.browser.version) if page.context.browser else ""
        page.goto(f"{url}processes.html")
        server = stack.enter_context(closing(ServerPrograms(folder, checkout.dist / "bundles", state)))
        # A browser of its own: beside another page of the same one, ours would be in the background.
        peer_page = stack.enter_context(fresh_profile(playwright, chromium))
        peer = PeerPrograms(checkout, peer_page, url, pages, progress)
        places: Sequence[Place] = (
            NativePrograms(folder),
            TabPrograms(page, shared=True),
            TabPrograms(page, shared=False),
            server,
            peer,
        )
        samples = measure_rounds(places, rounds, progress)
    measurements = {
        name: Measurement(name, unit_of(name.split(",")[0]), tuple(each)) for name, each in samples.items()
    }
    for line in result_lines(measurements, TARGETS):
        print(line)
    for operation, why in peer.refusals.items():
        print(f"{operation}, {peer.name}: {why}")
    path = write_result(
        checkout.root, "processes", f"Chromium {version}", measurements, TARGETS, {peer.name: peer.refusals}
    )
    print(f"\nAll samples: {path.relative_to(checkout.root)}")
    return all(target.met(measurements) for target in TARGETS)


def measure_rounds(places: Sequence[Place], rounds: int, progress: Progress) -> Mapping[str, list[float]]:
    """Samples by "operation, place", in the order of operations; those of a first round are dropped."""
    samples: defaultdict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        title = f"Programs, round {number} of {rounds}" if number else "Programs, for warmth"
        with progress.step(title):
            for operation, place in itertools.product(OPERATIONS, places):
                taken = place.measure(operation)
                if number and taken:
                    samples[f"{operation}, {place.name}"] += taken
    return samples

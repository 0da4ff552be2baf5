"""What all suites share: the marker for tests that cannot run in Pyodide, and the seed of the samples.

Anything that needs a browser, the built site or a sample project is in `tests/support`.
"""

from __future__ import annotations

import signal

import hypothesis
import pytest

from tests.support.samples import Sampler, examples, sampler_from_environment

# A deadline for one example measures the machine, not the code.
hypothesis.settings.register_profile("satchel", deadline=None, max_examples=examples(100), print_blob=True)
hypothesis.settings.load_profile("satchel")

# Where the run was started in the background SIGINT is ignored, and what tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker here, so that Pyodide's run of the same tree knows it too."""
    config.addinivalue_line("markers", "host_only(reason): cannot run in Pyodide, and why")


@pytest.fixture(scope="session")
def sampler() -> Sampler:
    """Picks the cases of a large family of inputs that this run tries; `--full` tries them all."""
    return sampler_from_environment()

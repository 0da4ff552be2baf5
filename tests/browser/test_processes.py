"""The process engine in Chromium, with shared memory and without: real workers, real WebAssembly, real pipes.

The wall around guests is the policy that the worker's script is sent with; the server here sends the site's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from satchel_build.headers import header_rules
from tests.js.process.programs.build import RESULT, assembled

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PAGE = "tests/browser/fixtures/process/index.html"
NOTHING = {"processes": 0, "fds": 0, "pipes": 0, "pending": 0, "queued": 0}
EXIT = {"code": 0, "signal": 0, "cause": "exit", "detail": ""}


class IsolatedHandler(SimpleHTTPRequestHandler):
    """The checkout with isolation, and the process worker behind the site's own wall."""

    def end_headers(self) -> None:
        """Add the headers."""
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        name = self.path.rsplit("/", 1)[-1]
        if name == "wasi.worker.js":
            rules = header_rules().by_path[name]
            self.send_header("Content-Security-Policy", rules["Content-Security-Policy"])
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def isolated_url() -> Iterator[str]:
    """The checkout's root: modules are tested as they are written, not as bundled."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(IsolatedHandler, directory=str(ROOT)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Agent:
    """One agent worker with a process host of its own."""

    def __init__(self, page: Page, mode: str) -> None:
        self.page = page
        self.mode = mode

    def ask(self, command: str, *arguments: object) -> Any:
        """Have the worker do something and give its answer."""
        return self.page.evaluate(
            "([command, args]) => processes.ask('agent', command, ...args)", [command, list(arguments)]
        )

    def run(self, *argv: str, **extra: object) -> dict[str, Any]:
        """Run a program to its end."""
        return dict(self.ask("run", list(argv), extra))

    def assert_nothing_left(self) -> None:
        """No process, descriptor, pipe or pending call is left, and workers stand ready."""
        stats = self.ask("settled")
        workers = stats.pop("workers")
        assert stats == NOTHING
        assert workers["busy"] == 0 and 4 <= workers["idle"] <= 8, workers


@pytest.fixture(scope="module", params=["shared", "suspending"])
def lasting_agent(request: pytest.FixtureRequest, browser: Browser, isolated_url: str) -> Iterator[Agent]:
    """An agent for all tests of this file, in both modes of the engine."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{isolated_url}/{PAGE}")
    page.wait_for_function("window.processes !== undefined")
    options = {"shared": request.param == "shared", "files": {"script": "#!/workspace/exit 9\n"}}
    able = page.evaluate("options => processes.open('agent', options)", options)
    assert able == {"shared": "function", "jspi": "function"}
    yield Agent(page, str(request.param))
    context.close()


@pytest.fixture
def agent(lasting_agent: Agent) -> Iterator[Agent]:
    """The agent, of whose work nothing may be left after a test."""
    yield lasting_agent
    lasting_agent.assert_nothing_left()


def test_programs_are_assembled_from_their_text() -> None:
    assert RESULT.read_text(encoding="utf-8") == assembled(), "run tests/js/process/programs/build.py"


@pytest.mark.parametrize(
    ("argv", "status", "stdout"),
    [
        (["true"], EXIT, ""),
        (["exit", "5"], {**EXIT, "code": 5}, ""),
        (["script"], {**EXIT, "code": 9}, ""),
        (["self"], EXIT, "12345\n"),
        (["become"], {**EXIT, "code": 7}, ""),
        (["catch"], {**EXIT, "code": 3}, ""),
        (["sleep", "30"], EXIT, ""),
        (["killer", "9"], {**EXIT, "code": 9}, ""),
        (["plumb", "500"], EXIT, "512000\n"),
        (["nest", "20"], {**EXIT, "code": 20}, ""),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_programs_end_as_they_say(
    agent: Agent, argv: list[str], status: dict[str, object], stdout: str
) -> None:
    assert agent.run(*argv) == {**status, "stdout": stdout, "stderr": "", "bytes": len(stdout)}


@pytest.mark.parametrize(
    ("program", "detail"), [("trap", "unreachable"), ("recurse", "Maximum call stack size exceeded")]
)
def test_a_trap_says_what_it_was(agent: Agent, program: str, detail: str) -> None:
    ended = agent.run(program)
    assert (ended["code"], ended["signal"], ended["cause"]) == (134, 6, "trap")
    assert detail in ended["detail"]


def test_a_pipeline_carries_every_byte(agent: Agent) -> None:
    writer, copier, reader = agent.ask("pipeline", ["flood", "1600"], ["cat"], ["count"])
    assert (writer["code"], copier["code"], reader["code"]) == (0, 0, 0)
    assert reader["stdout"] == f"{1600 * 65536}\n"


def test_a_writer_ends_at_once_when_nobody_reads_any_more(agent: Agent) -> None:
    writer, reader = agent.ask("pipeline", ["yes"], ["head"])
    assert (writer["code"], writer["signal"], writer["stderr"]) == (141, 13, "")
    assert (reader["code"], reader["stdout"]) == (0, "y\n")


def test_a_spinning_program_can_be_killed_and_the_pool_refills(agent: Agent) -> None:
    for _ in range(3):
        ended = agent.ask("kill", ["spin"], 30)
        assert (ended["code"], ended["signal"], ended["cause"]) == (137, 9, "signal")


def test_what_a_killed_program_had_written_is_kept(agent: Agent) -> None:
    ended = agent.ask("killWhenWriting", ["yes"])
    assert (ended["code"], ended["start"]) == (137, "y\ny\n")
    assert ended["first"] > 0 and ended["bytes"] % 2 == 0


def test_eight_children_at_once_write_whole_lines(agent: Agent) -> None:
    ended = agent.run("fan", "8")
    assert (ended["code"], ended["bytes"]) == (8, 8 * 300 * 1024)


def test_too_many_programs_are_refused_and_nothing_hangs(agent: Agent) -> None:
    again = 6
    assert agent.ask("runAndKill", ["bomb"])["code"] == again
    # A child that has ended makes room for the next, so on a busy machine all twenty may find some.
    assert agent.run("fan", "20")["code"] in (20, 100 + again)


@pytest.mark.parametrize(
    ("argv", "limits", "cause"),
    [
        (["spin"], {"wallSeconds": 0.2}, "wall"),
        (["spin"], {"cpuSeconds": 0.2}, "cpu"),
        (["yes"], {"outputBytes": 100_000}, "output"),
    ],
    ids=["wall", "cpu", "output"],
)
def test_limits_end_a_program(agent: Agent, argv: list[str], limits: dict[str, float], cause: str) -> None:
    ended = agent.run(*argv, limits=limits)
    assert ended["cause"] == cause and ended["code"] > 128 and ended["detail"] != ""
    assert cause != "output" or ended["bytes"] == limits["outputBytes"]


def test_sleeping_is_not_computing(agent: Agent) -> None:
    assert agent.run("sleep", "400", limits={"cpuSeconds": 0.2})["code"] == 0


def test_memory_grows_to_its_limit_and_no_further(agent: Agent) -> None:
    assert agent.run("grow", limits={"memoryBytes": 100 * 65536})["stdout"] == "100\n"


def test_a_terminal_edits_lines_and_ends_input(agent: Agent) -> None:
    ended = agent.ask("terminal", ["cat"], ["helo\x7flo\r", "\x04"])
    assert ended["code"] == 0
    assert ended["stdout"] == "helo\b \blo\r\nhello\r\n"


def test_ctrl_c_ends_what_runs_in_a_terminal(agent: Agent) -> None:
    ended = agent.ask("terminal", ["spin"], ["\x03"])
    assert (ended["code"], ended["signal"], ended["stdout"]) == (130, 2, "^C\r\n")


def test_a_thousand_programs_one_after_another(agent: Agent) -> None:
    assert agent.ask("many", ["true"], 1000) == 1000


def test_programs_run_while_the_agent_gives_no_turn(agent: Agent) -> None:
    agent.run("plumb", "1")
    done = agent.ask("blocked", ["plumb", "500"])
    # Without shared memory calls come as messages, and those only in a turn: waiting is given up at once, so that
    # nothing hangs, and the program goes on when the turn comes.
    ran = agent.mode == "shared"
    assert (done["isDone"], done["stats"]["processes"]) == (ran, 0 if ran else 1)
    assert done["status"] == EXIT


def test_nothing_that_reaches_out_is_left_in_the_realm(context: BrowserContext, isolated_url: str) -> None:
    page = context.new_page()
    page.goto(f"{isolated_url}/{PAGE}")
    unsealed = page.evaluate(
        """() => new Promise((resolve) => {
          const worker = new Worker('/worker/wasi.worker.js', { type: 'module' });
          worker.onmessage = ({ data }) => resolve(data.unsealed);
        })"""
    )
    assert unsealed == []

"""Two builds of one checkout take turns."""

import io
import subprocess
import sys
import threading
from pathlib import Path

from satchel_build.build_lock import build_lock
from satchel_build.checkout import Checkout
from satchel_build.progress import Progress

APP = Path(__file__).resolve().parents[3] / "app"

HOLD = """
import sys
from pathlib import Path
from satchel_build.build_lock import build_lock
from satchel_build.checkout import Checkout
from satchel_build.progress import Progress
with build_lock(Checkout(Path(sys.argv[1])), Progress(sys.stderr)):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_the_second_waits_says_so_and_goes_on_when_the_first_is_gone(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path],
        env={"PYTHONPATH": str(APP)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        log = io.StringIO()
        entered = threading.Event()

        def wait_for_it() -> None:
            with build_lock(Checkout(tmp_path), Progress(log)):
                entered.set()

        waiter = threading.Thread(target=wait_for_it)
        waiter.start()
        assert not entered.wait(0.2)
        assert "Waiting for another build" in log.getvalue()
        holder.kill()
        assert entered.wait(10), "a killed build leaves no lock behind"
        waiter.join()

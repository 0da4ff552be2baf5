"""The demo model in the whole agent: real tools, real files, one question a class, a change to review."""

from __future__ import annotations

from pathlib import Path

from satchel.llm.demo import DemoModel
from satchel.llm.scripted import ScriptedProvider
from satchel.permission.policy import Policy
from tests.scenario.world import World, until

FILES = {
    "README.md": b"# Sample\n\nWe recieve parcels and open them.\n",
    "src/parcel.py": b"def opened(parcel):\n    return parcel is not None\n",
}


class _QuickClock:
    """Time passes at once; the pace of the demo's words is not what is tested here."""

    def now_ms(self) -> int:
        return 0

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        return


async def test_the_demo_changes_one_file_checks_it_and_sums_up_and_the_log_replays(tmp_path: Path) -> None:
    world = World(tmp_path, policy=Policy())
    demo = DemoModel(_QuickClock())
    world.provider = demo  # type: ignore[assignment]
    await world.start(FILES)
    await world.service.submit("Make this project better")
    for capability in ("read", "write"):
        await until(lambda: bool(world.service.session.questions))
        (question,) = world.service.session.questions
        assert question.capability == capability
        await world.service.answer(question.id, allowed=True)
        await until(lambda: not world.service.session.questions)
    await world.service.wait_idle()
    assert world.data("result")[-1]["stopReason"] == "end"
    assert world.data("result")[-1]["finalText"]
    assert [data for data in world.data("tool.result") if data["isError"]] == []
    assert world.service.changeset is not None
    assert [change.path for change in world.service.changeset.changes] == ["README.md"]
    assert world.service.project is not None
    assert b"receive" in world.service.project.files.read_bytes("README.md")
    again = await world.reloaded().start()
    assert isinstance(again.provider, ScriptedProvider)
    assert again.service.session == world.service.session

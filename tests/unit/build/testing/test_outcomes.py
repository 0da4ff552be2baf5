"""JUnit reports of both runners are read alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from satchel_build.testing.outcomes import Counts, Status, count, read_junit

PYTEST = """<?xml version="1.0"?><testsuites><testsuite name="pytest">
<testcase classname="tests.unit.test_a" name="test_one" time="0.5"/>
<testcase classname="tests.unit.test_a" name="test_two" time="0.1"><failure message="no">why</failure></testcase>
<testcase classname="tests.unit.test_a" name="test_three" time="0"><skipped message="no git here"/></testcase>
<testcase classname="tests.unit.test_a" name="test_four" time="0"><error message="fixture">why</error></testcase>
</testsuite></testsuites>"""
NODE = """<?xml version="1.0"?><testsuites><testsuite name="inode store">
<testcase name="links" time="0.002" classname="test"/></testsuite>
<testcase name="renames" time="0.001" classname="test"><failure>no</failure></testcase></testsuites>"""


def _report(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "report.xml"
    path.write_text(text)
    return path


def test_pytest_report(tmp_path: Path) -> None:
    outcomes = read_junit("unit", _report(tmp_path, PYTEST))
    assert [outcome.status for outcome in outcomes] == [
        Status.PASSED,
        Status.FAILED,
        Status.SKIPPED,
        Status.FAILED,
    ]
    assert outcomes[0].name == "tests.unit.test_a::test_one"
    assert outcomes[0].seconds == 0.5
    assert [outcome.reason for outcome in outcomes[1:]] == ["why", "no git here", "why"]
    assert count(outcomes) == Counts(passed=1, failed=2, skipped=1)


def test_node_report(tmp_path: Path) -> None:
    outcomes = read_junit("js", _report(tmp_path, NODE))
    assert [(outcome.name, outcome.status) for outcome in outcomes] == [
        ("links", Status.PASSED),
        ("renames", Status.FAILED),
    ]


def test_a_report_cut_short_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"report\.xml is no JUnit report"):
        read_junit("unit", _report(tmp_path, PYTEST[:200]))

"""The wheel that the site ships: bytecode beside the sources, of the right Python, the same every time."""

import csv
import importlib.util
import io
import shutil
import sys
import zipfile
import zipimport
from pathlib import Path

import pytest

from satchel_build.bytecode import with_bytecode
from satchel_build.checkout import Checkout
from satchel_build.errors import BuildError
from satchel_build.progress import Progress
from satchel_build.site_wheel import build_site_wheel

ROOT = Path(__file__).resolve().parents[3]
MEMBERS = {
    "parcel/__init__.py": '"""A package."""\n',
    "parcel/names.py": "NAMES = frozenset({'one', 'two', 'three', 'four'})\ndef fail():\n    raise ValueError\n",
    "parcel/py.typed": "",
    "parcel-1.dist-info/METADATA": "Name: parcel\n",
    "parcel-1.dist-info/RECORD": "parcel/__init__.py,,\nparcel-1.dist-info/RECORD,,\n",
}


def wheel_of(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        for name, text in members.items():
            wheel.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def members_of(wheel: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_module_is_compiled_and_recorded() -> None:
    made = members_of(with_bytecode(wheel_of(MEMBERS)))
    added = made.keys() - MEMBERS.keys()
    assert added == {"parcel/__init__.pyc", "parcel/names.pyc"}
    for name in MEMBERS.keys() - {"parcel-1.dist-info/RECORD"}:
        assert made[name] == MEMBERS[name].encode()
    record = list(csv.reader(made["parcel-1.dist-info/RECORD"].decode().splitlines()))
    assert [row[0] for row in record[:2]] == ["parcel/__init__.py", "parcel-1.dist-info/RECORD"]
    assert {name: int(size) for name, _, size in record[2:]} == {name: len(made[name]) for name in added}


def test_python_imports_the_compiled_form_and_shows_the_source(tmp_path: Path) -> None:
    path = tmp_path / "parcel.whl"
    path.write_bytes(with_bytecode(wheel_of(MEMBERS)))
    importer = zipimport.zipimporter(str(path))
    code = importer.get_code("parcel")
    assert code is not None
    assert code.co_filename == "parcel/__init__.py"
    assert importer.get_filename("parcel").endswith("__init__.pyc")
    assert importer.get_source("parcel") == MEMBERS["parcel/__init__.py"]


def test_a_module_that_does_not_compile_is_an_error() -> None:
    with pytest.raises(SyntaxError) as caught:
        with_bytecode(wheel_of({"parcel/bad.py": "def"}))
    assert caught.value.filename == "parcel/bad.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout without sources that shares what is installed with this one."""
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return Checkout(tmp_path)


def test_the_site_gets_bytecode_of_pyodide_the_same_every_time(checkout: Checkout, tmp_path: Path) -> None:
    wheel = tmp_path / "parcel-1-py3-none-any.whl"
    wheel.write_bytes(wheel_of(MEMBERS))
    progress = Progress(io.StringIO())
    made = build_site_wheel(checkout, wheel, progress)
    assert made.name == wheel.name
    first = made.read_bytes()
    magic = members_of(first)["parcel/names.pyc"][:4]
    assert magic[2:] == b"\r\n"
    assert (magic == importlib.util.MAGIC_NUMBER) == (sys.version_info[:2] == (3, 14))
    before = made.stat()
    assert build_site_wheel(checkout, wheel, progress).stat() == before, "nothing is done twice"
    shutil.rmtree(checkout.state)
    assert build_site_wheel(checkout, wheel, progress).read_bytes() == first


def test_a_failure_leaves_nothing_that_looks_finished(checkout: Checkout, tmp_path: Path) -> None:
    wheel = tmp_path / "parcel-1-py3-none-any.whl"
    wheel.write_bytes(wheel_of({"parcel/bad.py": "def"}))
    with pytest.raises(BuildError, match=r'File "parcel/bad.py", line 1(.|\n)*SyntaxError') as caught:
        build_site_wheel(checkout, wheel, Progress(io.StringIO()))
    assert len(str(caught.value)) < 2000
    assert [path.name for path in (checkout.state / "site-wheel").iterdir()] == ["draft"]

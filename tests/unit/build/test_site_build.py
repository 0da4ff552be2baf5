"""Building the site from a small checkout, with the real wheel builder and the real bundler."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from satchel_build.checkout import Checkout
from satchel_build.digests import file_digest
from satchel_build.errors import BuildError
from satchel_build.inputs import read_inputs
from satchel_build.manifest import read_manifest, site_is_whole
from satchel_build.progress import Progress
from satchel_build.site_build import refresh_site, style_nonce
from satchel_build.wheel import build_wheel

ROOT = Path(__file__).resolve().parents[3]

SOURCES = {
    "static/index.html": '<meta name="style-nonce" content="{{STYLE_NONCE}}"><p id="{{BUILD_ID}}">',
    "static/headless.html": '<meta content="{{PAGE_POLICY}}"><link rel="stylesheet" href="page.css"><p>',
    "static/page.css": '@import "./parts/frame.css"; p { color: red }',
    "static/parts/frame.css": "body { margin: 0 }",
    "static/page.js": 'import { h } from "preact"; h("p", {}); import("./late.js"); console.log(SATCHEL_BUILD_ID);',
    "static/late.js": 'import { h } from "preact"; export const late = [h, SATCHEL_STYLE_NONCE];',
    "static/headless.js": "console.log(SATCHEL_WHEEL);",
    "static/icons/icon.svg": "<svg/>",
    "static/tsconfig.json": "{}",
    "worker/agent.worker.js": 'import { loadPyodide } from "pyodide"; await loadPyodide();',
    "worker/wasi.worker.js": "self.onmessage = () => {};",
    "worker/service_worker.js": "const scoped = 1; self.addEventListener('fetch', () => [scoped, SATCHEL_FILES]);",
    "app/satchel/__init__.py": '"""A package."""\n',
    "app/satchel/sub/mod.py": "x = 1\n",
    "app/satchel/py.typed": "",
    "app/satchel_build/logic.py": "",
    "app/satchel_build/testing/logic.py": "",
}


def make_checkout(root: Path) -> Checkout:
    """A checkout with few sources, that shares what is installed with this one."""
    for name, text in SOURCES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("pyproject.toml", "package-lock.json", "README.md", "LICENSE", "NOTICE"):
        shutil.copyfile(ROOT / name, root / name)
    (root / ".venv").symlink_to(sys.prefix)
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    return Checkout(root)


@pytest.fixture
def checkout(tmp_path: Path, built: Checkout) -> Checkout:
    """A checkout to change. It has the compiled package of the built one, which takes seconds to make."""
    checkout = make_checkout(tmp_path / "checkout")
    shutil.copytree(built.state / "site-wheel", checkout.state / "site-wheel")
    return checkout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose site is built, to look at only."""
    checkout = make_checkout(tmp_path_factory.mktemp("built") / "checkout")
    build(checkout)
    return checkout


def build(checkout: Checkout) -> str:
    return refresh_site(checkout, Progress(io.StringIO()))


def edit(checkout: Checkout, name: str, text: str) -> None:
    (checkout.root / name).write_text(text)


def test_the_site_is_whole_and_in_its_documented_form(built: Checkout) -> None:
    build_id = read_inputs(built).build_id
    names = {path.relative_to(built.dist).as_posix() for path in built.dist.rglob("*") if path.is_file()}
    chunks = {name for name in names if name.startswith("chunks/")}
    assert chunks, "a late import and what it shares with the page are chunks"
    assert names - chunks == {
        *("index.html", "headless.html", "page.css", "page.js", "headless.js", "icons/icon.svg"),
        *("agent.worker.js", "wasi.worker.js", "service_worker.js", "satchel-0.1.0-py3-none-any.whl"),
        *("pyodide/pyodide.mjs", "pyodide/pyodide.asm.mjs", "pyodide/pyodide.asm.wasm"),
        *("pyodide/python_stdlib.zip", "pyodide/pyodide-lock.json", "bundles/index.json"),
        *("build-manifest.json", "headers.json", "licenses.txt"),
    }
    manifest = read_manifest(built.dist)
    assert manifest is not None
    assert manifest.build_id == build_id
    assert manifest.sizes.keys() == names - {"build-manifest.json"}
    assert site_is_whole(built.dist, manifest)


def test_placeholders_and_constants_hold_the_values_of_this_build(built: Checkout) -> None:
    build_id = read_inputs(built).build_id
    nonce = style_nonce(build_id)

    def text(name: str) -> str:
        return (built.dist / name).read_text()

    assert text("index.html") == f'<meta name="style-nonce" content="{nonce}"><p id="{build_id}">'
    assert (
        f"'nonce-{nonce}'" in json.loads(text("headers.json"))["bySuffix"][".html"]["Content-Security-Policy"]
    )
    assert build_id in text("page.js")
    assert any(nonce in path.read_text() for path in (built.dist / "chunks").iterdir())
    assert "satchel-0.1.0-py3-none-any.whl" in text("headless.js")
    assert "margin:0" in text("page.css")
    assert text("headless.html").endswith(f'<style nonce="{nonce}">{text("page.css")}</style><p>')
    assert f"style-src 'self' 'nonce-{nonce}';" in text("headless.html")


def test_the_service_worker_knows_every_file_of_its_build(built: Checkout) -> None:
    listed = re.search(r'\["[^\]]*"index\.html"[^\]]*\]', (built.dist / "service_worker.js").read_text())
    assert listed is not None
    manifest = read_manifest(built.dist)
    assert manifest is not None
    assert json.loads(listed[0]) == sorted([*manifest.sizes, "build-manifest.json"])


def test_workers_stand_alone_and_pyodide_stays_as_it_is(built: Checkout) -> None:
    agent = (built.dist / "agent.worker.js").read_text()
    assert 'from"./pyodide/pyodide.mjs"' in agent
    service = (built.dist / "service_worker.js").read_text()
    assert service.startswith("(()=>{"), "a classic script that leaks no names"
    for name in ("pyodide.mjs", "pyodide.asm.wasm"):
        assert file_digest(built.dist / "pyodide" / name) == file_digest(
            ROOT / "node_modules" / "pyodide" / name
        )
    assert json.loads((built.dist / "pyodide" / "pyodide-lock.json").read_text())["packages"] == {}


def test_the_licences_of_what_went_in_are_there(built: Checkout) -> None:
    text = (built.dist / "licenses.txt").read_text()
    for part in (
        "Apache License",
        "preact 11",
        "(MIT)",
        "Mozilla Public License",
        "PYTHON SOFTWARE FOUNDATION LICENSE",
    ):
        assert part in text
    assert "codemirror" not in text, "it is installed, but nothing of it went in"


def test_equal_sources_give_equal_sites_wherever_and_whenever_built(
    checkout: Checkout, built: Checkout
) -> None:
    for path in (checkout.root / "app").rglob("*.py"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o600)
    build(checkout)
    first, second = ((site.dist / "build-manifest.json").read_text() for site in (built, checkout))
    assert second == first


def test_nothing_is_done_twice(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build(checkout)
    inode = checkout.dist.stat().st_ino
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a program was started"))
    assert build(checkout) == first
    assert checkout.dist.stat().st_ino == inode


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("static/late.js", True),
        ("worker/agent.worker.js", True),
        ("app/satchel/sub/mod.py", True),
        ("app/satchel/sub/new.py", True),
        ("app/satchel_build/logic.py", True),
        ("package-lock.json", True),
        ("app/satchel_build/testing/logic.py", False),
        ("app/satchel/__pycache__/mod.pyc", False),
        ("docs.md", False),
    ],
)
def test_the_id_follows_exactly_what_goes_into_the_site(checkout: Checkout, name: str, changes: bool) -> None:
    before = read_inputs(checkout).build_id
    (checkout.root / name).parent.mkdir(exist_ok=True)
    edit(checkout, name, "/* edited */")
    assert (read_inputs(checkout).build_id != before) is changes


def test_a_changed_script_does_not_rebuild_the_wheel(checkout: Checkout) -> None:
    before = read_inputs(checkout).wheel
    edit(checkout, "static/page.js", "")
    assert read_inputs(checkout).wheel == before
    edit(checkout, "app/satchel/sub/mod.py", "x = 2\n")
    assert read_inputs(checkout).wheel != before


def test_a_damaged_site_is_built_again(checkout: Checkout) -> None:
    build(checkout)
    (checkout.dist / "page.js").unlink()
    build(checkout)
    assert (checkout.dist / "page.js").is_file()


def test_a_source_that_does_not_compile_leaves_the_old_site(checkout: Checkout) -> None:
    first = build(checkout)
    edit(checkout, "static/page.js", "let = = 1;")
    with pytest.raises(BuildError, match=r"static/page\.js:1:6"):
        build(checkout)
    manifest = read_manifest(checkout.dist)
    assert manifest is not None
    assert manifest.build_id == first
    assert site_is_whole(checkout.dist, manifest)


def test_a_warning_of_the_bundler_is_an_error(checkout: Checkout) -> None:
    edit(checkout, "static/page.js", "if (typeof window === 'windows') console.log(1);")
    with pytest.raises(BuildError, match=r"impossible-typeof[^$]*esbuild has warnings"):
        build(checkout)


def test_missing_sources_are_all_named(checkout: Checkout) -> None:
    (checkout.root / "static" / "page.css").unlink()
    (checkout.root / "worker" / "agent.worker.js").unlink()
    with pytest.raises(BuildError, match=r"missing: static/page\.css, worker/agent\.worker\.js\."):
        build(checkout)
    assert not checkout.dist.exists()


def test_a_wheel_is_the_package_alone_with_fixed_times_and_order(checkout: Checkout) -> None:
    (checkout.root / "app" / "satchel" / "__pycache__").mkdir()
    edit(checkout, "app/satchel/__pycache__/x.cpython-311.pyc", "stale")
    wheel = build_wheel(checkout, "digest", Progress(io.StringIO()))
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert {info.date_time for info in archive.infolist()} == {(2024, 1, 1, 0, 0, 0)}
    package = [name for name in names if not name.startswith("satchel-0.1.0.dist-info/")]
    assert package == ["satchel/__init__.py", "satchel/py.typed", "satchel/sub/mod.py"]
    assert "satchel-0.1.0.dist-info/licenses/LICENSE" in names

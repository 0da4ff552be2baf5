"""How a module is made, by this build and by others from what the site offers; the programs it needs are played."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from satchel_build.bundle_build import build_module
from satchel_build.bundle_provenance import describe, write_committed
from satchel_build.bundle_recipe import read_recipe
from satchel_build.bundle_site import copy_bundles
from satchel_build.bundle_toolchain import ensure_toolchain
from satchel_build.checkout import Checkout
from satchel_build.digests import file_digest
from satchel_build.errors import BuildError
from satchel_build.progress import Progress
from tests.unit.build.test_bundle_recipe import DIGEST, RECIPE, recipe_folder
from tests.unit.build.wasm_samples import module

ROOT = Path(__file__).resolve().parents[3]
DATA = module([("wasi_snapshot_preview1", "proc_exit", (("i32",), ()))])
BUILD = 'wcc -O2 "$SOURCE/main.c" -o "$OUTPUT"\n'
NEEDS_CURSES = f'test -f "$SOURCES"/curses/curses-6/curses.c && {BUILD}'
# Finds the headers that it is given, as a compiler would, and "compiles" to a file that lies beside it.
ZIG = """#!/bin/sh
set -eu
header=
while [ $# -gt 0 ]; do
  case $1 in
    -o) output=$2 ;;
    *.c) [ -f "$1" ] || { echo "no file $1" >&2; exit 1; } ;;
    -I) [ -d "$2" ] || { echo "no folder $2" >&2; exit 1; }; [ ! -f "$2/satchel.h" ] || header=yes ;;
    wasm-ld) header=yes ;;
  esac
  shift
done
[ -n "$header" ] || { echo "no satchel.h" >&2; exit 1; }
cp "$(dirname "$(readlink -f "$0")")/module.wasm" "$output"
"""
# `pip install ... --target FOLDER --requirement LOCK`.
PIP = """#!/bin/sh
set -eu
while [ $# -gt 0 ]; do
  case $1 in
    --target) target=$2 ;;
    --requirement) grep -q ^ziglang== "$2" ;;
  esac
  shift
done
mkdir -p "$target"
cp -R "$(dirname "$0")/ziglang" "$target"
"""
PATCH = '#!/bin/sh\nfor word; do case $word in --input=*) cat "${word#--input=}" ;; esac; done >> "$TMPDIR/patched"\n'


class Machine:
    """A checkout with the real toolchain and one recipe, on a machine with pip, zig and patch of its own."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.checkout = Checkout(root / "checkout")
        self.programs = root / "bin"
        (self.programs / "ziglang").mkdir(parents=True)
        for name, text in {"python3": PIP, "patch": PATCH, "ziglang/zig": ZIG}.items():
            (self.programs / name).write_text(text)
            (self.programs / name).chmod(0o755)
        self.compiles_to(DATA)
        monkeypatch.setenv("PATH", str(self.programs), prepend=":")
        monkeypatch.setenv("TMPDIR", str(root))
        monkeypatch.setattr("sys.executable", str(self.programs / "python3"))
        for name in ("bundles/recipes/toolchain", "bundles/include"):
            shutil.copytree(ROOT / name, self.checkout.root / name)
        (self.checkout.root / "requirements").mkdir()
        shutil.copy(ROOT / "requirements" / "toolchain.lock", self.checkout.root / "requirements")
        self.archive = self._archive("tool_1.0.orig.tar.xz", "tool-1.0/main.c")
        self.recipe = recipe_folder(
            self.checkout.root,
            RECIPE.replace(DIGEST, file_digest(self.archive)).replace("size = 7", "size = 1"),
        )
        (self.recipe / "build.sh").write_text(BUILD)
        for name in ("b", "a"):
            (self.recipe / "patches" / f"{name}.patch").write_text(f"{name}\n")

    def compiles_to(self, data: bytes) -> None:
        (self.programs / "ziglang" / "module.wasm").write_bytes(data)

    def add_source(self, package: str, member: str) -> None:
        archive = self._archive(f"{package}.tar.xz", member)
        with (self.recipe / "recipe.toml").open("a") as recipe:
            recipe.write(f'\n[[sources]]\npackage = "{package}"\nversion = "1"\nfile = "{archive.name}"\n')
            recipe.write(f'pool = "pool"\nsha256 = "{file_digest(archive)}"\nsize = 1\n')

    def build(self) -> bytes:
        progress = Progress(io.StringIO())
        toolchain = ensure_toolchain(self.checkout, progress)
        return build_module(self.checkout, read_recipe(self.recipe), toolchain, progress)

    def _archive(self, name: str, member: str) -> Path:
        path = self.checkout.state / "sources" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(path, "w:xz") as tar:
            tar.addfile(tarfile.TarInfo(member), io.BytesIO())
        return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_a_module_is_what_the_recipe_compiles_with_its_patches_in_order(machine: Machine) -> None:
    assert machine.build() == DATA
    assert (machine.root / "patched").read_text() == "a\nb\n"
    assert machine.build() == DATA, "again, over what the first time left"


def test_libraries_lie_where_the_recipe_finds_them(machine: Machine) -> None:
    machine.add_source("curses", "curses-6/curses.c")
    (machine.recipe / "build.sh").write_text(NEEDS_CURSES)
    assert machine.build() == DATA


def test_settings_of_who_builds_do_not_come_in(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CPPFLAGS", "LDFLAGS", "SOURCE_DATE_EPOCH", "TZ"):
        monkeypatch.setenv(name, "of the caller")
    (machine.recipe / "build.sh").write_text(
        f'test "${{CPPFLAGS-}}${{LDFLAGS-}}$SOURCE_DATE_EPOCH$TZ" = 1735689600UTC && {BUILD}'
    )
    assert machine.build() == DATA


def test_exception_handling_has_to_be_asked_for_by_the_recipe(machine: Machine) -> None:
    machine.compiles_to(module(tag=True))
    with pytest.raises(BuildError, match="uses exception handling without need"):
        machine.build()
    recipe = machine.recipe / "recipe.toml"
    recipe.write_text(f"exceptions = true\n{recipe.read_text()}")
    assert machine.build() == module(tag=True)


def test_setjmp_is_a_flag_of_the_compiler(machine: Machine) -> None:
    zig = machine.programs / "ziglang" / "zig"
    zig.write_text(ZIG.replace("header=\n", 'header=\necho "$@" >> "$TMPDIR/words"\n'))
    (machine.recipe / "build.sh").write_text(BUILD.replace("-O2", "-fsetjmp"))
    machine.build()
    words = (machine.root / "words").read_text().splitlines()[-1]
    assert "-DSATCHEL_SETJMP" in words
    assert "/lib/setjmp.o" in words
    assert "-fsetjmp" not in words


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"#!/bin/sh", "module.wasm is no module"),
        (module([("env", "fork", ((), ()))]), "imports env.fork"),
        (module()[:-1], "in the middle"),
    ],
)
def test_what_hosts_could_not_run_is_not_given(machine: Machine, data: bytes, text: str) -> None:
    machine.compiles_to(data)
    with pytest.raises(BuildError, match=text):
        machine.build()


def test_a_recipe_that_makes_nothing_is_told(machine: Machine) -> None:
    (machine.recipe / "build.sh").write_text("true\n")
    with pytest.raises(BuildError, match=r"tool/build\.sh made no module\.wasm"):
        machine.build()


def test_an_archive_with_no_folder_of_its_own_is_told(machine: Machine) -> None:
    with tarfile.open(machine.archive, "w:xz") as tar:
        for name in ("a.c", "b.c"):
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    recipe = machine.recipe / "recipe.toml"
    recipe.write_text(RECIPE.replace(DIGEST, file_digest(machine.archive)))
    with pytest.raises(BuildError, match="sources/tool must hold one folder"):
        machine.build()


def test_others_make_the_module_by_the_words_beside_it(machine: Machine) -> None:
    machine.add_source("curses", "curses-6/curses.c")
    (machine.recipe / "build.sh").write_text(NEEDS_CURSES)
    recipe = read_recipe(machine.recipe)
    bundle = machine.checkout.root / "bundles" / "tools"
    bundle.mkdir()
    (bundle / "bundle.toml").write_text('version = "2.0"\nsummary = "tools"\nrecipes = ["tool"]\n')
    write_committed(machine.checkout, recipe, DATA, describe(machine.checkout, recipe, DATA))
    copy_bundles(machine.checkout, machine.root / "site")
    published, downloaded = machine.root / "site" / "bundles" / "sources", machine.root / "downloaded"
    for line in (published / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        (downloaded / name).parent.mkdir(parents=True, exist_ok=True)
        # Without its mode, as over HTTP.
        (downloaded / name).write_bytes((published / name).read_bytes())
        assert file_digest(downloaded / name) == digest
    for source in recipe.sources:
        shutil.copy(machine.archive.with_name(source.file), downloaded)
    text = (downloaded / "recipes" / "tool" / "SOURCE.txt").read_text()
    _, begin, rest = text.partition("  chmod ")
    commands = (begin + rest).partition("\n\nwhich makes work/tool/module.wasm, ")[0]
    subprocess.run(["sh", "-e", "-c", commands], cwd=downloaded, check=True)
    made = (downloaded / "work" / "tool" / "module.wasm").read_bytes()
    assert hashlib.sha256(made).hexdigest() in text

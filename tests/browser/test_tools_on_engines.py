"""The committed GNU tools do on every engine, byte for byte, what those of this machine do: output, status, and all
that is in the workspace then."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conformance.wasi.case_files import Case, Entry
from tests.conformance.wasi.manifest import manifest_of
from tests.support.process_engines import Engines, disagreement
from tests.support.samples import sampler_from_environment

pytestmark = pytest.mark.browser

SAMPLER = sampler_from_environment()
COMMANDS_OF_A_RUN = 12
BEFORE = (
    Entry("file", "poem", b"the tide comes in\nthe tide goes out\n\nand the moon\npulls at it\tall night\n"),
    Entry("file", "table", b"mole:12:stone\npier:3:wood\nbuoy:7:steel\ncrane:100:steel\n"),
    Entry("file", "left", b"a\nb\nd\ne\n"),
    Entry("file", "right", b"b\nc\nd\n"),
    Entry("file", "bytes", bytes(range(256)) * 3, 0o640),
    Entry("dir", "harbour", mode=0o755),
    Entry("file", "harbour/log", b"1\n2\n3\n", 0o600),
    Entry("link", "short", b"harbour/log"),
    Entry("link", "lost", b"nowhere"),
)
COMMANDS = """
sort -t : -k 2,2n table
sort -r -u left right
sort --bogus
wc -lwc poem table
wc -c bytes
wc -l missing poem
uniq -c left
cut -d : -f 2-3 table
cut -c 1-4 poem
tr a-z A-Z < poem
tr -s e < poem
tr -d
head -n 2 poem table
head -c -700 bytes
tail -n +3 poem
tail -c 5 left
nl -ba poem
od -A x -t x1z bytes
od -c poem
cksum poem bytes
sha256sum poem bytes
md5sum short
sha512sum lost
base64 -w 60 bytes
base32 bytes
seq 3 4 19
seq -w 8 11
paste -d , left right
paste -s left
comm left right
join -t : -1 2 -2 2 table table
expr 6 * 7
expr abc : .\\(.\\)
expr 1 / 0
printf %s-%05d\\n a 42 b 7
printf %x 0x
echo -e one\\ttwo
cat -A poem
cat poem missing short
cat harbour
ls -1A
ls -gGR --time-style=+ harbour nowhere
ls -l --time-style=+ missing
stat -c %n:%s:%a:%F poem bytes harbour short
readlink short lost
readlink poem
realpath --relative-to=. short
basename harbour/log .x
dirname harbour/log
test -f poem
test -d poem
test poem -nt
factor 360 1000003
date -u -d @86400 +%F_%T
date -u -d nonsense
split -l 2 poem part-
csplit -s poem /moon/
cp -r harbour copy
cp poem harbour/log
cp -P short other
cp missing there
mv poem harbour/verse
mv missing there
mv harbour harbour/log/x
rm -r harbour
rm harbour
rm -f missing poem
mkdir -p a/b/c
mkdir harbour
rmdir harbour
ln -s poem third
ln poem twin
ln poem table
touch -d @1000000000 new
truncate -s 5 poem
dd if=bytes of=part bs=16 skip=2 count=3 status=none
dd if=missing
tee one two < poem
tac poem
fold -w 7 poem
fmt -w 30 poem
expand -t 4 poem
unexpand -a poem
numfmt --to=iec 1048576 999
tsort left
shuf -i 1-9 -n 9 --random-source=bytes
install -m 755 poem there
chmod 600 poem
link poem fourth
unlink poem
sum poem
pathchk -p harbour/log
true
false
grep -n tide poem
grep -c e poem table
grep -v e left
grep -E (in|out)$ poem
grep -o -i T[a-z]* poem
grep -w all poem
grep -l steel table poem left
grep -A 1 -B 1 moon poem
grep -q tide poem
grep absent poem
grep x missing
grep -F . poem
grep -E a{1 poem
grep [ poem
grep -z tide bytes
grep --color=always moon poem
grep -x b left right
grep -m 1 the poem
""".strip().splitlines()


@dataclass(frozen=True, slots=True)
class Command:
    """A line of the list: words, and the file that is its input."""

    argv: tuple[str, ...]
    stdin: bytes


def _command(line: str) -> Command:
    words, _, source = line.partition(" < ")
    content = {entry.path: entry.content for entry in BEFORE}
    return Command(tuple(words.split()), content[source] if source else b"")


def _lay_out(folder: Path) -> None:
    for entry in BEFORE:
        path = folder / entry.path
        match entry.kind:
            case "dir":
                path.mkdir()
                path.chmod(entry.mode)
            case "link":
                path.symlink_to(entry.content.decode())
            case _:
                path.write_bytes(entry.content)
                path.chmod(entry.mode)


def _expected(line: str, folder: Path) -> Case:
    """What this machine's own tool does, in a directory of its own."""
    _lay_out(folder)
    command = _command(line)
    native = subprocess.run(
        command.argv,
        input=command.stdin,
        cwd=folder,
        env={"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=30,
        check=False,
        umask=0o022,  # as guests begin
    )
    return Case(
        line,
        "root",
        "grep" if command.argv[0] == "grep" else "coreutils",
        command.argv,
        native.stdout,
        ("LC_ALL=C", "TZ=UTC", "PWD=/workspace"),
        BEFORE,
        manifest=manifest_of(folder),
        stdin=command.stdin,
        stderr=native.stderr,
        code=native.returncode,
    )


@pytest.mark.parametrize("line", SAMPLER.sample("tools on engines", COMMANDS, COMMANDS_OF_A_RUN))
def test_a_tool_does_what_it_does_on_this_machine(engines: Engines, tmp_path: Path, line: str) -> None:
    assert disagreement(_expected(line, tmp_path), engines) == ""

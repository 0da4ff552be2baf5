"""Puts compiled modules beside the sources in a wheel, so that importing from it does not compile.

Runs in the interpreter that will import the wheel: `site_wheel.mjs` loads this file into Pyodide. Python imports the
compiled form from an archive without looking at the source (PEP 552, unchecked hash), which stays for tracebacks.
"""

import base64
import hashlib
import importlib.util
import io
import marshal
import zipfile

__all__ = ["with_bytecode"]

# PEP 552: the pyc is found by hash, and the hash is not checked.
_UNCHECKED_HASH = (1).to_bytes(4, "little")
_RECORD = ".dist-info/RECORD"


def with_bytecode(wheel: bytes) -> bytes:
    """The same wheel with a `.pyc` for every `.py`, listed in its RECORD. Equal wheels give equal bytes."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(wheel)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        recorded: list[str] = []
        for member in old.infolist():
            data = old.read(member)
            if member.filename.endswith(_RECORD):
                data += "".join(recorded).encode()
            new.writestr(member, data)
            if member.filename.endswith(".py"):
                compiled = zipfile.ZipInfo(member.filename + "c", member.date_time)
                compiled.compress_type = zipfile.ZIP_DEFLATED
                compiled.external_attr = member.external_attr
                data = _compiled(member.filename, data)
                new.writestr(compiled, data)
                recorded.append(_record_line(compiled.filename, data))
    return target.getvalue()


def _compiled(name: str, source: bytes) -> bytes:
    code = compile(source, name, "exec", dont_inherit=True)
    return b"".join(
        (
            importlib.util.MAGIC_NUMBER,
            _UNCHECKED_HASH,
            importlib.util.source_hash(source),
            marshal.dumps(code),
        )
    )


def _record_line(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"

"""`make collection`: the Ansible collection as a tarball that is the same, byte for byte, wherever it is built."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "collection"
FORMAT = 1  # of MANIFEST.json and FILES.json (ansible/galaxy/collection: MANIFEST_FORMAT)


def info(version: str) -> dict[str, Any]:
    """What the collection says of itself."""
    return {
        "namespace": "moorline",
        "name": "fleet",
        "version": version,
        "authors": ["The Moorline authors"],
        "readme": "README.md",
        "tags": ["inventory", "cloud"],
        "description": "Moorline's hosts as an Ansible inventory",
        "license": ["Apache-2.0"],
        "license_file": None,
        "dependencies": {},
        "repository": None,
        "documentation": None,
        "homepage": None,
        "issues": None,
    }


def build(target: Path, version: str) -> Path:
    """Write the tarball into the folder; its path."""
    files = {path.relative_to(SOURCE).as_posix(): path for path in sorted(SOURCE.rglob("*")) if _wanted(path)}
    listed: list[dict[str, Any]] = [_row(".", None)]
    contents: dict[str, bytes | None] = {}
    for name, path in files.items():
        contents[name] = None if path.is_dir() else path.read_bytes()
        listed.append(_row(name, contents[name]))
    listing = _json({"files": listed, "format": FORMAT})
    manifest = {
        "collection_info": info(version),
        "file_manifest_file": {**_row("FILES.json", listing), "name": "FILES.json"},
        "format": FORMAT,
    }
    target.mkdir(parents=True, exist_ok=True)
    made = target / f"moorline-fleet-{version}.tar.gz"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in {"MANIFEST.json": _json(manifest), "FILES.json": listing, **contents}.items():
            _put(tar, name, data, runs=name.startswith("scripts/"))
    made.write_bytes(gzip.compress(packed.getvalue(), 9, mtime=0))
    return made


def _wanted(path: Path) -> bool:
    return "__pycache__" not in path.parts and not path.name.startswith(".") and path.suffix != ".pyc"


def _row(name: str, data: bytes | None) -> dict[str, Any]:
    if data is None:
        return {"name": name, "ftype": "dir", "chksum_type": None, "chksum_sha256": None, "format": FORMAT}
    digest = hashlib.sha256(data).hexdigest()
    return {"name": name, "ftype": "file", "chksum_type": "sha256", "chksum_sha256": digest, "format": FORMAT}


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode()


def _put(tar: tarfile.TarFile, name: str, data: bytes | None, *, runs: bool) -> None:
    entry = tarfile.TarInfo(name)
    entry.mtime = 0
    if data is None:
        entry.type, entry.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(entry)
        return
    entry.size, entry.mode = len(data), 0o755 if runs else 0o644
    tar.addfile(entry, io.BytesIO(data))


def main() -> None:
    """Build into dist/, or into the folder that is named."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "dist"
    sys.stdout.write(f"{build(target, project['project']['version'])}\n")


if __name__ == "__main__":
    main()

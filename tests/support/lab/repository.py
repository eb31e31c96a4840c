"""Packages for hosts without a way out: an APT repository in a folder of their own root."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.support.lab.tools import run

PLACE = "srv/packages"  # below the root


def make(folder: Path, packages: Iterable[Path]) -> None:
    """Lay .deb files down and list them, so that `deb [trusted=yes] file:/FOLDER ./` finds them."""
    folder.mkdir(parents=True, exist_ok=True)
    for package in packages:
        # apt writes the colon of a version as %3a, which it would take for a colon again
        shutil.move(package, folder / package.name.replace("%3a", "."))
    index(folder)


def index(folder: Path) -> None:
    """Write the list of what lies there."""
    rows = []
    for package in sorted(folder.glob("*.deb")):
        digest = hashlib.sha256(package.read_bytes()).hexdigest()
        fields = run(["dpkg-deb", "--field", str(package)]).rstrip()
        rows.append(f"{fields}\nFilename: ./{package.name}\nSize: {package.stat().st_size}\nSHA256: {digest}\n")
    (folder / "Packages").write_text("\n".join(rows))


def be_the_only_source(root: Path) -> None:
    """Have apt below that root know nothing else, no proxy either, and read the list once."""
    apt = root / "etc/apt"
    for place in (apt / "sources.list.d", apt / "apt.conf.d"):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
    (apt / "sources.list").write_text(f"deb [trusted=yes] file:/{PLACE} ./\n")
    shutil.rmtree(root / "var/lib/apt/lists", ignore_errors=True)
    for settings in ("etc/resolv.conf", "etc/hosts"):
        (root / settings).write_text("")


def build(folder: Path, name: str, version: str, programs: Mapping[str, str] | None = None) -> Path:
    """A package that tells its version in a file, and has these programs (path → text); where it lies."""
    tree = folder / f"{name}-{version}"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "usr/share" / name).mkdir(parents=True)
    (tree / "usr/share" / name / "version").write_text(f"{version}\n")
    for path, text in (programs or {}).items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
        (tree / path).chmod(0o755)
    (tree / "DEBIAN/control").write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: lab <lab@localhost>\n"
        "Description: a package of the lab\n"
    )
    package = folder / f"{name}_{version}_all.deb"
    run(["dpkg-deb", "--build", "--root-owner-group", str(tree), str(package)])
    shutil.rmtree(tree)
    return package

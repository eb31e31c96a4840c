"""The project's own files say the same as each other."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PYTHONS = ("3.11", "3.13")  # what an installation may run on
WISHES = {
    "requirements.txt": ["dependencies"],
    "requirements-dev.txt": ["dependencies", "dev"],
    "requirements-bench.txt": ["dependencies", "dev", "bench"],
    "requirements-node.txt": ["node"],
}


def wished(parts: list[str]) -> Iterator[Requirement]:
    """What pyproject.toml asks for in these parts."""
    for part in parts:
        wishes = PROJECT["dependencies"] if part == "dependencies" else PROJECT["optional-dependencies"][part]
        yield from map(Requirement, wishes)


def pinned(name: str, python: str = PYTHONS[0]) -> dict[str, str]:
    """Package and version of each line of a requirement file that counts for that Python."""
    here = {"python_version": python, "python_full_version": f"{python}.1"}
    lines = re.findall(r"^[A-Za-z0-9][^\\\n]*", (ROOT / name).read_text(), re.MULTILINE)
    wishes = [Requirement(line) for line in lines]
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in wishes
        if one.marker is None or one.marker.evaluate(here)
    }


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("name", "parts"), WISHES.items())
def test_pins_satisfy_what_pyproject_asks_for(name: str, parts: list[str], python: str) -> None:
    pins = pinned(name, python)
    for wish in wished(parts):
        if wish.marker is not None and not wish.marker.evaluate({"python_version": python}):
            continue
        version = pins.get(canonicalize_name(wish.name))
        assert version is not None, f"{wish.name} is not in {name}: make pins"
        assert wish.specifier.contains(version), f"{name} pins {wish.name} {version}: make pins"


@pytest.mark.parametrize("name", WISHES)
def test_every_pin_has_a_hash_and_no_place_to_fetch_from(name: str) -> None:
    for block in re.split(r"\n(?=\S)", (ROOT / name).read_text().strip()):
        if not block.startswith("#"):
            assert "--hash=sha256:" in block
            assert "://" not in block
            assert not block.startswith("-")


def test_the_requirement_files_agree_with_each_other() -> None:
    run, dev, bench = (pinned(name) for name in list(WISHES)[:3])
    assert run.items() <= dev.items()
    assert dev.items() <= bench.items()


def test_every_phony_target_is_explained() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^\.PHONY: (\S+)$", text, re.MULTILINE)
    assert targets
    for target in targets:
        assert re.search(rf"^{target}: ## \S", text, re.MULTILINE), target


@pytest.mark.parametrize("package", ["collectors"])
def test_plug_in_code_imports_the_standard_library_alone(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            for name in names:
                assert name.split(".")[0] in {*sys.stdlib_module_names, package}, f"{path.name} imports {name}"


def test_no_file_names_a_package_registry() -> None:
    words = ("pypi" + ".org", "npmjs" + ".org", "npmjs" + ".com", "pythonhosted" + ".org", "deb.debian" + ".org")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        file = ROOT / name
        if file.is_file() and b"\0" not in (content := file.read_bytes())[:1024]:
            found = [word for word in words if word.encode() in content]
            assert not found, f"{name} names {found}"

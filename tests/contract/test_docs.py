"""What is generated is what the code says today, and what is written links to what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import generate

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CODE_FILE = re.compile(
    r"`((?:controller|collectors|inventory|migrations|tests|ui|docs|\.ci)/[A-Za-z0-9_./-]+\.[a-z]+)`"
)
TEST_NAME = re.compile(r"`(tests/[a-z0-9_/.]+\.py)(?:::([a-z0-9_]+))?`")


@pytest.mark.parametrize("name", ["settings.md", "collectors.md", "api.md"])
def test_references_are_current(name: str) -> None:
    path = generate.REFERENCE / name
    assert path.read_text() == generate.references()[path], "make docs"


def test_openapi_document_is_current() -> None:
    path, text = next(iter(generate.openapi().items()))
    assert path.read_text() == text, "make api"


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_files_and_tests_that_are_named_exist(page: Path) -> None:
    text = page.read_text()
    for name in CODE_FILE.findall(text):
        assert (ROOT / name).exists(), f"{page.name} names {name}"
    for name, function in TEST_NAME.findall(text):
        if function:
            assert f"def {function}(" in (ROOT / name).read_text(), f"{page.name} names {name}::{function}"


def test_the_map_is_short_enough_to_read() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text().splitlines()) <= 300


@pytest.mark.parametrize("name", ["install", "manual"])
def test_both_languages_have_the_same_parts(name: str) -> None:
    heads = [
        len(re.findall(r"^#+ ", (ROOT / "docs" / f"{name}{language}.md").read_text(), re.MULTILINE))
        for language in ("", ".zh-CN")
    ]
    assert heads[0] == heads[1]

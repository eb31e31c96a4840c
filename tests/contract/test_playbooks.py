"""Every playbook of the library: tells what it is in both languages, looks first, and needs ansible-core alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
FILES = sorted(PLAYBOOKS.glob("*.yml"))
NEEDED = {
    "title",
    "description",
    "tags",
    "ansible",
    "destructive",
    "become",
    "families",
    "collections",
    "check",
    "parameters",
}
KEYWORDS = {
    *(
        "name",
        "when",
        "vars",
        "register",
        "loop",
        "loop_control",
        "changed_when",
        "failed_when",
        "check_mode",
        "become",
    ),
    *("args", "environment", "block", "rescue", "always", "notify", "no_log", "diff"),
}


def header(path: Path) -> dict[str, Any]:
    """What the file says of itself."""
    lines = path.read_text().splitlines()
    block = lines[: next(at for at, line in enumerate(lines) if not line.startswith("#"))]
    assert block[0] == "# moorline:"
    text = "\n".join(line[2:] for line in block)
    assert not any(isinstance(one, yaml.AliasToken) for one in yaml.scan(text)), "headers refer to nothing"
    found: dict[str, Any] = yaml.safe_load(text)["moorline"]
    return found


def tasks(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every task, those in blocks too."""
    for item in items:
        if "block" in item:
            for part in ("block", "rescue", "always"):
                yield from tasks(item.get(part, []))
        else:
            yield item


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_header(path: Path) -> None:
    head = header(path)
    assert set(head) - {"unverified"} == NEEDED
    for words in (head["title"], head["description"], head.get("unverified", {"en": "-", "zh-CN": "-"})):
        assert set(words) == {"en", "zh-CN"}
        assert all(words.values())
    assert max(map(len, head["title"].values())) <= 80
    assert all(re.fullmatch(r"[a-z0-9-]+", tag) for tag in head["tags"])
    assert head["collections"] == []
    names = [one["name"] for one in head["parameters"]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_parameters(path: Path) -> None:
    (play,) = yaml.safe_load(path.read_text())
    for one in header(path)["parameters"]:
        assert re.fullmatch(r"[a-z_][a-z0-9_]*", one["name"])
        assert not one["name"].startswith(("ansible_", "moorline_"))
        assert set(one["title"]) == {"en", "zh-CN"}
        assert set(one.get("help", {"en": "", "zh-CN": ""})) == {"en", "zh-CN"}
        assert one["type"] in {"text", "number", "choice", "secret", "host"}
        if one["type"] == "choice":
            assert all(isinstance(choice, str) for choice in one["choices"])
            assert one.get("default", one["choices"][0]) in one["choices"]
        if one["type"] == "text" and "pattern" in one:
            assert re.fullmatch(one["pattern"], one.get("default", "")) or "default" not in one
        # without an answer the play goes on by the same value as the form shows
        preset = play.get("vars", {}).get(one["name"], one.get("default"))
        assert preset == one.get("default", preset), one["name"]
        assert one["name"] in path.read_text().split("---\n", 1)[1], f"{one['name']} is asked and not used"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_looks_before_it_does(path: Path) -> None:
    (play,) = yaml.safe_load(path.read_text())
    assert play["hosts"] == "all"
    assert play["gather_facts"] is False, "facts need Python, which a host may lack"
    assert play["tasks"][0]["ansible.builtin.import_role"]["name"] == "ready"


@pytest.mark.parametrize("path", [*FILES, *PLAYBOOKS.glob("roles/*/tasks/*.yml")], ids=lambda path: path.stem)
def test_ansible_core_alone_is_needed(path: Path) -> None:
    loaded = yaml.safe_load(path.read_text())
    items = loaded[0]["tasks"] if path in FILES else loaded
    for task in tasks(items):
        (module,) = set(task) - KEYWORDS
        assert module.startswith("ansible.builtin."), f"{task['name']}: {module}"

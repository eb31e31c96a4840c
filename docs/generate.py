"""Writes what the documentation derives from the code: settings, collectors, playbooks, the API and its document.

usage: python docs/generate.py reference | openapi
"""

from __future__ import annotations

import json
import sys
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import msgspec

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from collectors import registry  # noqa: E402 — the path comes first
from collectors.spec import Collector, Kind  # noqa: E402
from controller.app import openapi as describe_routes  # noqa: E402
from controller.core.settings import PREFIX, Settings  # noqa: E402
from controller.jobs import steps  # noqa: E402

OPENAPI = ROOT / "ui/openapi.json"
REFERENCE = ROOT / "docs/reference"
LIBRARY = ROOT / "playbooks"
NOTICE = "<!-- Written by `make docs`; a change here is lost. -->\n\n"
METHODS = ("get", "post", "put", "patch", "delete")
KINDS = {
    Kind.GAUGE: "as read",
    Kind.RATE: "per second",
    Kind.SHARE: "share of the whole",
    Kind.MEAN: "mean per operation",
    Kind.DUTY: "share of the time",
}


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def settings() -> str:
    """The page of settings."""
    hints = typing.get_type_hints(Settings, include_extras=True)
    rows = []
    for field in fields(Settings):
        kind, help_text = typing.get_args(hints[field.name])
        default = "" if field.default in (None, "") else f"`{field.default}`"
        rows.append([f"`{PREFIX}{field.name.upper()}`", _taken(kind), default, help_text])
    return (
        f"# Settings\n\n{NOTICE}Environment variables, read once at the start. One that begins with `{PREFIX}` and is "
        "not in this list is an error, and so is a value that cannot be used.\n\n"
        + table(["variable", "takes", "default", "what it does"], rows)
    )


def _taken(kind: object) -> str:
    options = [option for option in typing.get_args(kind) if option is not type(None)]
    if typing.get_origin(kind) is Literal:
        return ", ".join(f"`{option}`" for option in options)
    names = {Path: "path", int: "number", str: "text"}
    return names[typing.cast(type, options[0] if options else kind)]


def collectors() -> str:
    """The page of collectors and their metrics."""
    found = registry.load()
    parts = [
        f"# Collectors and metrics\n\n{NOTICE}What is asked of a host, how often, and which numbers follow. `core` is "
        "read every 10 seconds, and every second while somebody looks; `slow` every minute; `facts` at connect and "
        "hourly; `demand` when somebody looks.\n\n"
    ]
    return "".join(parts + [_collector(found[name]) for name in sorted(found)])


def _collector(collector: Collector) -> str:
    text = f"## {collector.name}\n\n{collector.help} Cadence: `{collector.cadence.value}`.\n\n"
    if collector.files:
        text += "Reads " + ", ".join(f"`{file.path}`" for file in collector.files) + ".\n\n"
    rows = [
        [
            f"`{metric.name}`",
            metric.unit.value,
            part.label or "",
            KINDS[metric.kind],
            "yes" if metric.stored else "no",
            metric.help,
        ]
        for part in collector.tables
        for metric in part.metrics
    ]
    return text + (table(["metric", "unit", "one for each", "value", "stored", "meaning"], rows) + "\n" if rows else "")


def document() -> dict[str, Any]:
    """The OpenAPI document of the routes."""
    return describe_routes()


def api(document: Mapping[str, Any]) -> str:
    """The page of routes."""
    parts = [
        f"# API\n\n{NOTICE}"
        "Everything is under `/api/v1`; the document that this page is made from is served at "
        "`/api/schema/openapi.json`. Send `Authorization: Bearer ml_…` with a token from *Tokens*, or a "
        "session's cookie together with `X-CSRF-Token`. Errors are `application/problem+json` with a stable "
        "`code` and a `detail` that says what to do. Lists take `limit` and `offset` and answer `{items, "
        "total}`. The live feed is a WebSocket at `/api/v1/live`: see the [manual](../manual.md).\n"
    ]
    for tag, rows in sorted(_routes(document).items()):
        parts.append(f"\n## {tag}\n\n" + table(["route", "what it does", "takes", "gives"], rows))
    return "".join(parts)


def _routes(document: Mapping[str, Any]) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for path, item in sorted(document["paths"].items()):
        for method in METHODS:
            if (operation := item.get(method)) is not None:
                tag = (operation.get("tags") or ["general"])[0]
                row = [
                    f"`{method.upper()} {path}`",
                    _said(operation),
                    _input(operation),
                    ", ".join(_outputs(operation)),
                ]
                found.setdefault(tag, []).append(row)
    return found


def _said(operation: Mapping[str, Any]) -> str:
    text = str(operation.get("description") or operation.get("summary") or "")
    return text.split("\n\n", maxsplit=1)[0].replace("\n", " ").strip()


def _input(operation: Mapping[str, Any]) -> str:
    names = [f"`{given['name']}`" for given in operation.get("parameters", []) if given["in"] == "query"]
    content = operation.get("requestBody", {}).get("content", {})
    names += [_named(media.get("schema", {})) for media in content.values()]
    return ", ".join(filter(None, names))


def _outputs(operation: Mapping[str, Any]) -> Iterator[str]:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            shapes = [_named(media.get("schema", {})) for media in answer.get("content", {}).values()]
            yield " ".join(filter(None, [status, *shapes]))


def _named(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return f"`{schema['$ref'].rsplit('/', 1)[1]}`"
    if "items" in schema and (inner := _named(schema["items"])):
        return f"list of {inner}"
    return ""


SHELF = {  # by language: headings and words of the page of playbooks
    "en": (
        "Playbooks and the first set-up",
        "Each says what it does and what it never does.",
        ("Playbooks", "Steps of a first set-up"),
        ("name", "what it does", "knows", "asks for"),
        ("may take access or data away", "Not verified by tests: "),
    ),
    "zh-CN": (
        "剧本与首次配置",
        "每一项都说明做什么、绝不做什么。",
        ("剧本", "首次配置的步骤"),
        ("名称", "作用", "适用系统", "参数"),
        ("可能影响访问或数据", "未经测试验证："),
    ),
}


def playbooks(language: str) -> str:
    """The page of what the library holds, from the headers of its files."""
    title, words, parts, heads, _ = SHELF[language]
    library = {path.stem: steps.described(path.read_text())[0] for path in sorted(LIBRARY.glob("*.yml"))}
    init = {name: msgspec.to_builtins(step.header) for name, step in steps.load().items()}
    text = f"# {title}\n\n{NOTICE}{words}\n"
    for part, shelf in zip(parts, (library, init), strict=True):
        text += f"\n## {part}\n\n" + table(heads, (_told(name, head, language) for name, head in shelf.items()))
    return text


def _told(name: str, head: Mapping[str, Any], language: str) -> list[str]:
    danger, unverified = SHELF[language][4]
    told = f"**{head['title'][language]}**" + (f" ({danger})" if head.get("destructive") or head.get("guarded") else "")
    told += f". {head['description'][language]}"
    if "unverified" in head:
        told += f" {unverified}{head['unverified'][language]}"
    asked = [f"`{one['name']}` {one['title'][language]}" for one in head["parameters"]]
    return [f"`{name}`", told, ", ".join(head["families"]), "; ".join(asked)]


def references() -> dict[Path, str]:
    """Every generated page, by its place."""
    return {
        REFERENCE / "settings.md": settings(),
        REFERENCE / "collectors.md": collectors(),
        REFERENCE / "api.md": api(document()),
        REFERENCE / "playbooks.md": playbooks("en"),
        REFERENCE / "playbooks.zh-CN.md": playbooks("zh-CN"),
    }


def openapi() -> dict[Path, str]:
    """The document that the page's client is generated from, by its place."""
    return {OPENAPI: json.dumps(document(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"}


def main(words: list[str]) -> int:
    """Write what is asked for."""
    kinds = {"reference": references, "openapi": openapi}
    if len(words) != 1 or words[0] not in kinds:
        sys.stderr.write(__doc__ or "")
        return 2
    for path, text in kinds[words[0]]().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Settings: one frozen object, read from the environment when the controller starts, and handed down."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

PREFIX = "MOORLINE_"


class SettingsError(Exception):
    """A variable with our prefix is unknown or its value cannot be used."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. The variable's name is MOORLINE_ and the field's name in capitals."""

    data_dir: Annotated[Path, "Folder of everything Moorline keeps: embedded database, key file."] = Path("data")
    database_url: Annotated[
        str | None, "PostgreSQL server to use (postgresql://user:password@address/name); empty: the embedded one."
    ] = None
    key_file: Annotated[Path | None, "Master key file; empty: master.key in the data folder. Back it up."] = None
    address: Annotated[str, "Address the web server listens on."] = "127.0.0.1"
    port: Annotated[int, "Port the web server listens on."] = 8420
    public_url: Annotated[
        str | None, "Address people type to reach the page, such as https://fleet.example.org; empty: the one above."
    ] = None
    gateway_port: Annotated[
        int, "Port of the SSH gateway (ssh HOST@moorline -p …), such as 2222; 0: there is none."
    ] = 0
    gateway_address: Annotated[str, "Address the SSH gateway listens on; empty: that of the web server."] = ""
    url: Annotated[
        str | None, "For `moorline ssh`, `run`, `onboard` and `workflow` on any machine: where Moorline is, https://…"
    ] = None
    token_file: Annotated[Path | None, "For the same commands: a file with an API token; its mode has to be 0600."] = (
        None
    )
    trusted_proxies: Annotated[
        str, "Comma-separated addresses of reverse proxies whose X-Forwarded-For and -Proto are believed."
    ] = ""
    tick_s: Annotated[int, "Seconds between two stored frames of a host."] = 10
    slow_tick_s: Annotated[int, "Seconds between two readings of file systems, process count and temperatures."] = 60
    facts_tick_s: Annotated[int, "Seconds between two readings of a host's facts."] = 3600
    down_after_s: Annotated[int, "Seconds of silence after which a host counts as down."] = 30
    keepalive_s: Annotated[int, "Seconds of silence on a line after which it is asked for a sign of life."] = 10
    handshakes: Annotated[int, "SSH logins that may be under way at once."] = 20
    frame_buffer: Annotated[
        int, "Frames kept in memory while the database is away; beyond it the oldest go, and are counted."
    ] = 600_000
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], "What is logged."] = "INFO"
    log_format: Annotated[Literal["text", "json"], "How it is logged."] = "text"

    def master_key_path(self) -> Path:
        """Where the master keys are."""
        return self.key_file or self.data_dir / "master.key"

    def base_url(self) -> str:
        """The page's address as people type it, without a slash at the end."""
        return (self.public_url or f"http://{self.address}:{self.port}").rstrip("/")


def load(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises SettingsError that names the variable and what it takes."""
    hints = typing.get_type_hints(Settings)
    known = {PREFIX + field.name.upper(): field.name for field in fields(Settings)}
    unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsError(f"unknown setting {unknown[0]}; known are {', '.join(sorted(known))}")
    values = {
        field: _convert(variable, environment[variable], hints[field])
        for variable, field in known.items()
        if environment.get(variable, "") != ""
    }
    settings = Settings(**values)  # type: ignore[arg-type]
    _check(settings)
    return settings


def _convert(variable: str, text: str, kind: object) -> object:
    options = typing.get_args(kind)
    if typing.get_origin(kind) is Literal:
        if text not in options:
            raise SettingsError(f"{variable} is {text!r}; it takes one of {', '.join(options)}")
        return text
    if isinstance(kind, types.UnionType):
        kind = options[0]
    if kind is int:
        try:
            return int(text)
        except ValueError:
            raise SettingsError(f"{variable} is {text!r}; it takes a whole number") from None
    return Path(text) if kind is Path else text


def _check(settings: Settings) -> None:
    if not 1 <= settings.port <= 65535:
        raise SettingsError("MOORLINE_PORT takes a number from 1 to 65535")
    if not 0 <= settings.gateway_port <= 65535:
        raise SettingsError("MOORLINE_GATEWAY_PORT takes a number from 1 to 65535, or 0 for no gateway")
    for name in ("tick_s", "slow_tick_s", "facts_tick_s", "down_after_s", "keepalive_s", "handshakes", "frame_buffer"):
        if getattr(settings, name) < 1:
            raise SettingsError(f"{PREFIX}{name.upper()} takes a number of at least 1")
    if 86400 % settings.tick_s:
        raise SettingsError("MOORLINE_TICK_S has to divide a day evenly, such as 5, 10, 15 or 30")

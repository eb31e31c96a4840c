"""`moorline backup` and `moorline restore`, for whoever has the controller's machine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

import click

from controller.backup import work
from controller.backup.archive import Manifest
from controller.core.settings import Settings

FILE = click.Path(dir_okay=False, path_type=Path)
HELD_APART = "What else is yours to copy: recordings/ and gateway_host_key in the data folder."


class Session(Protocol):
    """What the command line hands to each command."""

    settings: Settings

    def answer(self, found: object, text: str) -> None:
        """Say the outcome."""
        ...


@click.command("backup")
@click.argument("file", type=FILE)
@click.option("--with-key", is_flag=True, help="Put the master key in: the file then gives away every stored secret.")
@click.pass_obj
def backup(session: Session, file: Path, with_key: bool) -> None:
    """Write the whole database into FILE, also while Moorline runs.

    Stored passwords and keys are in it sealed. Without the master key nobody opens them, you no more than others: keep
    a copy of the key file apart from the backups, or let --with-key put it into this one.
    """
    manifest = asyncio.run(work.save(session.settings, file, with_key=with_key))
    key_file = session.settings.master_key_path().resolve()
    key = (
        f"The master key is in it: whoever has {file} has every stored password. Keep it as safe as that."
        if with_key
        else f"The master key is not in it. Keep a copy of {key_file} apart from it: the backup is of no use without."
    )
    found = {**_told(manifest, file), "bytes": file.stat().st_size, "with_key": with_key, "key_file": str(key_file)}
    session.answer(found, f"{file} holds {_counted(manifest)}.\n{key}\n{HELD_APART}")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Also where the database is not empty: what is in it is thrown away.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def restore(session: Session, file: Path, replace: bool, yes: bool) -> None:
    """Put the database of FILE, made by `moorline backup`, in place.

    Moorline has to be stopped. All of it is put in, or nothing: what was there stays until the backup is there whole.
    """
    if replace and not yes:
        click.confirm(f"Throw away what the database holds and put {file} in its place?", abort=True, err=True)
    manifest = asyncio.run(work.bring_back(session.settings, file, replace=replace))
    words = f"Restored: {_counted(manifest)}, as of {manifest.taken_at} (Moorline {manifest.version})."
    session.answer(_told(manifest, file), f"{words} Start Moorline now.")


def _told(manifest: Manifest, file: Path) -> dict[str, object]:
    return {
        "file": str(file),
        "taken_at": manifest.taken_at,
        "version": manifest.version,
        "revision": manifest.revision,
        "counts": dict(manifest.counts),
    }


def _counted(manifest: Manifest) -> str:
    return ", ".join(f"{count} {name}" for name, count in manifest.counts.items())

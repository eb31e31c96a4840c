# Part of Moorline. The hosts of one run, and what is known of them.
"""Moorline's inventory of one run. What came from hosts and people stays data: nothing set here is ever a template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

DOCUMENTATION = r"""
name: moorline_job
short_description: the hosts of a run that Moorline starts
description:
  - Reads C(*.moorline_job.json), which Moorline writes for each run.
author: Moorline
options: {}
"""


class InventoryModule(BaseInventoryPlugin):
    """Hosts with their variables, and groups."""

    NAME = "moorline_job"

    def verify_file(self, path: str) -> bool:
        """Is it ours?"""
        return path.endswith(".moorline_job.json") and super().verify_file(path)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Fill the inventory."""
        super().parse(inventory, loader, path, cache)
        try:
            with Path(path).open(encoding="utf-8") as file:
                found = json.load(file)
        except (OSError, ValueError) as error:
            raise AnsibleParserError(f"the hosts of this run cannot be read: {error}") from error
        for group in found["groups"]:
            inventory.add_group(group)
        for host in found["hosts"]:
            inventory.add_host(host["name"])
            for group in host["groups"]:
                inventory.add_child(group, host["name"])
            for name, value in host["vars"].items():
                inventory.set_variable(host["name"], name, value)

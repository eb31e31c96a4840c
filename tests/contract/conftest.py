"""What scripts are run in."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def german(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which numbers have a comma, whatever is installed here."""
    if not shutil.which("localedef") or not Path("/usr/share/i18n/locales/de_DE").exists():
        pytest.skip("no locale but C can be made (Debian: locales)")
    folder = tmp_path_factory.mktemp("locales")
    subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")], check=True)
    env = {"LOCPATH": str(folder), "LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8"}
    said = subprocess.run(["bash", "-c", "printf '%.1f' 1,5"], env=env, capture_output=True, check=True)
    assert (said.stdout, said.stderr) == (b"1,5", b"")
    return env

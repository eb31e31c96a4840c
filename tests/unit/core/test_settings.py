"""Settings come from the environment; what is wrong with one is said by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.core.settings import Settings, SettingsError, load


def test_an_empty_environment_gives_the_defaults() -> None:
    assert load({}) == Settings()
    assert load({"PATH": "/bin", "MOORLINE_PORT": ""}) == Settings()


def test_values_are_converted() -> None:
    settings = load({"MOORLINE_PORT": "9000", "MOORLINE_DATA_DIR": "/srv/m", "MOORLINE_LOG_FORMAT": "json"})
    assert (settings.port, settings.data_dir, settings.log_format) == (9000, Path("/srv/m"), "json")
    assert settings.master_key_path() == Path("/srv/m/master.key")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("MOORLINE_PROT", "1", "unknown setting MOORLINE_PROT"),
        ("MOORLINE_PORT", "x", "whole number"),
        ("MOORLINE_PORT", "70000", "1 to 65535"),
        ("MOORLINE_TICK_S", "0", "at least 1"),
        ("MOORLINE_TICK_S", "7", "divide a day"),
        ("MOORLINE_LOG_FORMAT", "xml", "text, json"),
    ],
)
def test_a_wrong_one_is_named(name: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load({name: value})


def test_the_base_url_has_no_slash_at_its_end() -> None:
    assert load({"MOORLINE_PUBLIC_URL": "https://fleet.example.org/"}).base_url() == "https://fleet.example.org"

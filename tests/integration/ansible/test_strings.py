"""Strings of hosts and users are data: whatever they hold, nothing of it is run."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from controller.ansible import orders
from controller.core.secrets import Secret
from tests.integration.ansible.conftest import Ground
from tests.support.sshd import Sshd

PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - debug:
        msg:
          - "{{ moorline_name }} {{ moorline_note }} {{ moorline_tags }} {{ moorline_groups }} {{ moorline_address }}"
          - "{{ moorline_facts }} {{ answer }} {{ nested }} {{ secret }} {{ hostvars[inventory_hostname] }}"
    - debug: {var: hostvars}
    - set_fact: {again: "{{ moorline_facts.word }} {{ answer }}", cacheable: true}
    - debug: {var: again}
    - shell: "true {{ moorline_note | quote }} {{ answer | quote }}"
    - copy: {content: "{{ moorline_note }}|{{ answer }}", dest: "/tmp/ml-said-%(tag)s"}
    - slurp: {src: "/tmp/ml-said-%(tag)s"}
      register: said
    - assert: {that: "said.content | b64decode == moorline_note ~ '|' ~ answer"}
    - file: {path: "/tmp/ml-said-%(tag)s", state: absent}
"""


async def test_templates_in_every_field_run_nothing(ground: Ground, daemon: Sshd, tmp_path: Path) -> None:
    def planted(field: str) -> str:
        return "{{ lookup('pipe','touch %s') }}{%% set x = 1 %%}" % (tmp_path / f"pwned-{field}")

    host = ground.host(
        daemon,
        1,
        name=planted("name"),
        groups=(planted("group"), "web servers", "all"),
        tags=(planted("tag"),),
        note=planted("note"),
        facts={"word": planted("fact"), planted("key"): [planted("list")]},
        facts_age_s=5,
    )
    outcome = await ground.run(
        PLAY % {"tag": daemon.port},
        host,
        extra={
            "answer": planted("answer"),
            "nested": {"a": [planted("nested")], planted("nested-key"): 1},
            "secret": Secret(planted("secret")),
            "label": planted("label"),
        },
        become=None,
    )
    assert outcome.status == "successful", (ground.told(), outcome.said)
    assert list(tmp_path.glob("pwned-*")) == []
    told = ground.told()
    assert "pwned-note" in told, "the words themselves arrive"
    assert "pwned-secret" not in told
    assert {event["event_data"]["host"] for event in ground.events if "host" in event["event_data"]} == {"host-1"}


@pytest.mark.parametrize(
    "word", ["", "a'b\"c\\d", "tab\tline\nend", "ÄÖ 中文 🐙", "\x7f\x00\x1b[0m", "!unsafe", "- x: [", "\ud800"]
)
def test_every_text_is_written_as_yaml_reads_it(word: str) -> None:
    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # it has no types
        """Knows the tag."""

    Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
    written = orders.unsafe({"k": word, "l": [1, 2.5, True, None, {word: word}]})
    expected = word.replace("\ud800", "\ufffd")
    assert yaml.load(written, Loader) == {"k": expected, "l": [1, 2.5, True, None, {expected: expected}]}
    assert written.isascii()


async def test_secrets_are_told_to_nobody_that_is_shown(ground: Ground, daemon: Sshd) -> None:
    secret = 'hunter2 "quoted" \\ back'
    play = """
- hosts: all
  gather_facts: false
  tasks:
    - shell: "printf %s {{ word | quote }}"
    - debug: {var: word}
    - debug: {msg: "{{ word }}"}
      no_log: true
"""
    outcome = await ground.run(play, ground.host(daemon, 1), extra={"word": Secret(secret)})
    assert outcome.status == "successful", ground.told()
    assert "hunter2" not in str(ground.events)
    assert "•••" in ground.told()
    assert "censored" in ground.results()[-1][2]

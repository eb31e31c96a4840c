"""What may cut us off: proved by a second login, undone by the host itself when there is none."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable

import pytest

from tests.integration.playbooks.conftest import Raise
from tests.integration.playbooks.test_library import twice
from tests.support.lab import Lab, LabHost
from tests.support.playbooks import Ansible

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(900)]
PASSWORD = ("-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=0")


def test_sshd_is_hardened_and_the_key_still_fits(ansible: Ansible, raise_hosts: Raise) -> None:
    (host,) = raise_hosts("guard-ssh")
    assert "password" in offered(ansible, host)
    twice(ansible, ("sshd-hardening",), [host], {"sshd_port": 2222})
    assert "password" not in offered(ansible, host)
    assert host.exec("sshd -T | grep -E '^(port|permitrootlogin|passwordauthentication) ' | sort").split("\n")[:4] == [
        "passwordauthentication no",
        "permitrootlogin without-password",
        "port 22",
        "port 2222",
    ]
    assert host.exec("ls -d /run/moorline-* 2>/dev/null || true") == "", "the way back was left"
    host.port = 2222
    second = ansible.play("sshd-hardening", [host], {"sshd_port": 2222})
    assert second.status == 0, second.output
    assert host.exec("sshd -T | grep '^port '").split() == ["port", "2222"]


def test_passwords_stay_on_where_there_is_no_key(ansible: Ansible, raise_hosts: Raise) -> None:
    (host,) = raise_hosts("guard-keyless")
    host.exec(
        "cp /root/.ssh/authorized_keys /etc/ssh/keys; echo 'AuthorizedKeysFile /etc/ssh/keys' >>/etc/ssh/sshd_config"
    )
    host.exec("chmod 644 /etc/ssh/keys; rm /root/.ssh/authorized_keys; systemctl reload ssh")
    run = ansible.play("sshd-hardening", [host])
    assert "has no key that ssh-keygen can read: passwords stay on" in " ".join(run.output.split())
    assert run.changed == {"guard-keyless": 0}


def test_an_sshd_that_lets_nobody_in_undoes_itself(ansible: Ansible, raise_hosts: Raise) -> None:
    (host,) = raise_hosts("guard-undone")
    # another drop-in shuts the door as soon as drop-ins are read at all
    host.exec("mkdir -p /etc/ssh/sshd_config.d; echo 'AllowUsers nobody' >/etc/ssh/sshd_config.d/50-other.conf")
    before = host.exec("cat /etc/ssh/sshd_config")
    run = ansible.play("sshd-hardening", [host], {"sshd_rollback_s": 40})
    assert run.status != 0, run.output
    assert re.search(r"TASK \[sshd_change : Reload\] \*+\nchanged", run.output), run.output
    wait_for(lambda: host.exec("cat /etc/ssh/sshd_config") == before, 60)
    wait_for(lambda: "publickey" in offered(ansible, host) and logs_in(ansible, host), 10)
    assert host.exec("ls /etc/ssh/sshd_config.d").split() == ["50-other.conf"]


@pytest.mark.parametrize("backend", ["ufw", "nftables", "firewalld"])
def test_a_firewall_lets_in_what_it_was_told(ansible: Ansible, raise_hosts: Raise, lab: Lab, backend: str) -> None:
    (host,) = raise_hosts(f"guard-{backend}")
    host.exec("for port in 8080 9090; do setsid python3 -m http.server $port </dev/null >/dev/null 2>&1 & done")
    wait_for(lambda: opens(lab, host, 9090), 10)
    twice(ansible, ("firewall",), [host], {"firewall_backend": backend, "firewall_allow": "8080/tcp, 5000-5010/udp"})
    assert opens(lab, host, 8080)
    assert opens(lab, host, 22)
    assert not opens(lab, host, 9090)
    assert host.exec("ls -d /run/moorline-* 2>/dev/null || true") == "", "the way back was left"
    other = {"ufw": "nftables", "nftables": "ufw", "firewalld": "ufw"}[backend]
    refused = ansible.play("firewall", [host], {"firewall_backend": other})
    assert "two would contradict each other" in " ".join(refused.output.split())
    assert refused.changed[host.name] == 0


def test_a_firewall_that_cuts_us_off_undoes_itself(ansible: Ansible, raise_hosts: Raise) -> None:
    (host,) = raise_hosts("guard-cut")
    host.exec("apt-get -q update && apt-get -q install -y nftables")
    # a rule that the playbook does not know lets nobody in anew, once ours are loaded
    host.exec("printf '%s\\n' '#!/bin/sh' '/usr/sbin/nft.real \"$@\" || exit' 'case $1 in -f) ;; *) exit 0 ;; esac'"
              " '/usr/sbin/nft.real add rule inet moorline input ip protocol tcp ct state new drop' >/tmp/nft;"
              " mv /usr/sbin/nft /usr/sbin/nft.real; mv /tmp/nft /usr/sbin/nft; chmod 755 /usr/sbin/nft;"
              " sed -i 's/add rule/insert rule/' /usr/sbin/nft")  # fmt: skip
    run = ansible.play("firewall", [host], {"firewall_backend": "nftables", "firewall_rollback_s": 40})
    assert run.status != 0, run.output
    assert re.search(r"TASK \[firewall_nftables : Load the rules\] \*+\nchanged", run.output), run.output
    wait_for(lambda: logs_in(ansible, host), 60)
    assert "moorline" not in host.exec("nft.real list ruleset")


def offered(ansible: Ansible, host: LabHost) -> str:
    """What the host's SSH server says it takes, as ssh tells it."""
    words = ["ssh", "-p", str(host.port), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    done = subprocess.run(
        [*ansible.lab.inside(), *words, *PASSWORD, "-o", "ConnectTimeout=5", f"root@{host.address}", "true"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.stderr.rpartition("(")[2]


def logs_in(ansible: Ansible, host: LabHost) -> bool:
    """Does the lab's key open it?"""
    words = ["ssh", "-i", str(ansible.folder / "key"), "-o", f"UserKnownHostsFile={ansible.folder / 'known'}"]
    command = [*ansible.lab.inside(), *words, "-o", "ConnectTimeout=5", f"root@{host.address}", "true"]
    return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0


def opens(lab: Lab, host: LabHost, port: int) -> bool:
    """Does a connection from the hub come through?"""
    command = [*lab.inside(), "busybox", "nc", "-w", "2", host.address, str(port)]
    return (
        subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=20).returncode == 0
    )


def wait_for(condition: Callable[[], bool], within_s: float) -> None:
    """Until it holds."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.2)

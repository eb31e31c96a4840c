"""The library on real hosts: everything twice, the second time without a change; and what each leaves behind."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.playbooks.conftest import Raise
from tests.support.lab import LabHost, repository
from tests.support.playbooks import Ansible, Run

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(900)]

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMw3Vx0a5c7xkJ4Jz9k9o1yq6m8b3tq0oKxv1y0u8r2a ann@desk"
OFF = {"update_reboot": "never"}
# written all the time, by whoever runs or logs in
PASSING = ("/proc", "/sys", "/dev", "/run", "/tmp", "/var/log", "/var/lib/systemd", "/root/.ansible", "/var/cache/apt")
WEB = ("users-and-keys", "nginx-site", "backup", "log-rotation", "node-facts", "disk-cleanup")
SYSTEM = ("system-update", "time-and-ntp", "kernel-tuning", "unattended-upgrades", "fail2ban", "wireguard-mesh")


def test_accounts_sites_backups_and_logs(ansible: Ansible, raise_hosts: Raise) -> None:
    (host,) = raise_hosts("lib-web")
    host.exec("touch -d '40 days ago' /var/tmp/old; touch /var/tmp/new; echo secret >/root/precious")
    values = {
        "user_name": "ann",
        "user_keys": KEY,
        "user_sudo": "without-password",
        "site_name": "shop.example.org",
        "backup_paths": "/etc/hostname\n/root/precious",
        "backup_name": "daily",
        "logs_paths": "/var/log/shop/*.log",
        "logs_name": "shop",
    }
    twice(ansible, WEB, [host], values)
    assert KEY in host.exec("cat /home/ann/.ssh/authorized_keys")
    assert host.exec("stat -c '%a %U' /home/ann/.ssh /home/ann/.ssh/authorized_keys").split() == [
        "700",
        "ann",
        "600",
        "ann",
    ]
    assert host.exec("su ann -c 'sudo -n id -u'").strip() == "0"
    assert "<p>shop.example.org</p>" in ask(host, "shop.example.org")
    assert host.exec("tar -xOzf /var/backups/moorline/daily-*.tar.gz root/precious") == "secret\n"
    kept = host.exec("ls /var/tmp").split()
    assert "new" in kept
    assert "old" not in kept
    host.exec(
        "mkdir -p /var/log/shop; echo line >/var/log/shop/a.log; logrotate --force /etc/logrotate.d/moorline-shop"
    )
    assert host.exec("ls /var/log/shop").split() == ["a.log", "a.log.1"]

    host.exec("echo changed >/root/precious")
    again = ansible.play(("backup", "users-and-keys"), [host], {**values, "user_state": "absent", "backup_keep": 1})
    assert again.status == 0, again.output
    assert host.exec("ls /var/backups/moorline | wc -l").strip() == "1"
    assert "ann" not in host.exec("cut -d: -f1 /etc/passwd").split()


def test_updates_clock_kernel_bans_and_a_mesh(ansible: Ansible, raise_hosts: Raise) -> None:
    hosts = raise_hosts("lib-one", "lib-two")
    for host in hosts:
        offer(host, "lab-tool", "1.0")
        host.exec("apt-get -q update && apt-get -q install -y lab-tool")
        offer(host, "lab-tool", "1.1")
    values = {
        **OFF,
        "time_zone": "Asia/Shanghai",
        "tuning_settings": "net.ipv4.tcp_keepalive_time = 321\nvm.swappiness = 7",
        "upgrades_reboot": "yes",
        "upgrades_reboot_at": "05:30",
        "fail2ban_tries": 4,
    }
    twice(ansible, SYSTEM, hosts, values)
    first, second = hosts
    for host in hosts:
        assert host.exec("cat /usr/share/lab-tool/version").strip() == "1.1"
        assert host.exec("date +%Z").strip() == "CST"
        assert host.exec("cat /proc/sys/net/ipv4/tcp_keepalive_time").strip() == "321"
        assert "vm.swappiness" not in host.exec("cat /etc/sysctl.d/90-moorline.conf"), "it belongs to the machine"
        config = host.exec("apt-config dump")
        assert 'Unattended-Upgrade::Automatic-Reboot-Time "05:30";' in config
        jail = host.exec("fail2ban-client get sshd ignoreip; fail2ban-client get sshd maxretry")
        assert "10.77.255.1" in jail, "the address we come from may be banned"
        assert jail.split()[-1] == "4"
    public = second.exec("wg pubkey </etc/wireguard/wg0.key").strip()
    mesh = first.exec("cat /etc/wireguard/wg0.conf")
    assert public in mesh
    assert f"Endpoint = {second.address}:51820" in mesh
    assert "PrivateKey" not in mesh
    addresses = {re.findall(r"Address = (\S+)", h.exec("cat /etc/wireguard/wg0.conf"))[0] for h in hosts}
    assert addresses == {"10.99.0.1/24", "10.99.0.2/24"}


def test_docker_beside_settings_that_were_there(ansible: Ansible, raise_hosts: Raise) -> None:
    (host,) = raise_hosts("lib-docker")
    host.exec('mkdir /etc/docker; echo \'{"log-driver": "local", "mtu": 1400}\' >/etc/docker/daemon.json')
    twice(ansible, ("docker",), [host], {"docker_start": "no", "docker_log_max_mb": 5})
    assert "20.10" in host.exec("dockerd --version")
    settings = json.loads(host.exec("cat /etc/docker/daemon.json"))
    assert settings == {"log-driver": "local", "mtu": 1400, "log-opts": {"max-size": "5m", "max-file": "3"}}


def test_what_a_container_cannot_do_is_refused_or_said_in_a_dry_run(ansible: Ansible, raise_hosts: Raise) -> None:
    (host,) = raise_hosts("lib-dry")
    refused = ansible.play("swap", [host])
    assert "is a container" in refused.output
    assert refused.status != 0
    values: dict[str, object] = {"ready_assume_own_kernel": True, "swap_size_mib": 64}
    dry = ansible.play("swap", [host], values, "--check")
    assert dry.status == 0, dry.output
    assert dry.changed == {"lib-dry": 3}, dry.output
    values = {"certificate_domains": "shop.example.org", "certificate_email": "ann@example.org"}
    host.exec("apt-get -q update && apt-get -q install -y certbot openssl")
    dry = ansible.play("certificate", [host], values, "--check")
    assert dry.status == 0, dry.output
    assert "TASK [Ask for it]" in dry.output
    assert dry.failed == {"lib-dry": 0}, dry.output


def test_a_dry_run_changes_no_file(ansible: Ansible, raise_hosts: Raise) -> None:
    (host,) = raise_hosts("lib-check")
    host.exec("apt-get -q update")
    warm = ansible.play("node-facts", [host])
    assert warm.status == 0, warm.output
    before = files(host)
    values = {
        "user_name": "ann",
        "user_keys": KEY,
        "user_sudo": "with-password",
        "time_zone": "Asia/Tokyo",
        **OFF,
        "logs_paths": "/var/log/x.log",
        "site_name": "a.example.org",
        "site_kind": "proxy",
        "tuning_settings": "net.core.somaxconn = 999",
        "ready_assume_own_kernel": True,
        "swap_size_mib": 64,
        "certificate_domains": "a.example.org",
        "certificate_email": "a@example.org",
    }
    names = sorted(path.stem for path in Path("playbooks").glob("*.yml"))
    dry = ansible.play(names, [host], values, "--check", "--diff")
    assert dry.status == 0, dry.output
    assert dry.changed["lib-check"] > 15, dry.output
    assert files(host) == before


def test_a_host_without_python_is_told_what_to_do(ansible: Ansible, raise_hosts: Raise) -> None:
    (host,) = raise_hosts("lib-tiny", flavour="tiny")
    run = ansible.play("time-and-ntp", [host], {"time_zone": "Etc/UTC"})
    assert run.failed == {"lib-tiny": 1}
    assert "lib-tiny needs Python 3.8 or newer" in run.output
    assert 'Run a first set-up with the step "python"' in " ".join(run.output.split()).replace('\\"', '"')


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("users-and-keys", {"user_name": "root", "user_state": "absent"}, "it is not removed"),
        ("users-and-keys", {"user_name": "x; id"}, "small letters"),
        ("users-and-keys", {"user_name": "root", "user_keys": KEY, "user_only_these_keys": "yes"}, "lock it out"),
        ("sshd-hardening", {"sshd_root": "no"}, "This login is root's"),
        ("nginx-site", {"site_name": "x", "site_upstream": "http://y/; evil"}, "in small letters"),
        ("backup", {"backup_paths": "etc"}, "absolute path"),
        ("time-and-ntp", {"time_zone": "Mars/Phobos"}, "knows no time zone"),
        ("wireguard-mesh", {"mesh_network": "10.9.9.0/16"}, "ending in .0/24"),
    ],
)
def test_refusals_change_nothing(
    ansible: Ansible, raise_hosts: Raise, name: str, values: dict[str, object], words: str
) -> None:
    (host,) = raise_hosts("lib-refuse")
    run = ansible.play(name, [host], values)
    assert words in " ".join(run.output.split())
    assert "Nothing was changed." in " ".join(run.output.split())
    assert run.changed == {"lib-refuse": 0}
    assert run.failed == {"lib-refuse": 1}


def twice(ansible: Ansible, names: tuple[str, ...], hosts: list[LabHost], values: Mapping[str, object]) -> Run:
    """Play them, and once more: the second run must change nothing."""
    first = ansible.play(names, hosts, values)
    assert first.status == 0, first.output
    assert all(first.changed.values()), first.output
    second = ansible.play(names, hosts, values)
    assert second.status == 0, second.output
    assert set(second.changed.values()) == {0}, changes(second.output)
    return first


def changes(output: str) -> str:
    """The tasks that changed something."""
    tasks = re.split(r"(?m)^(?=TASK )", output)
    return "\n".join(task[:600] for task in tasks if re.search(r"(?m)^changed:", task))


def offer(host: LabHost, name: str, version: str) -> None:
    """Lay a package in the host's repository."""
    folder = host.root / repository.PLACE
    repository.build(folder, name, version)
    repository.index(folder)


def ask(host: LabHost, site: str) -> str:
    """What the host's web server answers for a site."""
    request = f"GET / HTTP/1.0\\r\\nHost: {site}\\r\\n\\r\\n"
    return host.exec(f"printf '{request}' | busybox nc 127.0.0.1 80")


def files(host: LabHost) -> dict[str, str]:
    """Every file of the host that a program could keep something in, with what it holds."""
    needless = " -o ".join(f"-path {place}" for place in PASSING)
    newer = "! -type d -newer /etc/machine-id -printf '%p %s %T@\\n'"
    listing = host.exec(f"find / -xdev \\( {needless} \\) -prune -o {newer}")
    return dict(line.split(" ", 1) for line in listing.splitlines())

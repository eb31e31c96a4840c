"""The busiest and the biggest processes, and what is not shown of their command lines."""

from __future__ import annotations

import pytest

from collectors.spec import ParseError
from collectors.top import covered
from tests.support.machines import Machine, read

Found = list[dict[str, object]]


def of(machine: str) -> tuple[Found, Found]:
    """A machine's processes by processor time and by memory."""
    facts = Machine(machine).read("top").facts
    by_cpu, by_memory = facts["by_cpu"], facts["by_memory"]
    assert isinstance(by_cpu, list)
    assert isinstance(by_memory, list)
    return by_cpu, by_memory


def test_processor_time_over_a_second_and_memory_of_the_total() -> None:
    by_cpu, by_memory = of("debian-12")
    assert by_cpu[0] == {  # 60 + 20 ticks of a hundredth in 1.00 s; 102400 pages of 4 KiB of 2014312 KiB
        "pid": 801,
        "user": "mysql",
        "name": "mysqld",
        "command": "/usr/sbin/mysqld --user=mysql --init-password=•••",
        "cpu_percent": 80.0,
        "memory_bytes": 102400 * 4096,
        "memory_percent": 20.33,
    }
    assert (by_cpu[1]["name"], by_cpu[1]["cpu_percent"]) == ("nginx", 25.0)
    assert [process["pid"] for process in by_memory] == [801, 1, 733, 612, 902, 2]


def test_of_processes_that_do_equally_much_the_oldest_comes_first() -> None:
    by_cpu, _ = of("debian-12")
    assert [process["pid"] for process in by_cpu[2:]] == [1, 2, 612, 902]


def test_a_name_with_spaces_and_brackets() -> None:
    by_cpu, _ = of("debian-12")
    assert (by_cpu[-1]["name"], by_cpu[-1]["user"], by_cpu[-1]["command"]) == (
        "tmux: server (1)",
        "ops",
        "tmux new -s main",
    )


def test_a_thread_of_the_kernel_has_no_command() -> None:
    by_cpu, _ = of("debian-12")
    assert (by_cpu[3]["name"], by_cpu[3]["command"], by_cpu[3]["memory_bytes"]) == ("kthreadd", "", 0)


def test_several_cores_make_more_than_100_percent() -> None:
    assert of("proxmox")[0][0]["cpu_percent"] == 150.0


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("app --password=hunter2 -v", "app --password=••• -v"),
        ("app --db-passwd hunter2", "app --db-passwd •••"),
        ("app API_KEY=abc TOKEN:def", "app API_KEY=••• TOKEN:•••"),
        ("curl https://me:hunter2@host/x", "curl https://me:•••@host/x"),
        ("psql postgres://app:p@ss@db/x", "psql postgres://app:•••@db/x"),
        ("curl -H Authorization: Bearer abc.def url", "curl -H Authorization: ••• url"),
        ("curl https://host/?a=1&token=abc", "curl https://host/?a=1&token=•••"),
        ('post {"password":"abc"}', 'post {"password":•••'),
        ("passwd --help", "passwd --help"),
        ("sshd: /usr/sbin/sshd -D", "sshd: /usr/sbin/sshd -D"),
    ],
)
def test_what_looks_like_a_password_is_covered(command: str, shown: str) -> None:
    assert covered(command) == shown


def test_pages_are_not_of_4096_bytes_everywhere() -> None:
    _, by_memory = of("raspberry-pi")
    assert by_memory[0]["memory_bytes"] == 2900 * 16384


def test_ten_of_each_at_most_whatever_a_host_says() -> None:
    text = "total 100\n" + "cpu 1 root 0.00 4096 x\n@ x\n" * 50 + "memory 1 root 0.00 4096 x\n@ x\n" * 50
    facts = read("top", text).facts
    assert [len(facts[key]) for key in ("by_cpu", "by_memory")] == [10, 10]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "total 5\n", "memory 1 root\n", "memory x root 0.00 4096 x\n", "memory 1 root nan 4096 x\n", "total x\n"],
)
def test_what_is_no_process_is_said_so(text: str) -> None:
    with pytest.raises(ParseError):
        read("top", text)

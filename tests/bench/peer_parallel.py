"""parallel-ssh with all its connections open: runs `true` everywhere at each line of standard input."""

from __future__ import annotations

import json
import sys
import time

from pssh.clients import ParallelSSHClient
from pssh.config import HostConfig


def main() -> None:
    """Connect, say so, and answer each line with the seconds that a run took."""
    rows = json.loads(sys.stdin.readline())
    configs = [HostConfig(user=row["username"], port=row["port"], private_key=row["key"]) for row in rows]
    client = ParallelSSHClient([row["address"] for row in rows], host_config=configs, pool_size=len(rows))
    run(client)
    say("ready")
    while sys.stdin.readline():
        began = time.monotonic()
        run(client)
        say(str(time.monotonic() - began))


def run(client: ParallelSSHClient) -> None:
    """`true` on all hosts, to its end."""
    output = client.run_command("true")
    client.join(output)
    if any(one.exit_code != 0 for one in output):
        raise RuntimeError("it did not go well everywhere")


def say(words: str) -> None:
    """One line."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

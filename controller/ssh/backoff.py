"""When to try again: full jitter, so that a thousand hosts behind one cut do not come back in step."""

from __future__ import annotations

import random

from controller.ssh.options import Options


def delay_s(options: Options, failures: int, *, was_up: bool, rng: random.Random) -> float:
    """Seconds until the next attempt after `failures` failed ones in a row (0: an established line just broke).

    A line that broke is tried again within seconds, once. After that never under the floor: sshd's penalties start at
    fifteen seconds' worth, and firewalls count connections per minute.
    """
    if was_up and failures == 0:
        return rng.uniform(*options.first_retry_s)
    ceiling = min(options.retry_cap_s, options.retry_floor_s * 2.0 ** min(failures, 16))
    return rng.uniform(options.retry_floor_s, max(ceiling, options.retry_floor_s))

"""A fleet of real SSH hosts on one machine: each in namespaces of its own, with its own root, network and sshd.

    with Lab() as lab:
        hosts = lab.up(20)
        subprocess.run([*lab.inside(), "ssh", …])

The hosts hang on one bridge in the network namespace of a process, the hub; nothing of them is in the machine's own.
Everything ends with the process that raised it, also when that is killed: the namespaces are those processes' own.
"""

from __future__ import annotations

from tests.support.lab.fleet import Lab
from tests.support.lab.host import LabHost
from tests.support.lab.spec import HostSpec, LabUnavailable

__all__ = ["HostSpec", "Lab", "LabHost", "LabUnavailable"]

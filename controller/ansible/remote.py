"""What is said on a host so that what a run starts there can be ended there.

Every process of a run carries its mark in its environment: `MOORLINE_JOB=<mark>`. A command runs below a small shell
that watches its standard input beyond the command's own: once that ends (the channel was closed, the line broke, the
controller died) while the command runs, all of it is ended, see `endings`. What left the command's session
(asynchronous tasks) or belongs to another user is found by the mark.
"""

from __future__ import annotations

import shlex

from controller.ssh.endings import FINISH

# Standard input comes in blocks, each after a line with a letter and its length: p, more follows; l, the last. Nothing
# is sent behind the last block, so that a head that reads ahead (busybox) swallows nothing. sshd makes each command the
# leader of a session of its own; where it is none, that session is not taken for the run's: it might be the server's.
# The feeder outlives the command (until the channel is closed), so that nobody may wait for it: the status comes by its
# own pipe. A command that is about to end has its output shut, which closes the channel, a moment before it is gone:
# that is waited for, as nothing else of the run may be ended for it. The feeder does not carry the mark: whoever else
# ends the run now must not end what ends it here.
WATCHED = (
    "K=$1 sid=-1 known= self=; "
    'read -r _ _ _ _ g _ </proc/$$/stat; [ "$g" = $$ ] && sid=$$'
    + FINISH
    + "feed() { exec <&3 3<&- 2>/dev/null 4>&- 5>&-; "
    'while read -r k n; do [ "$n" = 0 ] || head -c "$n"; [ "$k" = p ] || break; done; '
    "exec >&-; cat >/dev/null; kill -0 $$ || exit 0; sleep 0.2; kill -0 $$ || exit 0; "
    'trap "" HUP INT TERM; finish; exit; }; '
    "exec 3<&0 5>&1; s=$(exec 4>&1 >&5; feed | "
    '{ exec 3<&- 5>&-; MOORLINE_JOB=$K /bin/sh -c "$2" 4>&-; echo $? >&4; } &); exit "${s:-255}"'
)
ON_A_TERMINAL = 'export MOORLINE_JOB=$1; exec /bin/sh -c "$2"'
# the mark stands apart from the variable's name: sudo writes these words into the environment of what it starts
ENDING = "K='{mark}' sid=-1 known='' self=''" + FINISH + "trap '' HUP INT TERM; finish"


def watched(mark: str, command: str) -> str:
    """The line that runs `command` so that it ends with its channel. Its input goes in blocks, see `block`."""
    return f"exec /bin/sh -c {shlex.quote(WATCHED)} moorline {mark} {shlex.quote(command)}"


def on_a_terminal(mark: str, command: str) -> str:
    """The same for a command on a terminal, which hangs up by itself; its input goes as it is."""
    return f"exec /bin/sh -c {shlex.quote(ON_A_TERMINAL)} moorline {mark} {shlex.quote(command)}"


def block(length: int, *, last: bool) -> bytes:
    """What goes before a block of standard input of so many bytes."""
    return b"%s %d\n" % (b"l" if last else b"p", length)


def ending(mark: str) -> str:
    """The script that ends every process with the mark that its user may end; status 0: none is left to be seen."""
    return ENDING.replace("{mark}", mark)


def ending_line(mark: str) -> str:
    """The same for a login shell."""
    return f"exec /bin/sh -c {shlex.quote(ending(mark))}"

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from controller.hosts.board import Board, HostStatus, Latest
from controller.hosts.states import HostState, Signs, judge
from controller.ssh.target import LineState, LineStatus, PublicKey

SERIES = (("cpu_percent", ""),)
KEY = PublicKey("ssh-ed25519", "SHA256:abc", "ssh-ed25519 AAAA")


def line(state: LineState, since: float, code: str = "", reason: str = "", **more: object) -> LineStatus:
    fields: dict[str, object] = {"retry_at": None, "presented_key": None, **more}
    return LineStatus(state=state, reason=reason, code=code, since=since, **fields)  # type: ignore[arg-type]


def board_with(*host_ids: int, at: float = 1000.0) -> Board:
    board = Board(down_after_s=30)
    for host_id in host_ids:
        board.put(host_id, enabled=True, group_ids=(), at=at)
    return board


def status(board: Board, host_id: int = 1) -> HostStatus:
    found = board.get(host_id)
    assert found is not None
    return found


def frame(board: Board, at: float, cpu: float = 5.0, host_id: int = 1) -> None:
    board.frame_arrived(host_id, "core", Latest(at, SERIES, (cpu,)), lambda: {"cpu_percent": cpu}, cpu)


def kinds(board: Board) -> list[str]:
    return [transition.kind for transition in board.take_transitions()]


def test_a_new_host_connects_comes_up_falls_silent_and_comes_back() -> None:
    board = board_with(1)
    assert status(board).state is HostState.CONNECTING
    board.line_changed(1, line(LineState.UP, 1001), 1001)
    assert status(board).state is HostState.CONNECTING
    frame(board, 1010)
    assert (status(board).state, status(board).since) == (HostState.UP, 1010)
    board.judge(1040)
    assert status(board).state is HostState.UP
    board.judge(1040.1)
    assert (status(board).state, status(board).since, status(board).code) == (HostState.DOWN, 1010, "silent")
    frame(board, 1050)
    assert (status(board).state, status(board).since, status(board).reason) == (HostState.UP, 1050, "")
    assert kinds(board) == ["up", "down", "up"]


def test_a_line_that_is_back_within_the_limit_is_no_outage() -> None:
    board = board_with(1)
    frame(board, 1010)
    board.line_changed(1, line(LineState.DOWN, 1012, "lost", "The connection broke."), 1012)
    board.judge(1020)
    board.line_changed(1, line(LineState.UP, 1028), 1028)
    frame(board, 1030)
    board.judge(1050)
    assert kinds(board) == ["up"]


def test_down_keeps_its_reason_and_its_beginning_while_the_pool_tries_again() -> None:
    board = board_with(1)
    board.line_changed(1, line(LineState.DOWN, 1002, "refused", "Nothing listens there.", retry_at=1020.0), 1002)
    assert status(board).state is HostState.DOWN
    assert status(board).retry_at == 1020.0
    board.line_changed(1, line(LineState.CONNECTING, 1020), 1020)
    board.line_changed(1, line(LineState.DOWN, 1030, "timeout", "No answer.", retry_at=1060.0), 1030)
    board.judge(1031)
    now = status(board)
    assert (now.state, now.since, now.code, now.reason) == (HostState.DOWN, 1002, "timeout", "No answer.")
    assert kinds(board) == ["down"]


def test_a_login_without_readings_is_down_with_the_reader_s_reason() -> None:
    board = board_with(1)
    board.line_changed(1, line(LineState.UP, 1001), 1001)
    board.session_failed(1, "reader", "awk is missing on this host.", 1002)
    assert status(board).state is HostState.CONNECTING
    board.judge(1032)
    assert (status(board).code, status(board).reason) == ("reader", "awk is missing on this host.")


def test_a_changed_key_counts_at_once_and_shows_the_key() -> None:
    board = board_with(1)
    frame(board, 1010)
    board.line_changed(1, line(LineState.KEY_CHANGED, 1011, "key_changed", "Another key.", presented_key=KEY), 1011)
    assert status(board).state is HostState.KEY_CHANGED
    assert status(board).presented_key == KEY
    up, changed = board.take_transitions()
    assert (up.kind, changed.kind, changed.detail["fingerprint"]) == ("up", "key_changed", "SHA256:abc")
    board.line_changed(1, line(LineState.CONNECTING, 1090), 1090)
    assert status(board).state is HostState.CONNECTING
    assert status(board).presented_key is None


def test_disabling_and_enabling() -> None:
    board = board_with(1)
    frame(board, 1010)
    board.edited(1, {"enabled"}, enabled=False, group_ids=(), at=1011)
    assert (status(board).state, status(board).since) == (HostState.DISABLED, 1011)
    board.edited(1, {"enabled"}, enabled=True, group_ids=(), at=1100)
    board.judge(1101)
    assert (status(board).state, status(board).since) == (HostState.CONNECTING, 1100)
    frame(board, 1110)
    assert kinds(board) == ["up", "up"]


def test_what_was_known_before_a_restart_goes_on_without_a_new_event() -> None:
    board = Board(down_after_s=30)
    board.put(1, enabled=True, group_ids=(), at=1000, recorded=("down", 400.0))
    board.put(2, enabled=True, group_ids=(), at=1000, recorded=("up", 300.0))
    board.line_changed(1, line(LineState.DOWN, 1002, "refused", "Nothing listens there."), 1002)
    frame(board, 1005, host_id=2)
    assert [(s.state, s.since) for s in board] == [(HostState.DOWN, 400.0), (HostState.UP, 300.0)]
    assert kinds(board) == []
    frame(board, 1015, host_id=1)
    assert kinds(board) == ["up"]


def test_a_new_boot_id_is_a_reboot_also_across_a_restart() -> None:
    board = Board(down_after_s=30)
    board.put(1, enabled=True, group_ids=(), at=1000, facts={"boot_id": "a", "kernel": "6.1"})
    board.booted(1, "a", 1001)
    board.booted(1, "b", 1002)
    board.facts(1, {"kernel": "6.2"}, 1003)
    assert kinds(board) == ["reboot"]
    assert board.take_facts() == {1: {"boot_id": "b", "kernel": "6.2"}}


def test_changes_name_what_changed_after_the_reader_s_version() -> None:
    board = board_with(1, 2)
    version, changed, _ = board.changes(0)
    assert set(changed) == {1, 2}
    assert "id" in changed[1]
    frame(board, 1010)
    version2, changed, removed = board.changes(version)
    assert (changed, removed) == ({1: {"summary", "last_frame_at", "state", "state_since"}}, [])
    frame(board, 1020)
    board.edited(2, {"name"}, enabled=True, group_ids=(7,), at=1020)
    board.remove(1)
    version3, changed, removed = board.changes(version2)
    assert (changed, removed) == ({2: {"name"}}, [1])
    assert board.changes(version3) == (version3, {}, [])
    assert status(board, 2).group_ids == {7}


def test_a_small_wobble_of_the_clock_is_no_news() -> None:
    board = board_with(1)
    board.clock_offset(1, 0.1)
    version, _, _ = board.changes(0)
    board.clock_offset(1, 0.3)
    assert board.changes(version)[1] == {}
    board.clock_offset(1, -61.0)
    assert board.changes(version)[1] == {1: {"clock_offset_s"}}


def test_history_is_bounded_and_counts_follow_what_may_be_seen() -> None:
    board = board_with(1)
    board.put(2, enabled=False, group_ids=(5,), at=1000)
    for tick in range(40):
        frame(board, 1000 + tick * 10, cpu=float(tick))
    assert list(status(board).cpu_history) == [float(tick) for tick in range(10, 40)]
    counts = board.count(lambda groups: 5 in groups)
    assert (counts["disabled"], counts["up"]) == (1, 0)


def test_what_could_not_be_written_is_handed_out_again_first() -> None:
    board = board_with(1)
    board.facts(1, {"kernel": "6"}, 1001)
    frame(board, 1010)
    taken, facts = board.take_transitions(), board.take_facts()
    board.judge(1050)
    board.put_back(taken, facts)
    assert kinds(board) == ["up", "down"]
    assert set(board.take_facts()) == {1}


def test_unknown_hosts_are_ignored() -> None:
    board = board_with()
    frame(board, 1010)
    board.line_changed(1, line(LineState.UP, 1), 1)
    board.booted(1, "x", 1)
    board.facts(1, {}, 1)
    board.clock_offset(1, 1)
    board.remove(1)
    assert (len(board), board.changes(0)) == (0, (0, {}, []))


@dataclass
class Fixed:
    applicable: bool = True
    ok: bool = True
    duration_s: float = 0.1
    last_success_at: float | None = 1.0
    last_error: str = ""
    last_error_at: float | None = None


def test_a_collector_s_health_is_kept_by_reference() -> None:
    board = board_with(1)
    health = Fixed()
    board.health(1, "cpu", health)
    health.ok = False
    assert status(board).health["cpu"].ok is False


times = st.floats(0, 10_000)


@given(
    heard_at=st.none() | times,
    now=times,
    state=st.none() | st.sampled_from(LineState),
    enabled=st.booleans(),
    failed=st.booleans(),
)
def test_the_verdict_follows_silence_alone_unless_a_human_is_needed(
    heard_at: float | None, now: float, state: LineState | None, enabled: bool, failed: bool
) -> None:
    signs = Signs(0.0, enabled=enabled, heard_at=heard_at)
    signs.line = None if state is None else line(state, 0.0, "code", "reason")
    signs.failure = line(LineState.DOWN, 0.0, "code", "reason") if failed else None
    verdict = judge(signs, now, 30)
    needs_human = state in {LineState.KEY_PENDING, LineState.KEY_CHANGED, LineState.LOGIN_REFUSED}
    if not enabled:
        assert verdict.state is HostState.DISABLED
    elif needs_human:
        assert verdict.state.value == state
    elif heard_at is not None:
        assert verdict.state is (HostState.UP if now - heard_at <= 30 else HostState.DOWN)
    else:
        assert verdict.state in {HostState.CONNECTING, HostState.DOWN}
    assert (verdict.state is HostState.DOWN) == bool(verdict.reason and verdict.state is HostState.DOWN)


def test_what_is_noticed_in_between_joins_the_facts_and_says_so_only_when_it_changes() -> None:
    board = board_with(1)
    board.facts(1, {"kernel": "6.1", "hung_mounts": []}, 1001)
    board.take_facts()
    board.noticed(1, {"hung_mounts": []})
    assert board.take_facts() == {}
    board.noticed(1, {"hung_mounts": ["/mnt/nfs"]})
    assert status(board).facts == {"kernel": "6.1", "hung_mounts": ["/mnt/nfs"]}
    assert list(board.take_facts()) == [1]
    board.facts(1, {"kernel": "6.2"}, 1002)
    assert status(board).facts == {"kernel": "6.2"}

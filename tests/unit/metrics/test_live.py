"""Who looks decides what is read; a slow tab holds no memory."""

from __future__ import annotations

from controller.metrics.live import KEEP_S, QUEUE, LiveHub, Viewer

SERIES = (("cpu_percent", ""),)


def hub_and_log() -> tuple[LiveHub, list[tuple[int, bool]]]:
    log: list[tuple[int, bool]] = []
    return LiveHub(lambda host_id, on: log.append((host_id, on))), log


def test_the_first_viewer_speeds_a_host_up_and_the_last_slows_it_down() -> None:
    hub, log = hub_and_log()
    one, two = Viewer(), Viewer()
    hub.join(one, 1)
    hub.join(two, 1)
    hub.leave(one, 1, 0.0)
    assert log == [(1, True)]
    hub.leave(two, 1, 0.0)
    hub.leave(two, 1, 0.0)
    assert log == [(1, True), (1, False)]


def test_a_viewer_starts_with_a_snapshot_and_goes_on_with_frames() -> None:
    hub, _ = hub_and_log()
    viewer = Viewer()
    hub.join(viewer, 1)
    hub.frame(1, SERIES, 10.0, (1.0,))
    assert viewer.take() == ({1}, [])
    assert hub.snapshot(1) == (SERIES, [(10.0, (1.0,))])
    hub.frame(1, SERIES, 11.0, (2.0,))
    assert viewer.take() == (set(), [(1, (11.0, (2.0,)))])
    assert viewer.take() == (set(), [])


def test_a_slow_tab_keeps_only_the_newest() -> None:
    hub, _ = hub_and_log()
    viewer = Viewer()
    hub.join(viewer, 1)
    hub.frame(1, SERIES, 0.0, (0.0,))
    viewer.take()
    for second in range(1, 100):
        hub.frame(1, SERIES, float(second), (0.0,))
    _, frames = viewer.take()
    assert [at for _, (at, _) in frames] == [float(s) for s in range(100 - QUEUE, 100)]


def test_new_devices_start_the_chart_anew() -> None:
    hub, _ = hub_and_log()
    viewer = Viewer()
    hub.join(viewer, 1)
    hub.frame(1, SERIES, 1.0, (1.0,))
    viewer.take()
    hub.frame(1, (*SERIES, ("load1", "")), 2.0, (1.0, 2.0))
    assert viewer.take() == ({1}, [])
    assert len(hub.snapshot(1)[1]) == 1


def test_frames_stay_for_a_while_after_the_last_viewer() -> None:
    hub, _ = hub_and_log()
    viewer = Viewer()
    hub.join(viewer, 1)
    hub.frame(1, SERIES, 5.0, (1.0,))
    hub.frame(1, SERIES, 6.0 + KEEP_S, (1.0,))
    assert len(hub.snapshot(1)[1]) == 1
    hub.leave(viewer, 1, 0.0)
    hub.sweep(KEEP_S - 1)
    assert hub.snapshot(1)[0] == SERIES
    hub.sweep(KEEP_S + 1)
    assert hub.snapshot(1) == ((), [])


def test_a_removed_host_is_gone_from_every_viewer() -> None:
    hub, _ = hub_and_log()
    viewer = Viewer()
    hub.join(viewer, 1)
    hub.forget(1)
    assert viewer.take() == (set(), [])
    hub.frame(1, SERIES, 1.0, (1.0,))
    assert viewer.take() == (set(), [])

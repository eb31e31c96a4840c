"""Space and inodes: which mounts are file systems of their own, and their figures as `df` counts them."""

from __future__ import annotations

import pytest

from collectors.spec import NotApplicable, ParseError, Rows
from tests.support.machines import Machine, read

KIB, MIB = 1 << 10, 1 << 20
A = "ext4 - / 4096 100 50 50 10 5\n"


def mounts(machine: str) -> Rows:
    """A machine's file systems by mount point: used %, used, available, total, inodes %."""
    return Machine(machine).read("filesystems").tables["filesystem"]


def test_blocks_kept_back_for_root_count_neither_way_as_df_says() -> None:
    # 5127532 blocks of 4 KiB, 3127532 free, 2902532 of them for users
    share, *figures = mounts("debian-12")["/"]
    assert share == pytest.approx(100 * 2000000 / 4902532)
    assert figures == [2000000 * 4096, 2902532 * 4096, 5127532 * 4096, 100 * 720 / 1310720]


def test_a_file_system_without_a_fixed_number_of_inodes_has_no_share_of_them() -> None:
    share, *figures = mounts("debian-12")["/boot/efi"]
    assert share == pytest.approx(100 * 23580 / 253392)
    assert figures == [23580 * 512, 229812 * 512, 253392 * 512, None]


@pytest.mark.parametrize(
    ("machine", "points"),
    [
        ("debian-12", {"/", "/boot/efi"}),
        ("ubuntu-24.04", {"/", "/boot", "/boot/efi"}),  # not snaps' squashfs, containers' overlays, namespaces
        ("alma-9", {"/", "/boot"}),
        ("alpine", {"/", "/boot"}),
        ("debian-lxc", {"/"}),  # ZFS of the machine, bound files of lxcfs
        ("openvz-6", {"/"}),  # simfs
        ("raspberry-pi", {"/", "/boot/firmware"}),
    ],
)
def test_which_mounts_count(machine: str, points: set[str]) -> None:
    assert set(mounts(machine)) == points


def test_simfs_of_openvz_is_a_disk_like_others() -> None:
    assert mounts("openvz-6")["/"] == (15.0, 786432 * 4096, 4456448 * 4096, 5242880 * 4096, 5.0)


def test_data_sets_of_a_zfs_pool_are_one_and_the_pools_stay_apart() -> None:
    found = mounts("proxmox")
    assert set(found) == {"/", "/tank", "/etc/pve"}  # the largest of rpool's; of equal ones the first by name
    assert found["/"][3] == 800000 * 128 * KIB
    assert found["/tank"][0] == pytest.approx(200 / 3)
    assert found["/tank"][1] == 2000000 * 128 * KIB


def test_the_largest_data_set_does_not_depend_on_the_order_of_answers() -> None:
    sets = (("", 100), ("/b", 120), ("/a", 120))
    lines = [f"zfs zfs:p /p{name} 1024 {blocks} 90 90 1 1\n" for name, blocks in sets]
    for turned in (lines, lines[::-1], [lines[2], lines[0], lines[1]]):
        assert set(read("filesystems", "".join(turned)).tables["filesystem"]) == {"/p/a"}


def test_subvolumes_of_btrfs_are_one_and_have_no_inodes() -> None:
    found = mounts("many-mounts")
    assert {"/home", "/.snapshots"}.isdisjoint(found)
    assert found["/"][0] == pytest.approx(100 * 13107200 / 25690112)
    assert found["/"][1:] == (51200 * MIB, 49152 * MIB, 102400 * MIB, None)


def test_a_disk_that_is_mounted_in_parts_counts_once_where_it_is_whole() -> None:
    found = mounts("many-mounts")
    assert {"/var/www", "/mnt/backup"}.isdisjoint(found)
    assert found["/srv/data"][1] == 750000 * 4096


def test_a_disk_of_which_only_a_part_is_mounted_counts_there() -> None:
    assert mounts("many-mounts")["/mnt/part of it"][3] == 2000 * 4096


def test_spaces_and_other_letters_of_mount_points_are_shown_and_odd_ones_escaped() -> None:
    assert {"/mnt/with space\\ttab\\slash", "/mnt/备份"} <= set(mounts("many-mounts"))


def test_a_disk_for_containers_is_shown_what_they_mount_is_not() -> None:
    found = mounts("many-mounts")
    assert found["/var/lib/docker"][0] == 100.0
    assert not any(point.startswith(("/var/lib/docker/", "/etc/", "/snap", "/media")) for point in found)


def test_full_for_users_is_100_percent_though_root_has_blocks_left() -> None:
    assert read("filesystems", "ext4 - / 4096 1000 50 0 10 5\n").tables["filesystem"]["/"][0] == 100.0


def test_a_hung_mount_is_named_and_hides_no_other() -> None:
    reading = Machine("many-mounts").read("filesystems")
    assert reading.facts == {"hung_mounts": ["/mnt/nfs", "/mnt/stuck"]}
    assert len(reading.tables["filesystem"]) == 6


def test_a_mount_that_the_account_may_not_ask_about_is_left_out_and_not_called_hung() -> None:
    reading = Machine("many-mounts").read("filesystems")
    assert "/home/ops/remote" not in {*reading.tables["filesystem"], *reading.facts["hung_mounts"]}  # type: ignore[misc]
    with pytest.raises(ParseError, match="account"):
        read("filesystems", "fuse.sshfs - /home/ops/remote unknown\n")


def test_a_file_system_of_no_size_is_left_out() -> None:
    assert "/mnt/empty" not in mounts("many-mounts")


@pytest.mark.parametrize("size", [f"{2**63} 4", f"4096 {2**60}"])
def test_a_file_system_that_claims_more_than_can_be_is_left_out(size: str) -> None:
    assert set(read("filesystems", f"{A}fuse.x - /x {size} 0 0 0 0\n").tables["filesystem"]) == {"/"}


def test_one_mounted_over_another_at_the_same_place_is_one() -> None:
    assert list(read("filesystems", A + A).tables["filesystem"]) == ["/"]


def test_a_mount_point_of_any_length_costs_no_other_its_figures() -> None:
    long = "/" + "k" * 600 + "/end"
    found = read("filesystems", f"{A}ext4 - {long} 4096 100 50 50 10 5\n").tables["filesystem"]
    assert set(found) == {"/", "…" + long[-254:]}


def test_a_machine_without_file_systems_of_its_own() -> None:
    with pytest.raises(NotApplicable):
        read("filesystems", "")


@pytest.mark.parametrize(
    "line", ["garbage\n", "ext4 - / 4096 100 50 50 10\n", "ext4 - / 4096 x 50 50 10 5\n", "ext4 - / 4096 -1 0 0 0 0\n"]
)
def test_what_is_no_file_system_is_said_so(line: str) -> None:
    with pytest.raises(ParseError):
        read("filesystems", A + line)


def test_hundreds_of_made_up_file_systems_are_refused() -> None:
    with pytest.raises(ParseError, match="more file systems"):
        read("filesystems", A * 300)

#!/bin/sh
# Pid 1 of a host, in new namespaces: init.sh FOLDER BASE DISK_MIB FLAVOUR. A line on standard input says that the network is there.
set -e
folder=$1 base=$2 disk=$3 flavour=$4
rw=$folder/rw m=$folder/root
mount -t tmpfs -o "mode=755,size=${disk}m" tmpfs "$rw"
mkdir "$rw/up" "$rw/work"
cp -a "$folder/seed/." "$rw/up/"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$rw/up,workdir=$rw/work" "$m"
mount -t proc proc "$m/proc"
# what is the whole machine's stays as it is; what is this network's own may be set
mount --bind "$m/proc/sys/net" "$folder/net"
mount --bind "$m/proc/sys" "$m/proc/sys"
mount -o remount,bind,ro "$m/proc/sys"
mount --bind "$folder/net" "$m/proc/sys/net"
umount "$folder/net"
[ ! -e "$m/proc/sysrq-trigger" ] || mount --bind /dev/null "$m/proc/sysrq-trigger"
for file in "$folder"/proc/*; do
  [ -e "$file" ] || continue
  mount --bind "$file" "$m/proc/$(basename "$file" | tr % /)"
done
mount -t sysfs -o ro sysfs "$m/sys"
case $flavour in systemd | managed) booted=1 ;; *) booted= ;; esac
case $flavour in docker) engines=/var/lib/docker ;; podman) engines=/var/lib/containers ;; *) engines= ;; esac
v2=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
if [ -n "$booted" ] || { [ -n "$engines" ] && [ "$v2" = /sys/fs/cgroup ]; }; then
  mount -t cgroup2 cgroup2 "$m/sys/fs/cgroup"
elif [ -n "$engines" ]; then # a machine with a hierarchy for each controller
  mount -t tmpfs -o mode=755 tmpfs "$m/sys/fs/cgroup"
  grep -v '^#' /proc/cgroups | while read -r controller _; do
    mkdir "$m/sys/fs/cgroup/$controller"
    mount -t cgroup -o "$controller" cgroup "$m/sys/fs/cgroup/$controller" 2>/dev/null || rmdir "$m/sys/fs/cgroup/$controller"
  done
  # an engine tells no figures of a process that is in a hierarchy which it does not find
  sed -n 's/^[0-9]*:name=\([^:]*\):.*/\1/p' /proc/self/cgroup | while read -r name; do
    mkdir "$m/sys/fs/cgroup/$name"
    mount -t cgroup -o "none,name=$name" cgroup "$m/sys/fs/cgroup/$name" 2>/dev/null || rmdir "$m/sys/fs/cgroup/$name"
  done
fi
if [ -n "$engines" ]; then # its layers cannot lie on layers
  mkdir -p "$m$engines"
  mount --bind "$folder/docker" "$m$engines"
fi
mount -t tmpfs -o mode=755,size=64k tmpfs "$m/dev"
while read -r name minor major; do mknod -m 666 "$m/dev/$name" c "$minor" "$major"; done <<X
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
X
mkdir "$m/dev/pts" "$m/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$m/dev/pts"
ln -s pts/ptmx "$m/dev/ptmx"
ln -s /proc/self/fd "$m/dev/fd"
mount -t tmpfs -o mode=1777 tmpfs "$m/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$m/run"
[ -n "$booted" ] || mkdir "$m/run/sshd"
read -r _
exec </dev/null
hostname "$(cat "$m/etc/hostname")"
cd "$m"
pivot_root . mnt
umount -l /mnt
cd /
if [ "$flavour" = tiny ]; then
  daemon='/usr/sbin/dropbear -E -p 22 -r /etc/dropbear/host_key'
else
  daemon='/usr/sbin/sshd -E /var/log/sshd.log'
fi
engine=
[ "$flavour" != docker ] || engine='dockerd >/var/log/dockerd.log 2>&1 &'
if [ -n "$engines" ]; then
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then # v2 wants processes in the leaves alone
    mkdir /sys/fs/cgroup/init
    echo $$ >/sys/fs/cgroup/init/cgroup.procs
    sed 's/[^ ]*/+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
  fi
fi
run="$daemon
$engine
[ ! -x /etc/lab-load ] || /etc/lab-load >/dev/null 2>&1 &
while :; do sleep 3600 & wait \$!; done"
less=
[ "$flavour" = tiny ] || less='setpriv --bounding-set -sys_module,-sys_rawio,-sys_time --inh-caps -all'
if [ -n "$booted" ]; then
  # shellcheck disable=SC2086 # words of their own
  exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin $less /lib/systemd/systemd --log-target=journal
fi
# shellcheck disable=SC2086 # words of their own
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin $less /bin/sh -c "$run"

# shellcheck shell=sh
# Stands before every init step. A step defines check (0: nothing to do), apply and verify, and may define undo.
# The step ends with one of these: 0 ok, 10 changed, 11 would change, 12 does not apply here, 13 refused,
# 14 applied but not verified, 20 changed and waits for the proof of a second login, anything else: failed.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
DEBIAN_FRONTEND=noninteractive
export PATH LC_ALL DEBIAN_FRONTEND
umask 022
step=unnamed within_s=120 mode=check ID='' ID_LIKE=''

say() { printf '%s\n' "$*"; }
skip() { say "$*"; exit 12; }
refuse() { say "$*"; exit 13; }
has() { command -v "$1" >/dev/null 2>&1; }
booted() { [ -d /run/systemd/system ] && has systemctl; }
undo() { :; }

os_family() { # debian, redhat, alpine, arch or other
  case " $ID $ID_LIKE " in
    *" debian "* | *" ubuntu "*) say debian ;;
    *" rhel "* | *" fedora "* | *" centos "*) say redhat ;;
    *" alpine "*) say alpine ;;
    *" arch "*) say arch ;;
    *) say other ;;
  esac
}

in_container() { # one that shares its kernel with others
  if has systemd-detect-virt; then systemd-detect-virt --quiet --container && return 0; fi
  [ -d /proc/vz ] && [ ! -d /proc/bc ] && return 0
  [ -e /.dockerenv ] || [ -e /run/.containerenv ] || tr '\0' '\n' </proc/1/environ 2>/dev/null | grep -q '^container='
}

put() { # mode file: standard input becomes the file, at once, and only when it is another
  mkdir -p "$(dirname "$2")" || return 1
  cat >"$2.moorline.$$" || return 1
  chmod "$1" "$2.moorline.$$" && mv "$2.moorline.$$" "$2"
}

holds() { # file: does it hold just what comes in?
  [ -f "$1" ] && [ "$(cat; say .)" = "$(cat "$1"; say .)" ]
}

installed() { # package
  case $family in
    debian) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed' ;;
    redhat) rpm -q "$1" >/dev/null 2>&1 ;;
    alpine) apk info -e "$1" >/dev/null 2>&1 ;;
    arch) pacman -Q "$1" >/dev/null 2>&1 ;;
    *) return 1 ;;
  esac
}

missing() { # packages: those that are not installed
  for package in "$@"; do installed "$package" || say "$package"; done
}

install_packages() { # packages
  case $family in
    debian)
      if [ -z "$(find /var/lib/apt/lists -type f -mmin -60 2>/dev/null | head -n 1)" ]; then
        apt-get -q -o DPkg::Lock::Timeout=300 update || return 1
      fi
      apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
      ;;
    redhat) dnf -q -y install "$@" ;;
    alpine) apk add --no-progress "$@" ;;
    arch) pacman -Sy --noconfirm --needed --noprogressbar "$@" ;;
    *) say "It is not known how packages are installed here: $*"; return 1 ;;
  esac
}

start_service() { # name: now and at every start
  if booted; then systemctl enable --now --quiet "$1"
  elif has rc-update; then rc-update -q add "$1" default; rc-service -q "$1" start || rc-service -q "$1" status
  else say "No service manager that is known runs here: $1 was not started."; fi
}

arm() { # the rollback: a clock on the host itself, which undoes the step unless it is called off
  guard=/run/moorline-$step
  [ -d /run ] || guard=/tmp/moorline-$step
  rm -rf "$guard"
  mkdir -m 700 "$guard" || return 1
}

# the clock is no work of the job's: whoever ends the job leaves it running
start_clock() { # after what undo needs was put into $guard
  put 700 "$guard/undo" <<UNDO || return 1
#!/bin/sh
PATH=$PATH
guard=$guard
if [ "\$1" = wait ]; then
  left=$within_s
  while [ \$left -gt 0 ]; do sleep 1; left=\$((left - 1)); [ -d "\$guard" ] || exit 0; done
fi
. "\$guard/how"
rm -rf "\$guard"
UNDO
  if booted && has systemd-run; then
    systemd-run --quiet --collect --unit="moorline-$step-undo" /bin/sh "$guard/undo" wait
  elif has setsid; then
    (unset MOORLINE_JOB; setsid /bin/sh "$guard/undo" wait </dev/null >/dev/null 2>&1 &)
  else
    (unset MOORLINE_JOB; nohup /bin/sh "$guard/undo" wait </dev/null >/dev/null 2>&1 &)
  fi
}

call_off() {
  rm -rf "/run/moorline-$step" "/tmp/moorline-$step"
  if booted; then systemctl stop "moorline-$step-undo.service" 2>/dev/null || :; fi
}

undo_now() {
  for guard in "/run/moorline-$step" "/tmp/moorline-$step"; do
    if [ -x "$guard/undo" ]; then /bin/sh "$guard/undo" now; else rm -rf "$guard"; fi
  done
}

step_main() {
  [ "$(id -u)" = 0 ] || refuse "This needs root: let the job become root."
  # shellcheck disable=SC1091 # the host's own
  [ ! -r /etc/os-release ] || . /etc/os-release
  family=$(os_family)
  case $mode in
    check) if check; then exit 0; else exit 11; fi ;;
    apply)
      said=$(check)
      status=$?
      case $status in 0) exit 0 ;; 12 | 13) say "$said"; exit $status ;; esac
      (set -e; apply)
      status=$?
      if [ -d "/run/moorline-$step" ] || [ -d "/tmp/moorline-$step" ]; then
        [ $status = 0 ] && exit 20
        undo_now
        exit $status
      fi
      [ $status = 0 ] || exit $status
      if verify; then exit 10; else say "It was done, but is not in force."; exit 14; fi
      ;;
    confirm) call_off; if verify; then exit 10; else say "It was done, but is not in force."; exit 14; fi ;;
    undo) undo_now; exit 0 ;;
  esac
}

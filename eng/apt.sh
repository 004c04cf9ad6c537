#!/bin/sh
# To be sourced: installs Debian packages, but only what is missing, and says what it cannot do.
#   . eng/apt.sh
#   apt_need mksquashfs squashfs-tools        # a command, and the packages that bring it
#   apt_need /usr/include/seccomp.h libseccomp-dev
#   apt_packages strace jq                    # packages by name

# apt_packages PACKAGE...: makes sure that each is installed.
apt_packages() {
  apt_missing=
  for apt_package in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$apt_package" 2>/dev/null) in
    installed) ;;
    *) apt_missing="$apt_missing $apt_package" ;;
    esac
  done
  [ -n "$apt_missing" ] || return 0

  if ! command -v apt-get >/dev/null; then
    echo "these packages are missing and there is no apt-get to install them:$apt_missing" >&2
    return 1
  fi
  if [ "$(id -u)" != 0 ]; then
    echo "these packages are missing and only root can install them: apt-get install$apt_missing" >&2
    return 1
  fi

  echo "installing:$apt_missing" >&2
  apt_log=$(mktemp)
  # shellcheck disable=SC2086
  if { [ -n "${apt_updated:-}" ] || apt-get -q update; } >"$apt_log" 2>&1 &&
    DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $apt_missing >>"$apt_log" 2>&1; then
    apt_updated=1
    rm -f "$apt_log"
    return 0
  fi
  cat "$apt_log" >&2
  rm -f "$apt_log"
  echo "could not install:$apt_missing" >&2
  return 1
}

# apt_need COMMAND_OR_FILE PACKAGE...: installs the packages unless the command (or, with a leading /, the file) is there.
apt_need() {
  apt_wanted=$1
  shift
  case $apt_wanted in
  /*) [ ! -e "$apt_wanted" ] || return 0 ;;
  *) ! command -v "$apt_wanted" >/dev/null || return 0 ;;
  esac
  apt_packages "$@"
}

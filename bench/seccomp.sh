#!/bin/sh
# The default seccomp filter beside the same policy made by libseccomp, in a line and as a tree: instructions, the time of loading it, and
# what it costs a call. Needs no root, if gcc and libseccomp-dev are installed.
#
#   bench/seccomp.sh [--rounds N] [--calls N]
#
#   --rounds   fresh processes for each filter, interleaved; default 200
#   --calls    calls of each loop in a process; default 2000
#
# The filter is the one that the tests record and compare with what the runtime loads. Figures are medians. The last line is ours over the
# better of the two others; smaller is better.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
rounds=200 calls=2000

die() { echo "seccomp.sh: $*" >&2; exit 1; }

while [ $# -gt 0 ]; do
  case $1 in
  --rounds | --calls) [ $# -gt 1 ] || die "$1 needs a value" ;;
  esac
  case $1 in
  --rounds) rounds=$2; shift ;;
  --calls) calls=$2; shift ;;
  -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) die "unknown option $1, see --help" ;;
  esac
  shift
done
for number in "$rounds" "$calls"; do
  case $number in '' | 0 | *[!0-9]*) die "--rounds and --calls are numbers above 0" ;; esac
done
case $(uname -m) in
x86_64) machine=x86-64 ;;
aarch64) machine=aarch64 ;;
*) die "there is no filter for $(uname -m)" ;;
esac

. "$top/eng/apt.sh"
apt_need gcc gcc libc6-dev
apt_need /usr/include/seccomp.h libseccomp-dev

golden=$top/Northstar.Tests/Fixtures/golden/seccomp
work=$(mktemp -d /tmp/northstar-bench.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
gcc -O2 -Wall -Wextra -o "$work/policy" "$here/src/policy.c" -lseccomp
gcc -O2 -Wall -Wextra -o "$work/filter" "$here/src/filter.c"
"$work/policy" "$golden/default-$machine.txt" "$work" > /dev/null
"$work/filter" "$rounds" "$calls" "northstar=$golden/program-$machine.txt" "libseccomp=$work/filter.bpf" "libseccomp-tree=$work/filter-tree.bpf"

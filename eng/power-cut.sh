#!/bin/sh
# Cuts the power of a virtual machine while packages are installed and uninstalled on its ext4 disk, and boots it again, many times.
#
#   eng/power-cut.sh [--without-fsync] [CUTS]      CUTS: default 50
#
# After each cut the disk must have what was answered for, all of it whole and nothing else; what was under way may be done or not. A cut is
# SIGKILL for QEMU: what the machine's kernel had not written to its disk is gone. With --without-fsync the runtime's fsync does nothing, and
# this must fail: it shows that the check can. artifacts/bin must be built (eng/build.sh). Exit code 77: there is no QEMU.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/eng/apt.sh"
fsync=yes
[ "${1:-}" != --without-fsync ] || { fsync=no; shift; }
cuts=${1:-50}
case $cuts in *[!0-9]* | '') sed -n '4s/^# *//p' "$0" >&2; exit 2 ;; esac
apt_need mkfs.ext4 e2fsprogs
apt_need mksquashfs squashfs-tools
[ -x "$top/artifacts/bin/northstar" ] || { echo "eng/power-cut.sh: run eng/build.sh first" >&2; exit 1; }

mkdir -p "$top/artifacts"
work=$(mktemp -d "$top/artifacts/power-cut.XXXXXX") # the machine sees this folder of the host
machine=
trap '[ -z "$machine" ] || kill "$machine" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 143' INT TERM HUP
die() { echo "eng/power-cut.sh: $*" >&2; [ ! -e "$work/share/log" ] || tail -n 30 "$work/share/log" >&2; exit 1; }

# Six packages, from one that is written at once to one that takes a while.
mkdir "$work/bin" "$work/share" "$work/root"
cp "$top/artifacts/bin/northstar" "$top/artifacts/bin/northstar-init" "$work/bin/"
ln -s northstar "$work/bin/sextant"
"$work/bin/sextant" gen-key --name test --out "$work"
for package in a:4 b:64 c:256 d:512 e:1024 f:2048; do
  head -c "$((${package#*:} * 1024))" /dev/urandom > "$work/root/data"
  printf 'name: p%s\nversion: 1.0.0\nuid: 1000\ngid: 1000\n' "${package%:*}" > "$work/manifest.yaml"
  "$work/bin/sextant" pack -m "$work/manifest.yaml" -r "$work/root" -k "$work/test.key" --compression none -o "$work" > /dev/null
done
library=
if [ "$fsync" = no ]; then
  apt_need gcc gcc libc6-dev
  library=$work/without-fsync.so
  gcc -shared -fPIC -o "$library" "$top/Northstar.Tests/Fixtures/kill-at/kill-at.c"
fi
truncate -s 64M "$work/disk"
mkfs.ext4 -q "$work/disk"
: > "$work/expected"

# state PREVIOUS-LOG: what must be there and what may be there, from what was listed and then answered for
expect() {
  awk '$1 == "listed" { there[$2] = 1 }
    $1 == "begin" { doubt = $3 }
    $1 == "done" { there[$3] = $2 == "install"; doubt = "" }
    END { for (name in there) if (there[name] && name != doubt) print "must", name; if (doubt) print "may", doubt }' "$1"
}

check() {
  sed -n 's/^listed //p' "$1" | sort > "$work/listed"
  sed -n 's/^file \(.*\)\.npk$/\1/p' "$1" | sort > "$work/files"
  cmp -s "$work/listed" "$work/files" || die "the runtime lists $(tr '\n' ' ' < "$work/listed")but the directory has $(tr '\n' ' ' < "$work/files")"
  ! grep -q '^file .*[^k]$' "$1" || die "something else is in the directory"
  while read -r how name; do
    case $how in
    must) grep -qxF "$name" "$work/listed" || die "$name was there before the cut and is lost" ;;
    may) if grep -qxF "$name" "$work/listed"; then present=$((present + 1)); else absent=$((absent + 1)); fi ;;
    esac
  done < "$work/expected"
  while read -r name; do
    grep -q " $name\$" "$work/expected" || die "$name is there, but it was not before the cut"
  done < "$work/listed"
}

present=0 absent=0 swept=0 operations=0 cut=0
while :; do
  rm -rf "$work/share" && mkdir "$work/share" && : > "$work/share/log"
  "$top/eng/vm-test.sh" --deadline 300 --memory 1024 --cpus 1 --append no_timer_check --pid "$work/pid" --console "$work/console" --disk "$work/disk" --share "$work/share" \
    --run "$top/eng/vm/power-cut.sh" "$work" "$cut" "$library" > "$work/output" 2>&1 &
  machine=$!
  while ! grep -q '^ready' "$work/share/log"; do
    kill -0 "$machine" 2>/dev/null || {
      status=0
      wait "$machine" || status=$?
      machine=
      [ "$status" != 77 ] || { cat "$work/output"; exit 77; }
      cat "$work/output" >&2
      die "the machine did not come up after cut $cut (exit code $status)"
    }
    sleep 0.2
  done
  # A random moment of the next three seconds; every other time, right after an answer.
  sleep "$(awk -v seed="$cut$$" 'BEGIN { srand(seed); printf "%.3f", rand() * 3 }')"
  answered=$(grep -c '^done' "$work/share/log" || true)
  patience=200
  while [ $((cut % 2)) = 1 ] && [ "$(grep -c '^done' "$work/share/log" || true)" = "$answered" ] && [ "$patience" != 0 ]; do
    patience=$((patience - 1))
    sleep 0.02
  done
  kill -9 "$(cat "$work/pid")"
  wait "$machine" 2>/dev/null || true
  machine=
  ! grep -q '^failed' "$work/share/log" || die "cut $cut"
  check "$work/share/log"
  swept=$((swept + $(grep -c '^swept' "$work/share/log" || true)))
  operations=$((operations + $(grep -c '^done' "$work/share/log" || true)))
  [ "$cut" -lt "$cuts" ] || break
  expect "$work/share/log" > "$work/expected"
  cut=$((cut + 1))
  echo "cut $cut of $cuts: $(grep -c '^done' "$work/share/log" || true) answered, then $(sed -n 's/^begin //p' "$work/share/log" | tail -n 1), $(tail -n 1 "$work/share/log" | cut -d ' ' -f 1)"
done
echo "$cuts cuts after $operations answered installs and uninstalls: nothing was lost, everything was whole; of what was under way $((present + absent)) times, $present were there and $absent were not; $swept rests of installs were removed"

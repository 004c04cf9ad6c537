#!/bin/sh
# The console under load: requests, latency, notifications, and installing a large package beside writing the same bytes. Root.
#
#   bench/console.sh [--seconds N] [--rounds N] [--size MIB] [--json]
#
#   --seconds   length of each measurement of requests; default 5
#   --rounds    installs and writes of the same package, interleaved; default 7
#   --size      size of that package's image in MiB; default 100
#   --json      one JSON object on stdout instead of tables
#
# The client is one thread in C, so that the runtime has the other cores. The rate limit is raised and nothing else is changed.
# "cat > file; sync" writes the package into the same file system. install-ratio is the median of installing, which verifies the
# signature and every block, over that of writing. The client says where the image begins and what its salt is, as nstar does; the
# figure without that is beside it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
name=console.sh
. "$here/common.sh"
. "$top/eng/apt.sh"
seconds=5 rounds=7 size=100 json=0
while [ $# -gt 0 ]; do
  case $1 in
  --seconds | --rounds | --size) [ $# -gt 1 ] || die "$1 needs a value" ;;
  esac
  case $1 in
  --seconds) seconds=$2; shift ;;
  --rounds) rounds=$2; shift ;;
  --size) size=$2; shift ;;
  --json) json=1 ;;
  -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) die "unknown option $1, see --help" ;;
  esac
  shift
done
case $seconds$rounds$size in *[!0-9]*) die "--seconds, --rounds and --size are numbers" ;; esac
[ "$(id -u)" = 0 ] || die "needs root: the runtime makes cgroups and mounts"
say() { if [ "$json" = 1 ]; then echo "$*" >&2; else echo "$*"; fi; }

need_northstar
northstar=$(dirname "$sextant")/northstar
apt_need gcc gcc libc6-dev
apt_need mksquashfs squashfs-tools
compile load

make_work
runtime=
stop() {
  status=$?
  trap - EXIT INT TERM HUP
  if [ -n "$runtime" ]; then
    kill -TERM "$runtime" 2> /dev/null || true
    wait "$runtime" 2> /dev/null || true
  fi
  rm -rf "$work"
  exit "$status"
}
trap stop EXIT
trap 'exit 130' INT TERM HUP

# --- packages: one that cannot be compressed, a hundred tiny ones
mkdir "$work/large" "$work/tiny" "$work/packages" "$work/run" "$work/data" "$work/store"
head -c "${size}M" /dev/urandom > "$work/large/noise"
pack "$work/large" "$work/large.npk" -c none
rm -r "$work/large"
image=$("$sextant" inspect --json -s "$work/large.npk" | tr -d ' \n' |
  sed -n 's/.*"image":{"offset":\([0-9]*\),.*"salt":"\([0-9a-f]*\)".*/{"offset":\1,"salt":"\2"}/p')
[ -n "$image" ] || die "sextant inspect does not name offset and salt of the image"
number=0
while [ $number -lt 101 ]; do
  printf 'name: tiny-%03d\nversion: 1.0.0\nuid: 1000\ngid: 1000\n' $number > "$work/manifest.yaml"
  pack "$work/tiny" "$work/packages/tiny-$number.npk"
  number=$((number + 1))
done
mv "$work/packages/tiny-100.npk" "$work/other.npk"

cat > "$work/northstar.toml" << TOML
run_dir = "$work/run"
data_dir = "$work/data"
cgroup = "northstar-bench-$$"
notification_buffer_size = 4096
[console.global]
bind = "unix://$work/console"
permissions = "full"
[console.global.options]
max_requests_per_sec = 4294967295
max_npk_install_size = "2 GB"
[repositories.store]
type = { fs = { dir = "$work/store" } }
key = "$work/bench.pub"
[repositories.tiny]
type = { fs = { dir = "$work/packages" } }
key = "$work/bench.pub"
[repositories.mem]
type = "mem"
TOML
"$northstar" --config "$work/northstar.toml" > "$work/log" 2>&1 &
runtime=$!
tries=0
while ! "$bin/load" "$work/console" pipeline list 0 1 > /dev/null 2>&1; do
  tries=$((tries + 1))
  if [ $tries -gt 200 ] || ! kill -0 "$runtime" 2> /dev/null; then
    tail -n 20 "$work/log" >&2
    die "the runtime does not answer"
  fi
  sleep 0.1
done
load() { "$bin/load" "$work/console" "$@" || die "load $* failed"; }
resident() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$runtime/status"; }

say "$(nproc) cores, load $(cut -d ' ' -f 1 /proc/loadavg), 100 containers, runtime of $(resident) KiB"
load pipeline ident 1 256 > /dev/null # warm
ident=$(load pipeline ident "$seconds" 256)
list=$(load pipeline list "$seconds" 16)
say "ident, pipelined        $ident a second"
say "list of 100, pipelined  $list a second"
lone=
for clients in 1 10 100; do
  figures=$(load latency ident "$seconds" $clients)
  p50=${figures%% *} rest=${figures#* }
  [ $clients != 1 ] || lone=${rest%% *}
  say "ident, $clients clients  p50 $p50 us, p99 ${rest%% *} us, ${rest##* } a second"
  eval "p50_$clients=$p50 p99_$clients=${rest%% *}"
done
notifications=$(load subscribers 100 1000 "$work/other.npk" mem tiny-100:1.0.0)
say "notifications to 100 subscribers  $notifications a second, driven by installs and uninstalls"

# --- installing beside writing, interleaved
uninstall() { "$(dirname "$sextant")/nstar" --url "unix://$work/console" uninstall bench:1.0.0 > /dev/null || die "uninstall failed"; }
round=0
while [ $round -lt "$rounds" ]; do
  sync
  load install "$work/large.npk" store "$image" >> "$work/installs"
  uninstall
  sync
  load install "$work/large.npk" store >> "$work/plain"
  uninstall
  sync
  begin=$(date +%s%N)
  cat "$work/large.npk" > "$work/store/copy"
  sync
  echo $(($(date +%s%N) - begin)) | awk '{ printf "%.1f\n", $1 / 1e6 }' >> "$work/writes"
  rm "$work/store/copy"
  round=$((round + 1))
done
median() { sort -n "$1" | awk '{ line[NR] = $1 } END { print line[int((NR + 1) / 2)] }'; }
installing=$(median "$work/installs") plain=$(median "$work/plain") writing=$(median "$work/writes")
ratio=$(awk -v a="$installing" -v b="$writing" 'BEGIN { printf "%.2f", a / b }')
say "install of $size MiB, verified   $installing ms (best $(sort -n "$work/installs" | head -n 1))"
say "without a word on the image    $plain ms (best $(sort -n "$work/plain" | head -n 1))"
say "cat > file; sync          $writing ms (best $(sort -n "$work/writes" | head -n 1))"
say "runtime afterwards        $(resident) KiB"
if [ "$json" = 1 ]; then
  echo "{\"ident\":$ident,\"list\":$list,\"p50\":[$p50_1,$p50_10,$p50_100],\"p99\":[$p99_1,$p99_10,$p99_100],\"notifications\":$notifications,\"install_ms\":$installing,\"install_plain_ms\":$plain,\"write_ms\":$writing}"
else
  echo "ident-per-second=$ident p99-us=$lone install-ratio=$ratio"
fi

#!/bin/sh
# What each feature of a manifest adds to a launch: one container for each, that differs from the first in nothing else. Root.
#
#   bench/features.sh [--rounds N] [--json]
#
#   --rounds   launches of each container, interleaved; default 200
#   --json     one JSON object on stdout instead of the table
#
# A launch is a request over the console, its image mounted already. "to payload" is the time until the payload's first instruction, "answer" until
# the response was read; medians, microseconds. "adds" is what the answer takes longer than that of "nothing", and may be below 0 within the noise.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
name=features.sh
. "$here/common.sh"
. "$top/eng/apt.sh"
rounds=200 json=0
while [ $# -gt 0 ]; do
  case $1 in
  --rounds) [ $# -gt 1 ] || die "$1 needs a value"; rounds=$2; shift ;;
  --json) json=1 ;;
  -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) die "unknown option $1, see --help" ;;
  esac
  shift
done
case $rounds in *[!0-9]* | "") die "--rounds is a number" ;; esac
[ "$(id -u)" = 0 ] || die "needs root: it mounts, makes cgroups and namespaces"
need_northstar
northstar=$(dirname "$sextant")/northstar
apt_need gcc gcc libc6-dev
apt_need mksquashfs squashfs-tools
mkdir -p "$bin"
(cd "$here/src" && gcc -O2 -Wall -Wextra -o "$bin/stamp" stamp.c -static -nostdlib -ffreestanding -fno-stack-protector -fno-builtin \
  && gcc -O2 -Wall -Wextra -o "$bin/runner" runner.c launch.c console.c)
compile ready

make_work
chmod 755 "$work" # user 1000 has to get through
runtime=
stop() {
  status=$?
  trap - EXIT INT TERM HUP
  if [ -n "$runtime" ]; then
    kill -TERM "$runtime" 2> /dev/null || true
    while kill -0 "$runtime" 2> /dev/null; do sleep 0.05; done
  fi
  rm -rf "$work"
  exit "$status"
}
trap stop EXIT
trap 'exit 130' INT TERM HUP

mkdir -p "$work/files/bin" "$work/nothing" "$work/packages" "$work/run" "$work/data" "$work/out"
cp "$bin/stamp" "$work/files/bin/stamp"

feature() { # feature NAME [MOUNT [MORE]]: a line below mounts, and lines of the manifest
  cat > "$work/manifest.yaml" << YAML
name: $1
version: 0.0.1
init: /bin/stamp
args: [/out/s]
uid: 1000
gid: 1000
mounts:
  /out: {type: bind, host: $work/out, options: "nosuid,nodev"}
  ${2:-}
${3:-}
YAML
  (pack "$work/files" "$work/packages/$1.npk") 2> "$work/said" || { cat "$work/said" >&2; exit 1; }
  printf 'side %s\nconsole %s:0.0.1\n' "$1" "$1" >> "$work/sides"
}
feature nothing
feature bind "/more: {type: bind, host: $work/out, options: \"nosuid,nodev\"}"
feature dev "/dev: {type: dev}"
feature proc "/proc: {type: proc}"
feature sysfs "/sys: {type: sysfs}"
feature tmpfs "/tmp: {type: tmpfs, size: 16777216}"
feature persist "/data: {type: persist}"
feature resource "/resource: {type: resource, name: library, version: 0.0.1, dir: /}"
feature sockets "/sockets: {type: sockets}" "sockets: {one: {type: stream, mode: 0o600}}"
feature network-host "" "network: host"
feature memory-limit "" "cgroups: {memory: {memory_hard_limit: 67108864}}"
feature cpu-shares "" "cgroups: {cpu: {shares: 512}}"
feature capability "" "capabilities: [CAP_NET_BIND_SERVICE]"
feature groups "" "suppl_groups: [audio, video]"
feature rlimits "" "rlimits: {nofile: {soft: 64, hard: 64}, nproc: {soft: 64, hard: 64}}"
feature scheduling "" "sched: {policy: !other {nice: 5}}"
feature seccomp-rules "" "seccomp: {profile: default, allow: {delete_module: any}}"
feature output "" "io: {stdout: pipe, stderr: pipe}"
feature console "" "console: {permissions: full}"
feature device-rule "" "custom: {northstar: {devices: [{path: /dev/null, access: r}]}}"
printf 'name: library\nversion: 0.0.1\nuid: 1000\ngid: 1000\n' > "$work/manifest.yaml"
pack "$work/nothing" "$work/packages/library.npk"

cat > "$work/northstar.toml" << TOML
run_dir = "$work/run"
data_dir = "$work/data"
cgroup = "northstar-bench-$$"
[console.global]
bind = "unix://$work/console"
permissions = "full"
[console.global.options]
max_requests_per_sec = 4294967295
[repositories.bench]
type = { fs = { dir = "$work/packages" } }
key = "$work/bench.pub"
mount_on_start = true
strict = true
TOML
"$bin/ready" "$work/console" "$work/log" "$work/pid" "$northstar" --config "$work/northstar.toml" > /dev/null || { tail -n 20 "$work/log" >&2; die "the runtime did not start"; }
runtime=$(cat "$work/pid")
"$bin/runner" -n "$rounds" -c "$work/console" -s "$work/out/s" -j "$work/result" "$work/sides" > "$work/table" || { cat "$work/table" "$work/log" >&2; die "a launch failed"; }
if [ "$json" = 1 ]; then
  cat "$work/result"
else
  echo "$(nproc) cores, load $(cut -d ' ' -f 1 /proc/loadavg), $rounds launches of each"
  awk 'NR == 1 { printf "%-16s %12s %8s %8s\n", "feature", "to payload", "answer", "adds"; next }
    { if (NR == 2) base = $5; printf "%-16s %12d %8d %8d\n", $1, $2, $5, $5 - base }' "$work/table"
fi

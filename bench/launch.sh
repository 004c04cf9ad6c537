#!/bin/sh
# Launch time and memory of one container, side by side with bubblewrap and crun in one run. Root.
#
#   bench/launch.sh [--rounds N] [--quiet MS] [--net host|new] [--containers N] [--json] [--peers]
#
#   --rounds      launches of each side, interleaved; default 200
#   --quiet       milliseconds of rest before each launch; default 0. Right after another launch some steps are cheap that
#                 are not for a machine at rest: moving a process between cgroups above all
#   --net         network namespace: the host's (default), or a new one
#   --containers  running containers of each kind for the memory table; default 10, 0 for none
#   --json        one JSON object on stdout instead of tables
#   --peers       measure the others alone
#
# Every side does the same, and the payload itself is asked whether it did: PID, mount, IPC and UTS namespaces, read-only
# root on squashfs that is mounted already, uid 1000, no capabilities, no_new_privs, the same seccomp policy (as each makes
# it), masked /proc paths, cgroups for memory and cpu with a limit each. "to payload" is the time from the start of the
# command, or from just before the request is written, to the payload's first instruction; "answer" until the command
# ended or the response was read. Microseconds.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
northstar=${NORTHSTAR:-$top/artifacts/bin/northstar}
rounds=200 quiet=0 net=host containers=10 json=0 peers=0

die() { echo "launch.sh: $*" >&2; exit 1; }
say() { if [ "$json" = 1 ]; then echo "$*" >&2; else echo "$*"; fi; }

arguments=$*
while [ $# -gt 0 ]; do
  case $1 in
  --rounds | --quiet | --net | --containers) [ $# -gt 1 ] || die "$1 needs a value" ;;
  esac
  case $1 in
  --rounds) rounds=$2; shift ;;
  --quiet) quiet=$2; shift ;;
  --net) net=$2; shift ;;
  --containers) containers=$2; shift ;;
  --json) json=1 ;;
  --peers) peers=1 ;;
  -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) die "unknown option $1, see --help" ;;
  esac
  shift
done
case $net in host | new) ;; *) die "--net is host or new" ;; esac
case $rounds$quiet$containers in *[!0-9]*) die "--rounds, --quiet and --containers are numbers" ;; esac
[ "$(id -u)" = 0 ] || die "needs root: it mounts, makes cgroups and namespaces"

# everything that is mounted here vanishes with this script's own mount namespace
if [ -z "${NORTHSTAR_BENCH_NAMESPACE:-}" ]; then
  # shellcheck disable=SC2086
  NORTHSTAR_BENCH_NAMESPACE=1 exec unshare -m --propagation private "$0" $arguments
fi

. "$top/eng/apt.sh"
apt_need gcc gcc libc6-dev
apt_need /usr/include/seccomp.h libseccomp-dev
apt_need mksquashfs squashfs-tools
apt_need crun crun
apt_need bwrap bubblewrap

ours=1
if [ "$peers" = 1 ]; then
  ours=0
elif [ ! -x "$northstar" ]; then
  ours=0
  say "missing: $northstar (publish Northstar.Host there, or set NORTHSTAR); our own side is not measured"
fi

# --- programs
bin=$top/artifacts/bench
mkdir -p "$bin"
compile() { # compile PROGRAM SOURCES OPTIONS...: unless it is newer than every source
  program=$bin/$1 sources=$2
  shift 2
  if [ -x "$program" ] && [ -z "$(find "$here/src" -newer "$program" -type f | head -n 1)" ]; then return; fi
  # shellcheck disable=SC2086
  (cd "$here/src" && gcc -O2 -Wall -Wextra -o "$program" $sources "$@")
}
compile stamp stamp.c -static -nostdlib -ffreestanding -fno-stack-protector -fno-builtin
compile policy policy.c -lseccomp
compile runner "runner.c launch.c console.c"
compile ready ready.c

# --- a place for everything, and its end
work=$(mktemp -d /tmp/northstar-bench.XXXXXX)
chmod 755 "$work" # user 1000 has to get through
group=northstar-bench-$$
runtime_pid=
started=

kill_started() {
  for pid in $started; do kill -KILL "$pid" 2>/dev/null || true; done
  for pid in $started; do wait "$pid" 2>/dev/null || true; done
  started=
}

alive() { [ -n "$(sed -n '/^State:[[:space:]]*[^ZX[:space:]]/p' "/proc/$1/status" 2>/dev/null)" ]; } # a zombie is not

stop_runtime() {
  [ -n "$runtime_pid" ] || return 0
  kill -TERM "$runtime_pid" 2>/dev/null || true
  tries=0
  while alive "$runtime_pid"; do
    tries=$((tries + 1))
    if [ $tries -gt 100 ]; then
      echo "launch.sh: the runtime did not end within 10 s, see below" >&2
      tail -n 20 "$work/runtime.log" >&2
      kill -KILL "$runtime_pid" 2>/dev/null || true
    fi
    sleep 0.1
  done
  runtime_pid=
}

cleanup() {
  status=$?
  trap - EXIT INT TERM HUP
  set +e
  kill_started
  stop_runtime
  for id in $(crun --root "$work/crun" list -q 2>/dev/null); do crun --root "$work/crun" delete -f "$id"; done
  # in every hierarchy: crun makes its groups in all of them
  for parent in $(awk -v group="/$group" '$3 ~ /^cgroup2?$/ { print $2 group }' /proc/self/mounts); do
    tries=0
    while [ -d "$parent" ] && [ $tries -lt 50 ]; do
      find "$parent" -depth -type d -exec rmdir {} + 2>/dev/null
      tries=$((tries + 1))
      [ -d "$parent" ] && sleep 0.1
    done
    if [ -d "$parent" ]; then echo "launch.sh: left behind: $parent" >&2; status=1; fi
  done
  umount "$work/root" 2>/dev/null
  rm -rf --one-file-system "$work"
  if [ -e "$work" ]; then echo "launch.sh: left behind: $work" >&2; status=1; fi
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# --- root file system: the payload, and mount points
mkdir -p "$work/files/bin" "$work/root" "$work/out" "$work/crun" "$work/reports"
for directory in proc dev tmp out sys etc; do mkdir "$work/files/$directory"; done
cp "$bin/stamp" "$work/files/bin/stamp"
mksquashfs "$work/files" "$work/root.img" -all-root -noappend -no-progress -quiet > "$work/mksquashfs.log" 2>&1 || {
  cat "$work/mksquashfs.log" >&2
  die "mksquashfs failed"
}
mount -o loop,ro,nosuid,nodev "$work/root.img" "$work/root"
case $(uname -m) in aarch64) machine=aarch64 ;; *) machine=x86-64 ;; esac
policy_size=$("$bin/policy" "$top/Northstar.Tests/Fixtures/golden/seccomp/default-$machine.txt" "$work")

# --- cgroups: one parent of ours where the controllers are
hierarchy() { awk -v controller="$1" '$3 == "cgroup" && ("," $4 ",") ~ ("," controller ",") { print $2; exit }' /proc/self/mounts; }
memory=$(hierarchy memory)
cpu=$(hierarchy cpu)
if [ -n "$memory" ] && [ -n "$cpu" ]; then
  cgroups=v1
  # crun refuses a machine with v1 controllers and a v2 mount beside them; it is hidden in this namespace only
  for unified in $(awk '$3 == "cgroup2" { print $2 }' /proc/self/mounts); do umount "$unified"; done
  groups="$memory/$group $cpu/$group"
  [ "$memory" != "$cpu" ] || groups="$memory/$group"
  for parent in $groups; do mkdir "$parent"; done
else
  cgroups=v2
  unified=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
  [ -n "$unified" ] || die "no cgroup hierarchy with the memory and cpu controllers is mounted"
  for controller in memory cpu; do
    grep -qw "$controller" "$unified/cgroup.controllers" || die "$unified offers no $controller controller"
  done
  echo "+memory +cpu" > "$unified/cgroup.subtree_control"
  groups=$unified/$group
  mkdir "$groups"
  echo "+memory +cpu" > "$groups/cgroup.subtree_control"
fi

# --- what each side is started with
masked=
for path in /proc/acpi /proc/asound /proc/kcore /proc/keys /proc/latency_stats /proc/scsi /proc/timer_list; do
  if [ -d $path ]; then masked="$masked --tmpfs $path"; elif [ -e $path ]; then masked="$masked --ro-bind /dev/null $path"; fi
done
new_net=
[ $net = host ] || new_net=--unshare-net
bwrap="bwrap --ro-bind $work/root / --proc /proc --dev /dev --tmpfs /tmp --ro-bind $work/out /out $masked \
  --unshare-pid --unshare-ipc --unshare-uts $new_net --hostname bench --cap-drop ALL --clearenv --setenv PATH /bin --seccomp 9"

bundle() { # bundle NAME CGROUP ARGUMENTS
  mkdir -p "$work/bundles/$1"
  network=
  [ $net = host ] || network=',{"type":"network"}'
  cat > "$work/bundles/$1/config.json" << JSON
{"ociVersion":"1.0.0","hostname":"bench","root":{"path":"$work/root","readonly":true},
"process":{"terminal":false,"user":{"uid":1000,"gid":1000},"args":["/bin/stamp","/out/s"$3],"env":["PATH=/bin"],"cwd":"/",
"noNewPrivileges":true,"capabilities":{"bounding":[],"effective":[],"inheritable":[],"permitted":[],"ambient":[]}},
"mounts":[{"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev"]},
{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","noexec","mode=755","size=64k"]},
{"destination":"/tmp","type":"tmpfs","source":"tmpfs","options":["nosuid","noexec","nodev","mode=1777","size=16m"]},
{"destination":"/out","type":"bind","source":"$work/out","options":["bind","ro","nosuid","nodev"]}],
"linux":{"namespaces":[{"type":"pid"},{"type":"ipc"},{"type":"uts"},{"type":"mount"}$network],
"cgroupsPath":"/$group/$2","resources":{"memory":{"limit":67108864},"cpu":{"shares":512}},
"maskedPaths":["/proc/acpi","/proc/asound","/proc/kcore","/proc/keys","/proc/latency_stats","/proc/scsi","/proc/timer_list","/sys/firmware"],
"readonlyPaths":["/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"],
"seccomp":$(cat "$work/seccomp.json")}}
JSON
}

own_groups() { # own_groups NAME: cgroups that the runner makes for a command that makes none
  for parent in $groups; do echo "group $parent/$1"; done
}

sides() { # sides REPORT: the file for the runner; REPORT is empty or "report"
  if [ -z "$1" ]; then
    echo "side plain"
    echo "exec $work/root/bin/stamp $work/out/s"
  fi
  echo "side bwrap"
  own_groups bwrap
  echo "open 9 $work/filter.bpf"
  echo "uid 1000"
  echo "exec $bwrap --unshare-user --uid 1000 --gid 1000 /bin/stamp /out/s $1"
  if [ -z "$1" ]; then
    echo "side bwrap-tree-filter"
    own_groups bwrap-tree
    echo "open 9 $work/filter-tree.bpf"
    echo "uid 1000"
    echo "exec $bwrap --unshare-user --uid 1000 --gid 1000 /bin/stamp /out/s"
    echo "side bwrap-as-root"
    own_groups bwrap-root
    echo "open 9 $work/filter.bpf"
    echo "exec $bwrap /bin/stamp /out/s"
  fi
  echo "side crun"
  echo "exec crun --root $work/crun run -b $work/bundles/crun$1 bench%d"
  if [ $ours = 1 ]; then
    echo "side northstar"
    echo "console stamp:0.0.1 ${1:+/out/s $1}"
    echo "side nstar-start"
    echo "exec $northstar nstar -u unix://$work/console start stamp:0.0.1 ${1:+/bin/stamp /out/s $1}"
    echo "ends stamp:0.0.1"
  fi
}
bundle crun crun ''
bundle crunreport crun ',"report"'
sides '' > "$work/sides"
sides report > "$work/sides-report"

# --- the runtime
manifest() { # manifest NAME ARGUMENTS
  cat << YAML
name: $1
version: 0.0.1
init: /bin/stamp
args: [$2]
uid: 1000
gid: 1000
mounts:
  /dev:
    type: dev
  /proc:
    type: proc
  /tmp:
    type: tmpfs
    size: 16777216
  /out:
    type: bind
    host: $work/out
    options: nosuid,nodev
cgroups:
  memory:
    memory_hard_limit: 67108864
  cpu:
    shares: 512
YAML
  [ $net = new ] || echo "network: host"
}

pack() { # pack NAME ARGUMENTS
  manifest "$1" "$2" > "$work/manifest.yaml"
  "$northstar" sextant pack -m "$work/manifest.yaml" -r "$work/files" -k "$work/bench.key" -o "$work/repository/$1.npk" || die "packing $1 failed"
}

start_runtime() { # prints the microseconds until it was ready
  "$bin/ready" "$work/console" "$work/runtime.log" "$work/runtime.pid" "$northstar" --config "$work/northstar.toml" || {
    tail -n 20 "$work/runtime.log" >&2 || true
    die "the runtime did not start"
  }
}

if [ $ours = 1 ]; then
  mkdir -p "$work/repository" "$work/run" "$work/data" "$work/sockets"
  "$northstar" sextant gen-key -n bench -o "$work" || die "gen-key failed"
  pack stamp /out/s
  i=0
  while [ $i -lt "$containers" ] || [ $i -lt 1 ]; do # one at least, to look at its cgroups from outside
    pack "stay-$i" '/out/s, stay'
    i=$((i + 1))
  done
  cat > "$work/northstar.toml" << TOML
run_dir = "$work/run"
data_dir = "$work/data"
socket_dir = "$work/sockets"
cgroup = "$group/runtime"

[console.global]
bind = "unix://$work/console"
permissions = "full"

[repositories.bench]
type = { fs = { dir = "$work/repository" } }
key = "$work/bench.pub"
mount_on_start = true
TOML
  ready_times=
  i=0
  while [ $i -lt 5 ]; do
    stop_runtime
    ready_times="$ready_times $(start_runtime)"
    runtime_pid=$(cat "$work/runtime.pid")
    ready_rss=$(awk '/^VmRSS:/ { print $2 }' "/proc/$runtime_pid/status")
    i=$((i + 1))
  done
  ready=$(printf '%s\n' $ready_times | sort -n | sed -n 3p)
fi

# --- does every side do the same?
link() { readlink "/proc/self/ns/$1"; }

# A payload in a cgroup namespace of its own cannot tell which group it is in; a running one is looked at from outside.
outside=/dev/null
if [ $ours = 1 ]; then
  outside=$work/cgroups-outside
  "$northstar" nstar -u "unix://$work/console" start stay-0:0.0.1 > /dev/null || die "a container does not start"
  init=$("$northstar" nstar -u "unix://$work/console" inspect stay-0:0.0.1 | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p')
  payload=$(tr -d ' ' < "/proc/$init/task/$init/children")
  { echo "file /proc/self/cgroup"; cat "/proc/$payload/cgroup"; } > "$outside"
  "$northstar" nstar -u "unix://$work/console" kill stay-0:0.0.1 9 > /dev/null
fi
check() { # check SIDE: prints what differs from what is expected, nothing if all is well
  awk -v pid="$(link pid)" -v mnt="$(link mnt)" -v ipc="$(link ipc)" -v uts="$(link uts)" -v net="$(link net)" -v cgroupns="$(link cgroup)" -v want="$net" -v group="$group" -v cgroups=$cgroups '
    function bad(what) { print "  " what }
    BEGIN { own["pid"] = pid; own["mnt"] = mnt; own["ipc"] = ipc; own["uts"] = uts }
    $1 == "ns" && ($2 in own) { seen[$2]; if ($3 == own[$2] || $3 == "") bad("shares the " $2 " namespace of the host") }
    $1 == "ns" && $2 == "cgroup" { hidden = $3 != cgroupns }
    $1 == "ns" && $2 == "net" { seen["net"]; if (($3 == net) != (want == "host")) bad("network namespace is not as wanted") }
    $1 == "masked" { seen["masked"]; if ($3 != 0) bad($2 " is readable") }
    $1 == "errno" && $2 == "write-root" { seen["root"]; if ($3 != -30) bad("the root is not read-only: " $3) }
    $1 == "errno" && $2 == "write-proc-sys" { if ($3 >= 0) bad("/proc/sys is writable") }
    $1 == "errno" && $2 == "add_key" { seen["key"]; if ($3 != -1) bad("seccomp lets add_key pass: " $3) }
    $1 == "Uid:" { seen["uid"]; if ($2 != 1000 || $3 != 1000 || $4 != 1000 || $5 != 1000) bad("uid is not 1000:" $0) }
    $1 == "Gid:" { seen["gid"]; if ($2 != 1000 || $3 != 1000) bad("gid is not 1000:" $0) }
    $1 ~ /^Cap(Inh|Prm|Eff|Bnd|Amb):$/ { seen["caps"]; if ($2 !~ /^0+$/) bad("has capabilities: " $0) }
    $1 == "NoNewPrivs:" { seen["nnp"]; if ($2 != 1) bad("no_new_privs is not set") }
    $1 == "Seccomp:" { seen["seccomp"]; if ($2 != 2) bad("no seccomp filter") }
    $1 == "file" { file = $2; next }
    FILENAME == outside && !hidden { next }
    file == "/proc/self/cgroup" && (!hidden || FILENAME == outside) {
      split($0, part, ":")
      if (cgroups == "v2" && part[1] == 0 || ("," part[2] ",") ~ /,memory,/) { seen["memory"]; if (index(part[3], group) == 0) bad("not in a memory cgroup of its own: " $0) }
      if (cgroups == "v2" && part[1] == 0 || ("," part[2] ",") ~ /,cpu,/) { seen["cpu"]; if (index(part[3], group) == 0) bad("not in a cpu cgroup of its own: " $0) }
    }
    file == "/proc/self/mounts" && $2 == "/" { seen["mount"]; type = $3; if ($4 !~ /^ro/) bad("root is mounted " $4) }
    END {
      if (type != "squashfs") bad("root is " type)
      n = split("pid mnt ipc uts net masked root key uid gid caps nnp seccomp memory cpu mount", all, " ")
      for (i = 1; i <= n; i++) if (!(all[i] in seen)) bad("the report says nothing of: " all[i])
    }' "$work/reports/$1" outside="$outside" "$outside"
}

console=
[ $ours = 0 ] || console="-c $work/console"
: > "$work/errors"
# shellcheck disable=SC2086
"$bin/runner" -s "$work/out/s" $console -e "$work/errors" -r "$work/reports" "$work/sides-report" || {
  cat "$work/errors" >&2
  die "not every side could be launched"
}
different=0
for report in "$work/reports"/*; do
  name=$(basename "$report")
  differences=$(check "$name")
  if [ -n "$differences" ]; then
    different=1
    printf 'launch.sh: %s is not launched as the others are:\n%s\n' "$name" "$differences" >&2
  fi
done

# --- launch times
say "cgroups $cgroups, network namespace: $net; seccomp policy: $policy_size"
say "each payload was asked: namespaces, uid, capabilities, no_new_privs, seccomp, masked paths, read-only root and cgroups agree$([ $different = 0 ] || echo ' NOT')"
say "bwrap joins no cgroups: the runner makes two and its child joins them (0 into tasks) before it executes bwrap, as a shell user would;"
say "  bwrap runs as user 1000 with a user namespace, bwrap-as-root without one and so keeps uid 0"
[ $ours = 0 ] || say "northstar: start request over the console's Unix socket; nstar-start: the whole command"
say ""
# shellcheck disable=SC2086
"$bin/runner" -n "$rounds" -q "$quiet" -s "$work/out/s" $console -e "$work/errors" -j "$work/launch.json" "$work/sides" > "$work/table" || {
  cat "$work/table" "$work/errors" >&2
  die "launches failed"
}
[ $json = 1 ] || cat "$work/table"

# --- memory
rollup() { # rollup PID FIELD: KiB
  awk -v field="$2:" '$1 == field { print $2 }' "/proc/$1/smaps_rollup" 2>/dev/null || echo 0
}
staying() { # pids of payloads that stay
  grep -laE '^/bin/stamp./out/s.stay' /proc/[0-9]*/cmdline 2>/dev/null | sed 's|^/proc/||; s|/.*||'
}
wait_staying() { # wait_staying COUNT
  tries=0
  while [ "$(staying | wc -l)" -lt "$1" ]; do
    tries=$((tries + 1))
    [ $tries -le 100 ] || die "only $(staying | wc -l) of $1 containers are running"
    sleep 0.1
  done
}
parent() { awk '$1 == "PPid:" { print $2 }' "/proc/$1/status"; }
helpers() { # helpers STOP: every ancestor of the staying payloads below the process STOP, each once
  for pid in $(staying); do
    pid=$(parent "$pid")
    while [ "$pid" -gt 1 ] && [ "$pid" != "$1" ]; do
      echo "$pid"
      pid=$(parent "$pid")
    done
  done | sort -un
}
memory_row() { # memory_row NAME PIDS: sums over the pids, divided by the containers
  pss=0 private=0
  for pid in $2; do
    pss=$((pss + $(rollup "$pid" Pss)))
    private=$((private + $(rollup "$pid" Private_Dirty)))
  done
  count=$(echo "$2" | wc -w)
  [ $json = 1 ] || printf '%-24s %10s %10d %10d\n' "$1" "$(awk "BEGIN { print $count / $containers }")" $((pss / containers)) $((private / containers))
  memory_json="$memory_json${memory_json:+,}{\"name\":\"$1\",\"processes\":$count,\"containers\":$containers,\"pss_kib\":$((pss / containers)),\"private_dirty_kib\":$((private / containers))}"
}

memory_json=
if [ "$containers" -gt 0 ]; then
  say ""
  say "memory of the processes that each container needs beside its payload, KiB, $containers containers running"
  [ $json = 1 ] || printf '%-24s %10s %10s %10s\n' side processes PSS 'priv dirty'

  i=0
  while [ $i -lt "$containers" ]; do
    # shellcheck disable=SC2086
    setpriv --reuid 1000 --regid 1000 --clear-groups $bwrap --unshare-user --uid 1000 --gid 1000 /bin/stamp /out/s stay \
      9< "$work/filter.bpf" < /dev/null > /dev/null 2>> "$work/errors" &
    started="$started $!"
    i=$((i + 1))
  done
  wait_staying "$containers"
  memory_row bwrap "$(helpers $$)"
  # bwrap's outer process does not take the inner one along when it is killed: the payload's own init is, and the rest follows
  for pid in $(staying); do kill -KILL "$(parent "$pid")" 2>/dev/null || true; done
  kill_started

  i=0
  while [ $i -lt "$containers" ]; do
    bundle "stay$i" "stay$i" ',"stay"'
    crun --root "$work/crun" run -d -b "$work/bundles/stay$i" "stay$$-$i" < /dev/null > /dev/null 2>> "$work/errors"
    i=$((i + 1))
  done
  wait_staying "$containers"
  # detached: whoever adopts the payload is not crun's
  memory_row crun "$(for pid in $(helpers $$); do case $(cat "/proc/$pid/comm") in crun) echo "$pid" ;; esac; done)"
  i=0
  while [ $i -lt "$containers" ]; do
    crun --root "$work/crun" delete -f "stay$$-$i"
    i=$((i + 1))
  done

  if [ $ours = 1 ]; then
    sleep 6 # the runtime gives memory back when it has been idle for some seconds
    idle_pss=$(rollup "$runtime_pid" Pss)
    i=0
    while [ $i -lt "$containers" ]; do
      "$northstar" nstar -u "unix://$work/console" start "stay-$i:0.0.1" > /dev/null || die "stay-$i did not start"
      i=$((i + 1))
    done
    wait_staying "$containers"
    inits=$(for pid in $(staying); do parent "$pid"; done)
    memory_row northstar-init "$inits"
    launcher=$(helpers "$runtime_pid" | grep -vxF "$inits" || true)
    launcher_pss=0
    for pid in $launcher; do launcher_pss=$((launcher_pss + $(rollup "$pid" Pss))); done
  fi
elif [ $ours = 1 ]; then
  sleep 6 # the runtime gives memory back when it has been idle for some seconds
  idle_pss=$(rollup "$runtime_pid" Pss) launcher_pss=0
fi

runtime_json=
if [ $ours = 1 ]; then
  rss=$(rollup "$runtime_pid" Rss) pss=$(rollup "$runtime_pid" Pss) private=$(rollup "$runtime_pid" Private_Dirty)
  runtime_json="\"ready_us\":$ready,\"idle_pss_kib\":$idle_pss,\"pss_kib\":$pss,\"rss_kib\":$rss,\"private_dirty_kib\":$private,\"launcher_pss_kib\":$launcher_pss"
  say ""
  say "runtime: ready $ready us after its start (median of 5), with $ready_rss KiB resident"
  say "  memory after the launches, KiB: PSS $idle_pss; now PSS $pss, resident $rss, private dirty $private; launcher PSS $launcher_pss"
fi

# --- the last line
median() { sed -n "s/^{\"name\":\"$1\",\"to_payload\":{\"median\":\([0-9.]*\).*/\1/p" "$work/launch.json"; }
ratio() { awk -v a="$(median northstar)" -v b="$(median "$1")" 'BEGIN { printf "%.3f", a / b }'; }
if [ $json = 1 ]; then
  printf '{"launch":%s,"agree":%s,"memory":[%s],"runtime":{%s}' "$(cat "$work/launch.json")" "$([ $different = 0 ] && echo true || echo false)" "$memory_json" "$runtime_json"
  [ $ours = 0 ] || printf ',"to_payload_ratio":{"bwrap":%s,"crun":%s}' "$(ratio bwrap)" "$(ratio crun)"
  echo "}"
elif [ $ours = 1 ]; then
  echo "to-payload-ratio bwrap=$(ratio bwrap) crun=$(ratio crun)"
fi
[ $different = 0 ] || exit 1
[ $ours = 1 ] || [ $peers = 1 ] || exit 1

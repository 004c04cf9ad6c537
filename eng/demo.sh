#!/bin/sh
# Shows Northstar at work, from source to a stopped container: builds, makes a key, packs the samples, starts the runtime, and
# drives it with nstar. Ends with 0 only when every step did what it should, and leaves nothing behind but the build folder.
# Needs root. Installs what is missing with apt-get.
#   eng/demo.sh [--built]      --built: takes northstar and the samples as they are in artifacts/, and builds and installs nothing
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
[ "$(id -u)" = 0 ] || { echo "eng/demo.sh: needs root: it mounts images and makes namespaces and cgroups" >&2; exit 1; }

bold='' plain=''
[ ! -t 1 ] || { bold=$(printf '\033[1m'); plain=$(printf '\033[0m'); }
step() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
show() { printf '$ %s\n' "$*"; "$@"; }
fail() { echo "eng/demo.sh: $*" >&2; exit 1; }

# --- what is there before; the same has to be there afterwards
loops() { losetup -a 2>/dev/null | sort; }
mounts() { awk '{ print $5 }' /proc/self/mountinfo | sort; }
loops_before=$(loops) mounts_before=$(mounts)

if [ "${1:-}" != --built ]; then
  step "What this machine needs"
  . eng/apt.sh
  apt_need mksquashfs squashfs-tools
  apt_need gcc gcc libc6-dev
  apt_need ld.lld lld
  apt_need losetup util-linux
  apt_need /usr/include/zlib.h zlib1g-dev
  apt_packages libsodium23
  echo "squashfs-tools, libsodium23 and what NativeAOT links with: installed"

  step "Build northstar (with nstar and sextant) and the sample programs"
  eng/build.sh
  samples/build.sh
fi
bin=$top/artifacts/bin samples=$top/artifacts/samples
PATH=$bin:$PATH

# --- a place of its own inside the build folder
work=$top/artifacts/demo
rm -rf "$work"
mkdir -p "$work/keys" "$work/packages" "$work/trusted" "$work/verified"
group=northstar-demo-$$
runtime='' listener=''
cleanup() {
  status=$?
  trap - EXIT INT TERM HUP
  [ -z "$listener" ] || kill "$listener" 2>/dev/null || true
  if [ -n "$runtime" ] && kill -0 "$runtime" 2>/dev/null; then
    kill -TERM "$runtime"
    wait "$runtime" || true
  fi
  [ "$status" = 0 ] || { echo "--- the runtime's log" >&2; cat "$work/runtime.log" >&2 2>/dev/null || true; }
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

step "Make a key pair and pack the samples, signed"
show sextant gen-key --name demo --out "$work/keys"
for sample in hello-world hello-resource crashing message-0.0.1 message-0.0.2; do
  root=
  [ ! -d "$samples/$sample/root" ] || root="--root $samples/$sample/root"
  # shellcheck disable=SC2086
  show sextant pack --manifest-path "$samples/$sample/manifest.yaml" $root --key "$work/keys/demo.key" --compression zstd --level 3 --out "$work/packages"
done
show sextant inspect --short "$work/packages/hello-world-0.0.1.npk"
cp "$work/packages/message-0.0.1.npk" "$work/trusted/"

step "Configure three repositories: a trusted directory, a verified directory, a verified one in memory"
cat > "$work/northstar.toml" <<TOML
run_dir = "$work/run"
data_dir = "$work/data"
cgroup = "$group"

[console.global]
bind = "unix://$work/console"
permissions = "full"

[repositories.trusted]
type = { fs = { dir = "$work/trusted" } }

[repositories.verified]
type = { fs = { dir = "$work/verified" } }
key = "$work/keys/demo.pub"

[repositories.memory]
type = "mem"
key = "$work/keys/demo.pub"
capacity_num = 10
capacity_size = "100 MB"
TOML
cat "$work/northstar.toml"

step "Start the runtime"
northstar --config "$work/northstar.toml" > "$work/runtime.log" 2>&1 &
runtime=$!
tries=0
until [ -S "$work/console" ]; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || fail "the runtime did not come up"
  kill -0 "$runtime" 2>/dev/null || fail "the runtime ended"
  sleep 0.05
done
ns() { nstar --url "unix://$work/console" "$@"; }
nstar_show() { printf '$ nstar %s\n' "$*"; ns "$@"; }
ns notifications > "$work/notifications.log" 2>&1 &
listener=$!

# wait_for FILE PATTERN: until a line is there
wait_for() {
  tries=0
  until grep -q -- "$2" "$1" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || fail "nothing like '$2' in $1"
    sleep 0.05
  done
  grep -m 3 -- "$2" "$1"
}

nstar_show repositories

step "Install packages: each block is checked against the hash tree before the package appears"
nstar_show install "$work/packages/hello-world-0.0.1.npk" memory
nstar_show install "$work/packages/crashing-0.0.1.npk" memory
nstar_show install "$work/packages/hello-resource-0.0.1.npk" verified
nstar_show install "$work/packages/message-0.0.2.npk" verified
nstar_show list

step "A package that was changed is refused"
cp "$work/packages/hello-world-0.0.1.npk" "$work/changed.npk"
printf 'x' | dd of="$work/changed.npk" bs=1 seek=100000 conv=notrunc status=none
if nstar_show install "$work/changed.npk" verified; then fail "a changed package was installed"; fi

step "Start a container with arguments; see its output and what it sees"
nstar_show start hello-world /hello-world one two three
wait_for "$work/runtime.log" 'hello-world:0.0.1.*three'
wait_for "$work/notifications.log" 'started.*hello-world'
nstar_show list

step "A container that uses files of a resource container, the highest version that fits"
nstar_show start hello-resource
wait_for "$work/runtime.log" 'hello-resource:0.0.1.*0\.0\.2'

step "A container that crashes harms nobody; its end is a notification"
nstar_show start crashing
wait_for "$work/notifications.log" 'crashing.*101'

step "Kill, and the notification of the end"
nstar_show kill hello-world
wait_for "$work/notifications.log" 'hello-world.*15'
nstar_show kill hello-resource
wait_for "$work/notifications.log" 'hello-resource.*15'

step "Uninstall"
nstar_show uninstall hello-world
nstar_show list

step "Shut down"
nstar_show shutdown
status=0
wait "$runtime" || status=$?
runtime=''
[ "$status" = 0 ] || fail "the runtime ended with exit code $status"
wait "$listener" || true
listener=''
cat "$work/notifications.log"

step "Nothing is left"
tries=0
until [ "$(loops)" = "$loops_before" ]; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || fail "left behind: loop devices: $(loops)"
  sleep 0.05
done
[ "$(mounts)" = "$mounts_before" ] || fail "left behind: mounts"
left=$(find /sys/fs/cgroup -maxdepth 3 -type d -name "$group" 2>/dev/null || true)
[ -z "$left" ] || fail "left behind: cgroups $left"
[ -z "$(ls -A "$work/run")" ] || fail "left behind: files in $work/run"
[ ! -e "$work/console" ] || fail "left behind: the console socket"
echo "no process, mount, loop device, cgroup or file outside $work"
echo
echo "The demo is complete."

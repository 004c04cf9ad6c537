#!/bin/sh
# Prints what this host offers to the runtime and which of the kernel tests will run here. It tries things instead of
# comparing versions, and takes back everything that it makes. Exit code 1 when something is missing that every container needs.
#   eng/check-host.sh
# As root it knows most; otherwise it says what it could not try.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
loop=
cleanup() {
  [ -z "$loop" ] || losetup -d "$loop" 2>/dev/null
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

mandatory_missing=0
root=0 loops=0 image=0 verity=0 memory=0 realtime=0 network=0 selinux=0 namespaces=1

row() { printf '  %-26s %-4s %s\n' "$1" "$2" "$3"; }
yes() { row "$1" yes "${2:-}"; }
no() { row "$1" no "${2:-}"; }
missing() { # for what no container can do without
  row "$1" NO "${2:-}"
  mandatory_missing=1
}
have() { command -v "$1" > /dev/null 2>&1; }
first_line() { head -n 1 "$work/error" | cut -c 1-100; }
attempt() { "$@" > "$work/out" 2> "$work/error"; }

echo "host: $(uname -srm)$(. /etc/os-release 2>/dev/null && echo ", $PRETTY_NAME")"
echo
echo "privileges"
if [ "$(id -u)" = 0 ]; then
  root=1
  yes root
else
  no root "uid $(id -u): what needs privileges is not tried"
fi
effective=$(awk '$1 == "CapEff:" { print $2 }' /proc/self/status)
lacking=
for capability in 0:CHOWN 3:FOWNER 5:KILL 6:SETGID 7:SETUID 8:SETPCAP 21:SYS_ADMIN 23:SYS_NICE 24:SYS_RESOURCE; do
  [ $((0x$effective >> ${capability%%:*} & 1)) = 1 ] || lacking="$lacking CAP_${capability#*:}"
done
if [ -z "$lacking" ]; then yes capabilities; else no capabilities "without$lacking: tests that need them are skipped"; fi

echo
echo "images"
if [ -c /dev/loop-control ]; then
  yes /dev/loop-control
  truncate -s 1M "$work/disk"
  if [ $root = 1 ] && have losetup; then
    if loop=$(losetup -r --sector-size 4096 -f --show "$work/disk" 2> "$work/error"); then
      loops=1
      yes "loop device" "read-only, 4096-byte blocks: $loop"
      losetup -d "$loop"
      loop=
    else
      missing "loop device" "$(first_line)"
    fi
  fi
else
  missing /dev/loop-control "CONFIG_BLK_DEV_LOOP"
fi
if ! grep -qw squashfs /proc/filesystems && [ $root = 1 ]; then modprobe squashfs 2> /dev/null; fi
if grep -qw squashfs /proc/filesystems; then
  for compression in gzip xz lzo zstd; do
    if [ $root = 0 ] || ! have mksquashfs; then break; fi
    mkdir -p "$work/files" "$work/mount"
    # more than a block of text, so that there is something to decompress
    seq 1 50000 > "$work/files/numbers"
    rm -f "$work/image"
    if ! attempt mksquashfs "$work/files" "$work/image" -comp $compression -quiet -no-progress; then
      no "squashfs, $compression" "mksquashfs cannot make it"
    elif attempt unshare -m sh -c 'mount -o loop,ro "$1/image" "$1/mount" && cmp "$1/files/numbers" "$1/mount/numbers"' sh "$work"; then
      image=1
      yes "squashfs, $compression"
    else
      no "squashfs, $compression" "$(first_line)"
    fi
  done
  if [ $root = 1 ] && have mksquashfs; then
    [ $image = 1 ] || missing squashfs "no image could be mounted"
  else
    yes squashfs "known to the kernel; not tried (root and mksquashfs are needed)"
  fi
else
  missing squashfs "CONFIG_SQUASHFS"
fi
if [ -c /dev/mapper/control ]; then
  if [ $root = 1 ] && have dmsetup; then
    modprobe dm-verity 2> /dev/null
    if dmsetup targets 2> "$work/error" | grep -q '^verity '; then
      verity=1
      yes dm-verity
    else
      no dm-verity "no verity target (CONFIG_DM_VERITY): signed packages are copied to sealed memory"
    fi
  elif [ -e /sys/module/dm_verity ]; then
    verity=1
    yes dm-verity "module is loaded"
  else
    no dm-verity "cannot tell: needs root and dmsetup"
  fi
else
  no dm-verity "no /dev/mapper/control (CONFIG_BLK_DEV_DM): signed packages are copied to sealed memory"
fi

echo
echo "isolation"
for kind in mnt:-m pid:-pf ipc:-i uts:-u net:-n; do
  name=${kind%%:*}
  if [ ! -e "/proc/self/ns/$name" ]; then
    namespaces=0
    missing "$name namespace" "no /proc/self/ns/$name"
  elif [ $root = 0 ]; then
    yes "$name namespace" "not tried"
  elif attempt unshare "${kind#*:}" true; then
    yes "$name namespace"
  else
    namespaces=0
    missing "$name namespace" "$(first_line)"
  fi
done
actions=/proc/sys/kernel/seccomp/actions_avail
if [ -r $actions ]; then
  case $(cat $actions) in
  *kill_process*errno*) yes seccomp "$(cat $actions)" ;;
  *) missing seccomp "lacks actions: $(cat $actions)" ;;
  esac
else
  missing seccomp "CONFIG_SECCOMP_FILTER"
fi
if [ -r /proc/kallsyms ]; then
  for call in fsopen fsmount move_mount open_tree mount_setattr openat2 memfd_create clone3 close_range pidfd_open; do
    if grep -qE " (__x64_|__arm64_|)sys_$call\$" /proc/kallsyms; then
      yes $call
    else
      case $call in
      fsopen | fsmount | move_mount | openat2 | memfd_create) missing $call "the kernel has no such system call" ;;
      *) no $call ;;
      esac
    fi
  done
else
  row "system calls" '?' "no /proc/kallsyms to look them up in"
fi
if [ $root = 1 ] && have chrt; then
  if attempt chrt -f 1 true; then
    realtime=1
    yes "real-time scheduling"
  else
    no "real-time scheduling" "$(first_line)"
  fi
fi
if [ -e /sys/fs/selinux/enforce ]; then
  selinux=1
  yes SELinux
else
  no SELinux "optional"
fi

echo
echo "cgroups"
# the controllers and where they are, v1 and v2
awk '$3 == "cgroup" { print "v1", $2, $4 }' /proc/self/mounts | while read -r version mount options; do
  for controller in memory cpu cpuset blkio pids; do
    case ,$options, in *,$controller,*) echo "$controller $version $mount" ;; esac
  done
done > "$work/controllers"
for mount in $(awk '$3 == "cgroup2" { print $2 }' /proc/self/mounts); do
  for controller in $(cat "$mount/cgroup.controllers"); do echo "$controller v2 $mount"; done
done >> "$work/controllers"
for controller in memory cpu cpuset blkio:io pids; do
  pattern=$(echo "$controller" | tr : '|')
  place=$(grep -E "^($pattern) " "$work/controllers" | head -n 1)
  name=${controller%%:*}
  if [ -z "$place" ]; then
    no "$name" "limits of this kind are not available"
    continue
  fi
  version=$(echo "$place" | cut -d ' ' -f 2)
  mount=$(echo "$place" | cut -d ' ' -f 3)
  if [ $root = 0 ]; then
    yes "$name" "$version at $mount; not tried"
  elif attempt mkdir "$mount/check-host-$$"; then
    rmdir "$mount/check-host-$$"
    [ "$name" != memory ] || memory=1
    yes "$name" "$version at $mount"
  else
    no "$name" "$(first_line)"
  fi
done
cpu=$(awk '$1 == "cpu" && $2 == "v1" { print $3 }' "$work/controllers")
if [ -n "$cpu" ] && [ -e "$cpu/cpu.rt_runtime_us" ]; then
  row "real-time budget" "" "groups need one: $cpu has $(cat "$cpu/cpu.rt_runtime_us") us"
fi

echo
echo "tools"
tool() { # tool COMMAND PACKAGE PURPOSE
  if have "$1"; then yes "$1" "$3"; else no "$1" "$3; Debian package $2"; fi
}
tool dotnet "-: the SDK of global.json" "build"
tool gcc gcc "build: native link of NativeAOT programs, bindings test"
tool ld.lld lld "build: static executables"
tool mksquashfs squashfs-tools "sextant pack"
tool unsquashfs squashfs-tools "sextant unpack"
if ldconfig -p 2> /dev/null | grep -q 'libsodium\.so'; then yes libsodium "signatures"; else no libsodium "signatures; Debian package libsodium23"; fi
tool veritysetup cryptsetup-bin "tests compare with it"
tool openssl openssl "tests compare with it"
tool zipinfo unzip "tests compare with it"
tool strace strace "tests of the debug commands"
tool perf linux-perf "tests of the debug commands"
if have ip && [ $root = 1 ]; then
  # in a mount namespace of its own, since ip turns /run/netns into a mount point
  netns_was_there=$([ -d /run/netns ] && echo 1)
  if attempt unshare -m sh -c 'ip netns add "$1" && ip netns delete "$1"' sh "check-host-$$"; then
    network=1
    yes "ip netns" "tests of network namespaces"
  else
    no "ip netns" "$(first_line)"
  fi
  [ -n "$netns_was_there" ] || rmdir /run/netns 2> /dev/null
else
  tool ip iproute2 "tests of network namespaces"
fi
tool qemu-system-x86_64 qemu-system-x86 "tests in a virtual machine"
tool crun crun "benchmark"
tool bwrap bubblewrap "benchmark"

echo
echo "kernel tests"
verdict() { # verdict NAME RUNS REASON
  if [ "$2" = 1 ]; then row "$1" run ""; else row "$1" skip "$3"; fi
}
start=0
[ "$root$loops$image$namespaces" = 1111 ] && start=1
verdict "containers" $start "need root, a loop device, squashfs and namespaces"
verdict "dm-verity" $((start * verity)) "no verity target; the same tests run with sealed memory, and in the virtual machine with dm-verity"
verdict "memory limits" $((start * memory)) "no memory controller"
verdict "real-time" $((start * realtime)) "no right to use it"
verdict "network namespaces" $((start * network)) "need ip and namespaces"
verdict "SELinux" $((start * selinux)) "not enabled"
if have qemu-system-x86_64; then verdict "virtual machine" 1; else verdict "virtual machine" 0 "no qemu"; fi

if [ $mandatory_missing = 1 ]; then
  echo
  echo "something is missing that every container needs: see the rows with NO"
  exit 1
fi

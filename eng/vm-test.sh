#!/bin/sh
# Boots Debian's kernel in QEMU (software emulation, no KVM needed) and runs there, as root, the kernel tests or a command.
#
#   eng/vm-test.sh [REGEX]                          the kernel tests, or those whose full name matches: see eng/vm/lane.sh
#   eng/vm-test.sh --run COMMAND [ARGUMENT...]      ends with the exit code of the command
#   eng/vm-test.sh --probe                          makes ready what the machine needs and says why, if it cannot
#
# options, before --run:
#   --deadline SECONDS   the machine is ended after this time (default 600); the exit code is then 124
#   --share DIR          a directory that the command may write to; it has the same path in the machine (may be given again)
#   --disk FILE          an image as disk: the first is /dev/vda, the next /dev/vdb; writes go to the file (may be given again)
#   --append WORDS       more words for the kernel's command line, such as "security=selinux selinux=1"
#   --memory MIB         default 3072
#   --cpus N             default 1: then its clock counts instructions while it works, so that no time limit is missed because the
#                        host is slow or busy. With more, the time is that of the host
#   --console FILE       where the kernel's messages go (default artifacts/vm/console.log)
#   --pid FILE           takes the process id of QEMU: for who wants to kill the machine (kill -9 is a power cut)
#
# The machine sees the files of this host, this folder and its artifacts among them, through 9p, read-only, under a layer in its memory: what is
# written there is gone afterwards, except in --share and --disk. /tmp, /run and /dev/shm are empty. There are cgroup v2 with all
# controllers, /dev/mapper/control, loop devices, all modules of the kernel (modprobe) and no network but lo.
# What the command writes comes out here at once, over a serial line. NORTHSTAR_VM_ACCEL="-accel kvm" uses KVM where there is one.
#
# exit code 125: the machine could not be made or did not come up; 77: there is no QEMU, or no kernel to be had (the reason is printed).
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/eng/apt.sh"
. "$top/eng/vm/kernel.sh"

case ${1:-} in --*) ;; *) exec "$top/eng/vm/lane.sh" "$@" ;; esac

deadline=600 memory=3072 cpus=1 append='' console='' pidfile=''
work=$top/artifacts/vm
usage() { sed -n '2,/^set -eu/{s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
: > "$run/shares"
: > "$run/disks"
probe=
while [ $# -gt 0 ]; do
  [ "$1" != --probe ] || { probe=1; shift; continue; }
  [ $# -ge 2 ] || usage
  case $1 in
  --run) shift; break ;;
  --deadline) deadline=$2 ;;
  --share) (cd "$2" && pwd) >> "$run/shares" ;;
  --disk) realpath "$2" >> "$run/disks" ;;
  --append) append="$append $2" ;;
  --memory) memory=$2 ;;
  --cpus) cpus=$2 ;;
  --console) console=$2 ;;
  --pid) pidfile=$2 ;;
  *) usage ;;
  esac
  shift 2
done
[ $# -gt 0 ] || [ -n "$probe" ] || usage

apt_need qemu-system-x86_64 qemu-system-x86 || { echo "no QEMU (Debian package qemu-system-x86)"; exit 77; }
apt_need busybox busybox-static && apt_need depmod kmod && apt_need cpio cpio || { echo "no busybox, kmod or cpio"; exit 77; }
mkdir -p "$work"
console=${console:-$work/console.log}
vm_kernel "$work" || { echo "no kernel for the virtual machine (Debian package linux-image-amd64)"; exit 77; }
vm_initramfs "$work" "$top/eng/vm/init"
[ -z "$probe" ] || exit 0

# What is different at each run: a second archive behind the first.
quote() { for word in "$@"; do printf "'%s' " "$(printf %s "$word" | sed "s/'/'\\\\''/g")"; done; }
mkdir "$run/root"
{
  echo "top=$(quote "$top")"
  echo "folder=$(quote "$PWD")"
  echo "modules=$(quote "$vm_modules")"
} > "$run/root/settings"
cp "$run/shares" "$run/root/shares"
{ echo "export PATH=$(quote "$PATH")"; echo "export HOME=$(quote "${HOME:-/root}")"; env | sed -n "s/^\(DOTNET_[A-Z_]*\|NORTHSTAR_[A-Z_]*\)=\(.*\)/export \1='\2'/p"; echo "exec $(quote "$@")"; } > "$run/root/command"
(cd "$run/root" && find . | cpio -o -H newc --quiet) > "$run/more.cpio"
cat "$vm_initramfs" "$run/more.cpio" > "$run/initramfs"

accel='-accel tcg,thread=multi'
[ "$cpus" != 1 ] || accel='-accel tcg,thread=single -icount shift=0,sleep=on'
# shellcheck disable=SC2086
set -- -name northstar-vm -machine q35 ${NORTHSTAR_VM_ACCEL:-$accel} -cpu max -smp "$cpus" -m "$memory" \
  -nodefaults -no-user-config -no-reboot -display none -monitor none -nic none \
  -kernel "$vm_vmlinuz" -initrd "$run/initramfs" \
  -append "console=ttyS0 loglevel=4 panic=-1 mitigations=off random.trust_cpu=on$append" \
  -serial "file:$console" -chardev stdio,id=out,signal=off -serial chardev:out \
  -device virtio-rng-pci \
  -fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap -device virtio-9p-pci,fsdev=root,mount_tag=root
n=0
while read -r share; do
  set -- "$@" -fsdev "local,id=share$n,path=$share,security_model=none,multidevs=remap" -device "virtio-9p-pci,fsdev=share$n,mount_tag=share$n"
  n=$((n + 1))
done < "$run/shares"
n=0
while read -r disk; do
  set -- "$@" -drive "file=$disk,format=raw,if=none,id=disk$n,cache=writeback" -device "virtio-blk-pci,drive=disk$n"
  n=$((n + 1))
done < "$run/disks"
[ -z "$pidfile" ] || set -- "$@" -pidfile "$pidfile"

status=0
: > "$console"
timeout --foreground -k 10 "$deadline" qemu-system-x86_64 "$@" < /dev/null &
machine=$!
trap 'kill "$machine" 2>/dev/null; wait "$machine"; exit 143' INT TERM HUP
wait "$machine" || status=$?
trap - INT TERM HUP
[ "$status" != 124 ] || echo "eng/vm-test.sh: the machine was ended after $deadline seconds" >&2
[ "$status" = 0 ] || exit "$status"

code=$(sed -n 's/.*northstar-vm: exit \([0-9]*\).*/\1/p' "$console" | tail -n 1)
if [ -z "$code" ]; then
  echo "eng/vm-test.sh: the machine ended before the command did; its last messages:" >&2
  tail -n 20 "$console" >&2
  exit 125
fi
exit "$code"

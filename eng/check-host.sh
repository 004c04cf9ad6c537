#!/bin/sh
# Prints what this host offers to the runtime (northstar check), which tools build and tests find, and which of the kernel tests
# will run here. Exit code 1 when something is missing that every container needs.
#   eng/check-host.sh
# As root it knows most. The executable is that of eng/build.sh.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
northstar=$top/artifacts/bin/northstar

row() { printf '  %-4s %-28s %s\n' "$2" "$1" "${3:-}"; }
have() { command -v "$1" > /dev/null 2>&1; }

echo "host: $(uname -srm)$(. /etc/os-release 2>/dev/null && echo ", $PRETTY_NAME")"
echo
code=1
rows=
if [ -x "$northstar" ]; then
  "$northstar" check
  code=$?
  rows=$("$northstar" check --json | sed 's/},{/}\n{/g')
else
  echo "$northstar is missing: eng/build.sh makes it"
fi

echo
echo "tools"
tool() { # tool COMMAND PACKAGE PURPOSE
  if have "$1"; then row "$1" yes "$3"; else row "$1" no "$3; Debian package $2"; fi
}
tool dotnet "-: the SDK of global.json" "build"
tool gcc gcc "build: native link of NativeAOT programs, bindings test"
tool ld.lld lld "build: static executables"
tool mksquashfs squashfs-tools "sextant pack"
tool unsquashfs squashfs-tools "sextant unpack"
if ldconfig -p 2> /dev/null | grep -q 'libsodium\.so'; then row libsodium yes "signatures"; else row libsodium no "signatures; Debian package libsodium23"; fi
tool veritysetup cryptsetup-bin "tests compare with it"
tool openssl openssl "tests compare with it"
tool zipinfo unzip "tests compare with it"
tool strace strace "tests of the debug tools"
tool perf linux-perf "tests of the debug tools"
tool setpriv util-linux "tests without root"
tool ip iproute2 "tests of network namespaces"
tool qemu-system-x86_64 qemu-system-x86 "tests in a virtual machine"
tool crun crun "benchmark"
tool bwrap bubblewrap "benchmark"

echo
echo "kernel tests"
verdict() { # verdict NAME CHECK: runs when northstar check has it
  if [ $code != 0 ] || [ "$(id -u)" != 0 ]; then
    row "$1" skip "root and everything that is required are needed"
  elif [ -z "$2" ] || echo "$rows" | grep -F "\"name\":\"$2\"" | grep -q '"ok":true'; then
    row "$1" run
  else
    row "$1" skip "no $2"
  fi
}
verdict containers ""
verdict "dm-verity" dm-verity
verdict "memory limits" "memory controller"
verdict "real-time scheduling" CAP_SYS_NICE
verdict "raised limits" CAP_SYS_RESOURCE
verdict SELinux SELinux
exit $code

#!/bin/sh
# Runs all tests and ends with one line: N passed, N failed, N skipped.
#
#   eng/test.sh [CATEGORY]     CATEGORY: Kernel, Unit (everything that is no kernel test), Host (both); default: Host, and virtual machines
#
# Installs what the tests need (apt-get, when it is missing and this is root), builds, publishes the samples and the executable.
# Kernel tests run real containers and need root; what this machine cannot run is reported as skipped, with the missing feature.
# NORTHSTAR_TESTS_MUST_RUN=Root,Loop makes such skips failures.
# Without CATEGORY the kernel tests then run in virtual machines too, with Debian's kernel, dm-verity, cgroup v2 with all controllers and SELinux, and
# the last line counts both runs.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

filter='' machines=
case ${1:-} in
"") machines=yes ;;
Host) ;;
Kernel) filter='--filter TestCategory=Kernel' ;;
Unit) filter='--filter TestCategory!=Kernel' ;;
*) echo "usage: eng/test.sh [Kernel|Unit|Host]" >&2; exit 2 ;;
esac

. eng/apt.sh
apt_need mksquashfs squashfs-tools
apt_need veritysetup cryptsetup-bin
apt_need openssl openssl
apt_need zipinfo unzip
apt_need gcc gcc libc6-dev
apt_need musl-gcc musl-tools || true # only for a test of programs that use musl
apt_need ld.lld lld
apt_need /usr/include/zlib.h zlib1g-dev
apt_packages libsodium23
# only for tests of completion and of clients
for shell in zsh fish elvish socat; do apt_need $shell $shell || true; done
tools=$top/artifacts/tools
[ -x "$tools/pwsh" ] || dotnet tool install PowerShell --version 7.6.9 --tool-path "$tools" >/dev/null || true
PATH=$PATH:$tools

mkdir -p artifacts/test
echo "== build"
eng/build.sh
samples/build.sh
dotnet build Northstar.Tests -c Release -nologo -v quiet -p:NuGetAudit=false

echo "== what this machine can run"
eng/check-host.sh || true

echo "== tests"
status=0
# shellcheck disable=SC2086
dotnet test Northstar.Tests -c Release --no-build -nologo --logger "console;verbosity=minimal" --logger "trx;LogFileName=$top/artifacts/test/results.trx" $filter || status=$?

# The figures come from the result file, not from what the runner says of them.
counters=$(grep -o '<Counters [^>]*>' artifacts/test/results.trx) || { echo "eng/test.sh: the runner left no results" >&2; exit 1; }
figure() { echo "$counters" | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p"; }
total=$(figure total) passed=$(figure passed) executed=$(figure executed)
failed=$((executed - passed)) skipped=$((total - executed))
[ "$skipped" = 0 ] || { echo "== skipped, by reason"; sed -n 's/.*<Message>\(OneTimeSetUp: \)\{0,1\}\(.*\)<\/Message>.*/\2/p' artifacts/test/results.trx | grep '^needs\|^ignored' | sort | uniq -c || true; }
[ "$status" = 0 ] && [ "$failed" != 0 ] && status=1

if [ -n "$machines" ]; then
  echo "here: $passed passed, $failed failed, $skipped skipped"
  echo "== tests in virtual machines"
  vm=0
  eng/vm-test.sh || vm=$?
  case $vm in 0 | 77) ;; *) status=1 ;; esac
  IFS=' ,' read -r vm_passed _ vm_failed _ vm_skipped _ < artifacts/test/vm/totals || { echo "eng/test.sh: the virtual machines left no results" >&2; exit 1; }
  passed=$((passed + vm_passed)) failed=$((failed + vm_failed)) skipped=$((skipped + vm_skipped))
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"

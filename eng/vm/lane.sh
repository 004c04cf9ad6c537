#!/bin/sh
# Runs the kernel tests in virtual machines and ends with one line: N passed, N failed, N skipped. Called by eng/vm-test.sh without --run.
#
#   eng/vm/lane.sh [REGEX]      only tests whose full name matches
#
# Two machines share the tests, a third has SELinux, a fourth cgroup v1 without devices controller beside v2; the first runs eng/demo.sh too. Every test of the host's list has a result here: tests of
# not-here.txt count as skipped, with the reason given there, and those of a machine that ended too early count as failed.
# Needs what eng/build.sh, samples/build.sh and "dotnet build Northstar.Tests -c Release" leave. artifacts/test/vm has what the machines wrote.
# exit code 0: nothing failed; 1: something did; 77: no virtual machine here (all tests of the list are counted as skipped)
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
only=${1:-}
out=artifacts/test/vm
built=Northstar.Tests/bin/Release/net10.0
tests=$built/Northstar.Tests.dll
deadline=${NORTHSTAR_VM_DEADLINE:-1500}
rm -rf "$out"
mkdir -p "$out"
started=$(date +%s)

dotnet "$tests" list Kernel --only "$only" | sort -u > "$out/expected"
[ -n "$only" ] || echo "eng/demo.sh" >> "$out/expected"
expected=$(wc -l < "$out/expected")

status=0
eng/vm-test.sh --probe > "$out/probe" || status=$?
if [ "$status" != 0 ]; then
  echo "== no virtual machine: $(tail -n 1 "$out/probe")"
  awk -v OFS="\t" -v reason="$(tail -n 1 "$out/probe")" '{ print "@test", "skipped", 0, $0, "needs a virtual machine: " reason }' "$out/expected" > "$out/results"
  echo "0 passed, 0 failed, $expected skipped" | tee "$out/totals"
  exit 77
fi

. eng/apt.sh
apt_need checkpolicy checkpolicy || echo "no checkpolicy: nothing runs with SELinux"

# To compile methods at run time would take most of the time.
ready=artifacts/vm/tests
rm -rf "$ready"
if dotnet publish eng/vm/precompile.csproj -c Release -o "$ready" -nologo -nodeReuse:false -v quiet > "$out/precompile.log" 2>&1; then
  cp -rn "$built/." "$ready/"
  tests=$ready/Northstar.Tests.dll
else
  echo "the tests could not be compiled ahead, they take longer:"
  tail -n 3 "$out/precompile.log"
fi

# What a machine must have is no reason to skip.
export DOTNET_TieredPGO=0 DOTNET_TC_CallCounting=0 DOTNET_CLI_TELEMETRY_OPTOUT=1
export NORTHSTAR_TESTS_MUST_RUN=Root,Loop,MountByDescriptor,MemoryCgroup,PidsCgroup,SquashfsTools,Samples,Executable,SysResource,CgroupV2Controllers,DeviceMapper

machine() { # machine NAME OPTION... -- COMMAND...
  name=$1
  shift
  before=
  while [ "$1" != -- ]; do before="$before $1"; shift; done
  shift
  code=0
  # shellcheck disable=SC2086
  eng/vm-test.sh --deadline "$deadline" --console "$out/$name.console" $before --run "$@" > "$out/$name.log" 2>&1 &
  qemu=$!
  trap 'kill "$qemu" 2>/dev/null' TERM
  wait "$qemu" || code=$?
  echo "$code" > "$out/$name.code"
}
run() { echo "dotnet $tests run Kernel --only '$1' --without eng/vm/not-here.txt --only '$only' --part $2"; }
demo='printf "\n@test\tstarted\t0\teng/demo.sh\t\n"; if eng/demo.sh --built > /tmp/demo.log 2>&1; then printf "\n@test\tpassed\t0\teng/demo.sh\t\n"
  else tail -n 60 /tmp/demo.log; printf "\n@test\tfailed\t0\teng/demo.sh\tsee the lines before\n"; fi'
[ -z "$only" ] || demo=:

machines=
trap 'kill $machines 2>/dev/null; wait; exit 143' INT TERM HUP
machine first -- sh -c "$demo; $(run . 1/2)" &
machines=$!
[ "$(nproc)" -gt 1 ] || wait "$machines"
machine second -- sh -c "$(run . 2/2)" &
machines="$machines $!"
names="first second hybrid"
command -v checkpolicy > /dev/null && names="$names selinux"
special() { # small machines, one after the other
  machine hybrid --append cgroup_no_v1=devices -- \
    sh -c "eng/vm/hybrid.sh && export NORTHSTAR_TESTS_MUST_RUN=Root,DeviceCgroup && $(run 'Kernel[.]DeviceTests' 1/1)"
  case $names in *selinux*) machine selinux --append "security=selinux" --append "selinux=1" --append "enforcing=1" -- \
    sh -c "eng/vm/selinux.sh && export NORTHSTAR_TESTS_MUST_RUN=Root,SelinuxTestPolicy && $(run 'selinux|H37_Label_IsThat' 1/1)" ;; esac
}
special &
machines="$machines $!"
wait

# --- what they say. A name that is there more than once: a failure counts before a pass, a pass before a skip.
tab=$(printf '\t')
cat "$out"/*.log | tr -d '\r' | sed -n "s/^\(@test$tab.*\)/\1/p" > "$out/lines"
early=0
for name in $names; do
  grep -q "^@end" "$out/$name.log" && continue
  early=1
  echo "== the machine '$name' ended before its tests did (exit code $(cat "$out/$name.code")); the last one that began:"
  grep "^@test${tab}started" "$out/$name.log" | tail -n 1 | cut -f 4
  echo "its last lines:"
  tail -n 15 "$out/$name.log"
  tail -n 10 "$out/$name.console"
done
awk -F "$tab" -v OFS="$tab" '
  NR == FNR { expected[$0]++; next }
  $2 == "started" { if (!($4 in begun)) begun[$4] = 1; next }
  { rank = $2 == "failed" ? 3 : $2 == "passed" ? 2 : 1
    if (!($4 in best) || rank > best[$4]) { best[$4] = rank; line[$4] = $0 } }
  END {
    for (name in expected) if (!(name in best)) { print "@test", "failed", 0, name, (name in begun) ? "began and did not end" : "did not run" }
    for (name in best) print line[name]
  }' "$out/expected" "$out/lines" > "$out/results"

count() { cut -f 2 "$out/results" | grep -c "^$1\$" || true; }
passed=$(count passed) failed=$(count failed) skipped=$(count skipped)
grep "^@test${tab}failed" "$out/results" | while IFS=$tab read -r _ _ seconds name message; do
  printf '\n  Failed %s [%s s]\n' "$name" "$seconds"
  printf '%s\n' "$message" | sed 's/\\n/\n    /g; s/\\t/\t/g; s/^/    /'
done
[ "$skipped" = 0 ] || { echo "== skipped in the virtual machines, by reason"; grep "^@test${tab}skipped" "$out/results" | cut -f 5 | sed "s/^OneTimeSetUp: //" | sort | uniq -c; }
echo "the virtual machines took $(($(date +%s) - started)) s"
echo "$passed passed, $failed failed, $skipped skipped" | tee "$out/totals"
[ "$failed" = 0 ] && [ "$early" = 0 ]

#!/bin/sh
# Fuzzes every parser of bytes from outside, on one core, for SECONDS (default 600) in all, shared out evenly among the targets.
#
#   eng/fuzz.sh [SECONDS]
#
# The seed is printed; NORTHSTAR_FUZZ_SEED repeats a run. An input that goes wrong is saved in artifacts/fuzz; fix the code, and move the file to
# Northstar.Tests/Fixtures/fuzz/TARGET/, where every run of the tests tries it again.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
case ${1:-600} in
*[!0-9]* | '') echo "usage: eng/fuzz.sh [SECONDS]" >&2; exit 2 ;;
esac

dotnet build Northstar.Tests -c Release -nologo -v quiet -p:NuGetAudit=false
NORTHSTAR_FUZZ_SECONDS=${1:-600} taskset -c 0 dotnet test Northstar.Tests -c Release --no-build -nologo --logger "console;verbosity=normal" --filter TestCategory=Fuzz

#!/bin/sh
# Kills the runtime and its launcher at random moments of a load, and starts and stops a container many times, then looks for what is left.
#
#   eng/soak.sh [KILLS [CYCLES]]     defaults: 200 kills, 5000 starts and stops
#
# The seed is printed; NORTHSTAR_SOAK_SEED repeats the order of a run, not its timing.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
case ${1:-200}${2:-5000} in
*[!0-9]*) echo "usage: eng/soak.sh [KILLS [CYCLES]]" >&2; exit 2 ;;
esac

eng/build.sh
samples/build.sh
dotnet build Northstar.Tests -c Release -nologo -v quiet -p:NuGetAudit=false
NORTHSTAR_SOAK_KILLS=${1:-200} NORTHSTAR_SOAK_CYCLES=${2:-5000} NORTHSTAR_TESTS_MUST_RUN=Root,Loop,Samples,Executable \
  dotnet test Northstar.Tests -c Release --no-build -nologo --logger "console;verbosity=normal" --filter TestCategory=Soak

#!/bin/sh
# Attacks the console of the published executable with MESSAGES messages (default 250000) in all, while another client works, and prints how
# that client fared under each attack. Root.
#
#   eng/fuzz-console.sh [MESSAGES]
#
# NORTHSTAR_FUZZ_SEED repeats a run.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
case ${1:-250000} in
*[!0-9]* | '') echo "usage: eng/fuzz-console.sh [MESSAGES]" >&2; exit 2 ;;
esac
[ -x artifacts/bin/northstar ] || eng/build.sh
[ -d artifacts/samples ] || samples/build.sh
dotnet build Northstar.Tests -c Release -nologo -v quiet -p:NuGetAudit=false
NORTHSTAR_FUZZ_MESSAGES=${1:-250000} dotnet test Northstar.Tests -c Release --no-build -nologo --logger "console;verbosity=detailed" --filter FullyQualifiedName~ConsoleAttackTests |
  grep --line-buffered -E '^ *(random|mutated|wrong|half|flood|slow|1,000|stalled)|Passed|Failed|passed|failed'

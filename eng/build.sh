#!/bin/sh
# Publishes the executables that ship, northstar and northstar-init, into one folder, with the links nstar and sextant to northstar.
# eng/build.sh [OUTDIR]      default: artifacts/bin. A second run builds only what has changed.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$top/artifacts/bin}
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$out/.build
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

die() { echo "eng/build.sh: $*" >&2; exit 1; }
command -v dotnet >/dev/null || die "dotnet is missing: the .NET SDK named in global.json is needed"

# everything that the executables are made of
sources() {
  for project in Northstar.Npk Northstar.Api Northstar.Runtime Northstar.Host; do
    find "$top/$project" \( -name bin -o -name obj \) -prune -o -type f -print
  done | sort
  printf '%s\n' "$top/Directory.Build.props" "$top/Directory.Packages.props" "$top/global.json" "$top/eng/build.sh"
}

# a file is newer than the last build, or there are other files than it had
changed() {
  [ -x "$out/northstar" ] && [ -x "$out/northstar-init" ] && [ -e "$work/done" ] || return 0
  sources | cmp -s - "$work/done" || return 0
  [ -n "$(sources | tr '\n' '\0' | xargs -0 sh -c 'find "$@" -newer "$0" | head -n 1' "$work/done")" ]
}

if changed; then
  # the native link needs a linker and the static C library
  . "$top/eng/apt.sh"
  apt_need ld.lld lld
  apt_need gcc gcc libc6-dev
  apt_need /usr/include/zlib.h zlib1g-dev
  framework=$(sed -n 's:.*<NorthstarAotFramework>\(.*\)</NorthstarAotFramework>.*:\1:p' "$top/Directory.Build.props")
  mkdir -p "$work"
  sources > "$work/started"
  if ! dotnet publish "$top/Northstar.Host" -nologo -nodeReuse:false -v quiet -c Release -f "$framework" -o "$work/publish" > "$work/log" 2>&1; then
    cat "$work/log" >&2
    die "northstar could not be published"
  fi
  for program in northstar northstar-init; do
    # under another name first: the old one may be running
    cp "$work/publish/$program" "$out/.$program.new"
    mv -f "$out/.$program.new" "$out/$program"
  done
  mv "$work/started" "$work/done" # the time at which the build began: later changes count
fi

ln -sfn northstar "$out/nstar"
ln -sfn northstar "$out/sextant"
ls -l "$out" | awk -v out="$out" 'NR > 1 { print out "/" $9 ($10 == "->" ? " -> " $11 : " (" $5 " bytes)") }'

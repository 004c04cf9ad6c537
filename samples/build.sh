#!/bin/sh
# Publishes the sample programs as static executables and lays out what sextant packs, for every sample:
# a folder in OUTDIR with manifest.yaml and the directory root.
# samples/build.sh [OUTDIR]      default: artifacts/samples. A second run publishes only what has changed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
out=${1:-$top/artifacts/samples}
mkdir -p "$out"
out=$(cd "$out" && pwd)

die() { echo "samples/build.sh: $*" >&2; exit 1; }
command -v dotnet >/dev/null || die "dotnet is missing: the .NET SDK named in global.json is needed"

# what changes every program
common="$here/Shared $here/Directory.Build.props $top/Directory.Build.props $top/Directory.Packages.props $top/global.json"

# sources PATH...: the files below them, without what builds write there
sources() { find "$@" \( -name bin -o -name obj \) -prune -o -type f -print | sort; }

# changed STAMP PATH...: is a file below a path newer than the stamp, or are there other files than the stamp lists?
changed() {
  stamp=$1
  shift
  [ -e "$stamp" ] || return 0
  sources "$@" | cmp -s - "$stamp" || return 0
  [ -n "$(find "$@" \( -name bin -o -name obj \) -prune -o -type f -newer "$stamp" -print | head -n 1)" ]
}

# libraries NAME: the projects that a program uses
libraries() { if grep -q Northstar.Api "$here/$1/$1.csproj"; then echo "$top/Northstar.Api $top/Northstar.Npk"; fi; }

publish() {
  name=$1
  work=$out/.build/$name
  mkdir -p "$work"
  # shellcheck disable=SC2086
  sources "$here/$name" $common $(libraries "$name") > "$work/started"
  if ! dotnet publish "$here/$name" -nologo -nodeReuse:false -v quiet -c Release -o "$work/publish" > "$work/log" 2>&1; then
    cat "$work/log" >&2
    return 1
  fi
  rm -rf "$out/$name"
  mkdir -p "$out/$name/root"
  cp "$here/$name/manifest.yaml" "$out/$name/"
  cp "$work/publish/$name" "$out/$name/root/"
  mv "$work/started" "$work/done" # the time at which the build began: later changes count
}

todo=
for project in "$here"/*/*.csproj; do
  name=$(basename "$(dirname "$project")")
  # shellcheck disable=SC2086
  if [ ! -x "$out/$name/root/$name" ] || changed "$out/.build/$name/done" "$here/$name" $common $(libraries "$name"); then
    todo="$todo $name"
  fi
done

if [ -n "$todo" ]; then
  # the native link needs a linker and the static C library
  . "$top/eng/apt.sh"
  apt_need ld.lld lld
  apt_need gcc gcc libc6-dev
  jobs=$(nproc)
  running=0
  pids=
  for name in $todo; do
    echo "publishing $name"
    publish "$name" &
    pids="$pids $!"
    running=$((running + 1))
    if [ "$running" -ge "$jobs" ]; then
      # a slot becomes free when the oldest ends
      first=${pids# }
      first=${first%% *}
      wait "$first" || failed=1
      pids=${pids#" $first"}
      running=$((running - 1))
    fi
  done
  for pid in $pids; do wait "$pid" || failed=1; done
  [ -z "${failed:-}" ] || die "a program could not be published"
fi

# samples without a program: the manifest, and a root where there is one
for manifest in "$here"/*/manifest.yaml; do
  dir=$(dirname "$manifest")
  name=$(basename "$dir")
  [ -e "$dir/$name.csproj" ] && continue
  changed "$out/.build/$name/done" "$dir" || continue
  rm -rf "${out:?}/$name"
  mkdir -p "$out/$name" "$out/.build/$name"
  if [ -d "$dir/root" ]; then cp -R "$dir/root" "$out/$name/root"; fi
  cp "$manifest" "$out/$name/manifest.yaml"
  sources "$dir" > "$out/.build/$name/done"
done

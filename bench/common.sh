#!/bin/sh
# To be sourced by verity.sh and pack.sh, which set $here, $top and $name: options, programs, a folder that goes away.

die() { echo "$name: $*" >&2; exit 1; }

need_northstar() {
  sextant=$(dirname "${NORTHSTAR:-$top/artifacts/bin/northstar}")/sextant
  [ -x "$sextant" ] || die "missing: $sextant (run eng/build.sh, or set NORTHSTAR)"
}

# compile PROGRAM: from its one source file, unless it is newer than every source
bin=$top/artifacts/bench
compile() {
  mkdir -p "$bin"
  if [ -x "$bin/$1" ] && [ -z "$(find "$here/src" -newer "$bin/$1" -type f | head -n 1)" ]; then return; fi
  gcc -O2 -Wall -Wextra -o "$bin/$1" "$here/src/$1.c"
}

make_work() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/northstar-bench.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM HUP
  "$sextant" gen-key -n bench -o "$work" || die "gen-key failed"
  printf 'name: bench\nversion: 1.0.0\nuid: 1000\ngid: 1000\n' > "$work/manifest.yaml"
}

pack() { # pack ROOT FILE OPTIONS...
  root=$1 file=$2
  shift 2
  "$sextant" pack -m "$work/manifest.yaml" -r "$root" -k "$work/bench.key" -o "$file" "$@" || die "packing failed"
}

# what a signed package says of its image: the hashes document lies in its first block, when the manifest is short
signed_value() { head -c 4096 "$1" | tr -d '\000' | sed -n "s/^  $2: //p"; }

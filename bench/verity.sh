#!/bin/sh
# Verifying an image and building its hash tree, side by side with veritysetup and openssl on the same bytes, in one run.
#
#   bench/verity.sh [--rounds N] [--size MIB]
#
#   --rounds   runs of each side, interleaved; default 11
#   --size     size of the image in MiB; default 512. It should fit into the page cache several times
#
# "one core" runs with taskset. Figures are whole commands, start included, with the image in the page cache: milliseconds,
# medians. verify-ratio is our processor time over veritysetup's, on one core.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
name=verity.sh
. "$here/common.sh"
. "$top/eng/apt.sh"
rounds=11 size=512
while [ $# -gt 0 ]; do
  case $1 in
  --rounds | --size) [ $# -gt 1 ] || die "$1 needs a value" ;;
  esac
  case $1 in
  --rounds) rounds=$2; shift ;;
  --size) size=$2; shift ;;
  -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) die "unknown option $1, see --help" ;;
  esac
  shift
done
case $rounds$size in *[!0-9]*) die "--rounds and --size are numbers" ;; esac
PATH=$PATH:/usr/sbin

need_northstar
apt_need gcc gcc libc6-dev
apt_need mksquashfs squashfs-tools
apt_need veritysetup cryptsetup-bin
apt_need openssl openssl
apt_need taskset util-linux
compile compare
tree=$bin/tree/tree
if ! dotnet build "$here/tree" -nologo -nodeReuse:false -v quiet -c Release -o "$bin/tree" > "$bin/tree.log" 2>&1; then
  cat "$bin/tree.log" >&2
  die "bench/tree does not build"
fi

make_work
mkdir "$work/root" "$work/empty"
head -c "${size}M" /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 -out "$work/root/noise" 2> /dev/null
pack "$work/root" "$work/large.npk" -c none
pack "$work/empty" "$work/small.npk"
rm -r "$work/root"

# unwrap NAME: the image alone, and a tree of it by veritysetup, which must be ours
unwrap() {
  length=$(signed_value "$work/$1.npk" verity-offset)
  root_hash=$(signed_value "$work/$1.npk" verity-hash)
  tail -c +4097 "$work/$1.npk" | head -c "$length" > "$work/$1.img"
  salt=$(od -A n -v -t x1 -j $((4096 + length + 88)) -N 32 "$work/$1.npk" | tr -d ' \n')
  veritysetup format "$work/$1.img" "$work/$1.hash" --salt "$salt" > "$work/format"
  grep -q "$root_hash" "$work/format" || die "veritysetup finds another root hash than sextant"
}

core=$(taskset -cp $$ | sed 's/.*: //; s/.*[,-]//')
one="taskset -c $core"
unwrap small
cat > "$work/small" << SIDES
veritysetup verify, 4 KiB | $one veritysetup verify $work/small.img $work/small.hash $root_hash
sextant verify, 4 KiB | $one $sextant verify -k $work/bench.pub $work/small.npk
SIDES
unwrap large
cat > "$work/large" << SIDES
veritysetup verify | $one veritysetup verify $work/large.img $work/large.hash $root_hash
sextant verify, one core | $one $sextant verify -k $work/bench.pub $work/large.npk
sextant verify, all cores | $sextant verify -k $work/bench.pub $work/large.npk
veritysetup format | $one veritysetup format $work/large.img $work/other.hash --salt $salt
hash tree of ours, one core | $one $tree $work/large.img
hash tree of ours, all cores | $tree $work/large.img
openssl dgst -sha256 | $one openssl dgst -sha256 $work/large.img
SIDES
echo "image of $length bytes, $(nproc) cores, load $(cut -d ' ' -f 1 /proc/loadavg)"
"$bin/compare" -n "$rounds" -e "$work/errors" "$work/small" || { cat "$work/errors" >&2; die "a command failed"; }
"$bin/compare" -n "$rounds" -e "$work/errors" -b "$length" -t cpu -r "sextant verify, one core:veritysetup verify" "$work/large" > "$work/result" ||
  { cat "$work/errors" >&2; die "a command failed"; }
sed '$d' "$work/result"
echo "verify-ratio veritysetup=$(tail -n 1 "$work/result")"

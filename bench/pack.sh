#!/bin/sh
# Packing a tree, side by side with mksquashfs and veritysetup with the same options, in one run.
#
#   bench/pack.sh [--rounds N] [--size MIB] [--compression NAME] [--level N]
#
#   --rounds       runs of each side, interleaved; default 5
#   --size         size of the tree in MiB; default 100
#   --compression  gzip (default), none, xz or zstd
#   --level        level of gzip or zstd; default the tool's
#
# sextant makes the image, its checksum, the hash that the salt comes from, the hash tree and a signature, and has all of it
# on the disk (fsync) before it gives the package its name. The other side is mksquashfs, veritysetup format behind the image,
# and sync of that file; a row without sync shows what that costs. Milliseconds, medians. pack-ratio is our elapsed time over
# that of the other side, with sync.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
name=pack.sh
. "$here/common.sh"
. "$top/eng/apt.sh"
rounds=5 size=100 compression=gzip level=
while [ $# -gt 0 ]; do
  case $1 in
  --rounds | --size | --compression | --level) [ $# -gt 1 ] || die "$1 needs a value" ;;
  esac
  case $1 in
  --rounds) rounds=$2; shift ;;
  --size) size=$2; shift ;;
  --compression) compression=$2; shift ;;
  --level) level=$2; shift ;;
  -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) die "unknown option $1, see --help" ;;
  esac
  shift
done
case $rounds$size$level in *[!0-9]*) die "--rounds, --size and --level are numbers" ;; esac
case $compression in gzip | none | xz | zstd) ;; *) die "--compression is gzip, none, xz or zstd" ;; esac
PATH=$PATH:/usr/sbin

need_northstar
apt_need gcc gcc libc6-dev
apt_need mksquashfs squashfs-tools
apt_need veritysetup cryptsetup-bin
compile compare
compile files

make_work
"$bin/files" "$work/tree" "$size"
options="-noappend -no-progress -quiet -mkfs-time 0 -all-time 0 -force-uid 1000 -force-gid 1000"
case $compression in
none) options="$options -noI -noD -noF -noX -no-fragments" ;;
*) options="$options -comp $compression${level:+ -Xcompression-level $level}" ;;
esac
ours="-c $compression${level:+ --level $level}"
# shellcheck disable=SC2086
pack "$work/tree" "$work/first.npk" $ours
length=$(signed_value "$work/first.npk" verity-offset)

# one script for each of the others; each begins without the file, as sextant does, and leaves image, superblock and tree
other() { # other NAME LAST
  cat > "$work/$1" << SCRIPT
set -e
rm -f $work/other.img
mksquashfs $work/tree $work/other.img $options
veritysetup format $work/other.img $work/other.img --hash-offset $length
$2
SCRIPT
}
other synced "sync $work/other.img"
other unsynced :
cat > "$work/sides" << SIDES
mksquashfs and veritysetup, sync | sh $work/synced
the same without sync | sh $work/unsynced
sextant pack | $sextant pack -m $work/manifest.yaml -r $work/tree -k $work/bench.key -o $work/ours.npk $ours
SIDES
sh "$work/synced" > /dev/null
cmp -n "$length" -i 0:4096 "$work/other.img" "$work/first.npk" || die "the two images differ"
echo "tree of $size MiB, image of $length bytes, $compression $level, $(nproc) cores, load $(cut -d ' ' -f 1 /proc/loadavg)"
"$bin/compare" -n "$rounds" -e "$work/errors" -r "sextant pack:mksquashfs and veritysetup, sync" "$work/sides" > "$work/result" ||
  { cat "$work/errors" >&2; die "a command failed"; }
sed '$d' "$work/result"
echo "pack-ratio mksquashfs=$(tail -n 1 "$work/result")"

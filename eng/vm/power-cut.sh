#!/bin/sh
# In the virtual machine, by eng/power-cut.sh: says what is left on the disk, then installs and uninstalls until the power goes.
#   eng/vm/power-cut.sh WORK SEED [LIBRARY]    LIBRARY: loaded into the runtime, to show what happens without fsync
# Each line of WORK/share/log is on the host before this goes on.
set -eu
work=$1 seed=$2 library=${3:-}
say() { echo "$*" >> "$work/share/log"; }
die() { say "failed $*"; exit 1; }

mkdir -p /mnt /run/northstar /tmp/bin
mount -t ext4 /dev/vda /mnt || die "the disk cannot be mounted"
mkdir -p /mnt/packages /mnt/data
ls -A /mnt/packages | sed 's/^/found /' >> "$work/share/log"
cp "$work/bin/northstar" "$work/bin/northstar-init" /tmp/bin/
ln -s northstar /tmp/bin/nstar && ln -s northstar /tmp/bin/sextant
export PATH=/tmp/bin:$PATH
console=unix:///run/northstar.console
cat > /run/northstar.toml <<TOML
run_dir = "/run/northstar"
data_dir = "/mnt/data"
cgroup = "northstar"
[console.global]
bind = "$console"
permissions = "full"
[repositories.disk]
type = { fs = { dir = "/mnt/packages" } }
key = "$work/test.pub"
strict = true
TOML
LD_PRELOAD=$library WITHOUT_FSYNC=1 northstar --config /run/northstar.toml > /run/log 2>&1 &
runtime=$!
until nstar repositories -u "$console" > /dev/null 2>&1; do
  kill -0 "$runtime" 2>/dev/null || die "the runtime does not start: $(tail -n 3 /run/log | tr '\n' ' ')"
  sleep 0.1
done

# What the runtime says is there, what is in the directory, and whether it is whole.
sed -n 's/.*removing \([^,]*\), left over.*/swept \1/p' /run/log >> "$work/share/log"
for file in $(ls -A /mnt/packages); do
  say "file $file"
  sextant verify --key "$work/test.pub" "/mnt/packages/$file" > /dev/null 2>&1 || die "$file is not whole"
done
nstar list -j -u "$console" | tr ',"' '\n\n' | sed -n '/^[a-z][a-z]*:[0-9.]*$/s/^/listed /p' | sort -u >> "$work/share/log"
say ready

# A word each: the number of a package. What is installed is uninstalled and the other way round.
for number in $(awk -v seed="$seed" 'BEGIN { srand(seed); for (i = 0; i < 10000; i++) print 1 + int(rand() * 6) }'); do
  name=p$(echo "$number" | tr 123456 abcdef)
  if [ -e "/mnt/packages/$name:1.0.0.npk" ]; then
    say "begin uninstall $name:1.0.0"
    nstar uninstall -u "$console" "$name:1.0.0" > /dev/null || die "uninstall of $name"
    say "done uninstall $name:1.0.0"
  else
    say "begin install $name:1.0.0"
    nstar install -u "$console" "$work/$name-1.0.0.npk" disk > /dev/null || die "install of $name"
    say "done install $name:1.0.0"
  fi
done

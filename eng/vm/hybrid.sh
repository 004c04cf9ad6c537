#!/bin/sh
# In a machine that was booted with "cgroup_no_v1=devices": mounts the controllers of cgroup v1, and v2 beside them at /sys/fs/cgroup/unified, where
# it has no controller. So does a device whose kernel, or whose command line, leaves the devices controller of v1 out.
set -eu
root=/sys/fs/cgroup
for controller in $(cat $root/cgroup.subtree_control); do echo "-$controller" > $root/cgroup.subtree_control; done
rmdir $root/vm
umount $root
mount -t tmpfs -o mode=755 tmpfs $root
for controller in memory cpu cpuset pids blkio; do
  mkdir $root/$controller
  mount -t cgroup -o $controller cgroup $root/$controller
done
mkdir $root/devices $root/unified
if mount -t cgroup -o devices cgroup $root/devices 2> /dev/null; then
  echo "the devices controller of v1 is there; boot with cgroup_no_v1=devices" >&2
  exit 1
fi
rmdir $root/devices
mount -t cgroup2 cgroup2 $root/unified
echo "cgroups: v1 $(echo $(ls $root)), v2 with controllers: $(cat $root/unified/cgroup.controllers)"

#!/bin/sh
# In a machine that was booted with "security=selinux selinux=1 enforcing=1": makes and loads a policy that allows everything but two things.
# Files of closed_t can be neither read nor executed by anybody, and nobody may become closed_t. So tests can see a label work and refuse.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -d /sys/fs/selinux ] || { echo "the kernel has no SELinux" >&2; exit 1; }
mountpoint -q /sys/fs/selinux || mount -t selinuxfs selinuxfs /sys/fs/selinux

# The initial identifiers, in the order of the kernel's security/selinux/include/initial_sid_to_string.h.
sids="kernel security unlabeled fs file file_labels init any_socket port netif netmsg node igmp_packet icmp_socket tcp_socket sysctl_modprobe
  sysctl sysctl_fs sysctl_kernel sysctl_net sysctl_net_unix sysctl_vm sysctl_dev kmod policy scmp_packet devnull"
{
  # Classes and rights that are missing here are allowed (-U allow).
  printf 'class %s\n' process file dir filesystem
  for sid in $sids; do echo "sid $sid"; done
  echo 'class process { fork transition dyntransition sigchld setexec }'
  echo 'class file { read write execute execute_no_trans entrypoint open getattr map relabelfrom relabelto mounton }'
  echo 'class dir { search read write mounton }'
  echo 'class filesystem { mount remount unmount relabelfrom relabelto associate getattr }'
  echo 'sensitivity s0; dominance { s0 }'
  echo 'category c0; level s0:c0;'
  echo 'mlsconstrain file { read } ( l1 dom l2 );'
  # Without it a program on a nosuid mount, or with no_new_privs, cannot change its type.
  echo 'policycap nnp_nosuid_transition;'
  echo 'attribute open_types;'
  for type in kernel_t unconfined_t usr_t user_home_t container_file_t; do echo "type $type, open_types;"; done
  echo 'type closed_t;'
  echo 'role system_r; role unconfined_r;'
  echo 'role system_r types { kernel_t unconfined_t }; role unconfined_r types { kernel_t unconfined_t closed_t };'
  echo 'allow system_r unconfined_r;'
  for class in process file dir filesystem; do echo "allow open_types open_types:$class *;"; done
  # closed_t: such files can be mounted and looked at, not read and not executed
  echo 'allow open_types closed_t:filesystem *; allow open_types closed_t:file { getattr mounton }; allow open_types closed_t:dir *;'
  echo 'user system_u roles { system_r } level s0 range s0 - s0:c0;'
  echo 'user unconfined_u roles { system_r unconfined_r } level s0 range s0 - s0:c0;'
  for sid in $sids; do echo "sid $sid system_u:system_r:kernel_t:s0"; done
  for system in ext4 squashfs; do echo "fs_use_xattr $system system_u:object_r:usr_t:s0;"; done
  for system in tmpfs devtmpfs devpts mqueue overlay; do echo "fs_use_trans $system system_u:object_r:usr_t:s0;"; done
  for system in pipefs sockfs; do echo "fs_use_task $system system_u:object_r:usr_t:s0;"; done
  for system in proc sysfs cgroup2 selinuxfs 9p rootfs securityfs; do echo "genfscon $system / system_u:object_r:usr_t:s0"; done
} > "$work/policy.conf"
checkpolicy -M -U allow -c 33 -o "$work/policy" "$work/policy.conf" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
# one write
dd if="$work/policy" of=/sys/fs/selinux/load bs=1M 2> /dev/null
echo "SELinux: policy loaded, enforcing: $(cat /sys/fs/selinux/enforce)"

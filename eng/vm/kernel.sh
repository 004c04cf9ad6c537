#!/bin/sh
# To be sourced, after eng/apt.sh: what a virtual machine boots.

# vm_kernel WORKDIR: downloads and unpacks (does not install) the kernel that linux-image-amd64 depends on, once.
# Sets vm_vmlinuz and vm_modules, the folder with the modules.
vm_kernel() {
  vm_found=$(ls -d "$1"/kernel/boot/vmlinuz-* 2>/dev/null | sort -V | tail -n 1)
  if [ -z "$vm_found" ] || [ ! -e "$1/kernel/done" ]; then
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { echo "there is no apt-get to download a kernel with" >&2; return 1; }
    vm_package=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    if [ -z "$vm_package" ]; then
      apt-get -q update >/dev/null 2>&1 || true
      vm_package=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    fi
    [ -n "$vm_package" ] || { echo "apt-get knows no package linux-image-amd64" >&2; return 1; }
    echo "downloading: $vm_package" >&2
    rm -rf "$1/kernel" "$1/download"
    mkdir -p "$1/kernel" "$1/download"
    vm_download() { (cd "$1/download" && apt-get -q download "$vm_package") >"$1/download.log" 2>&1; }
    # The list may be older than what the archive still holds.
    vm_download "$1" || { apt-get -q update >/dev/null 2>&1; vm_download "$1"; } || { cat "$1/download.log" >&2; return 1; }
    dpkg-deb -x "$1"/download/linux-image-*.deb "$1/kernel" || return 1
    rm -rf "$1/download" "$1/download.log"
    vm_found=$(ls -d "$1"/kernel/boot/vmlinuz-* | tail -n 1)
    depmod -b "$1/kernel" "${vm_found##*/vmlinuz-}" || return 1
    touch "$1/kernel/done"
  fi
  vm_vmlinuz=$vm_found
  vm_release=${vm_found##*/vmlinuz-}
  vm_modules=$1/kernel/lib/modules/$vm_release
}

# vm_initramfs WORKDIR INIT: packs busybox, the modules that are needed until the host's files are there, and INIT. Sets vm_initramfs.
vm_initramfs() {
  vm_initramfs=$1/initramfs-$vm_release.cpio
  [ -z "$(find "$2" "$1/kernel/done" "$vm_initramfs" -maxdepth 0 -newer "$vm_initramfs" 2>&1)" ] && return 0
  vm_tree=$(mktemp -d)
  mkdir "$vm_tree/bin" "$vm_tree/modules"
  cp "$(command -v busybox)" "$vm_tree/bin/busybox"
  cp "$2" "$vm_tree/init"
  chmod 755 "$vm_tree/init"
  for vm_module in virtio_pci virtio_rng 9pnet_virtio 9p overlay; do
    modprobe -d "$1/kernel" -S "$vm_release" --show-depends "$vm_module"
  done | sed -n 's/^insmod //p' | awk '!seen[$1]++ { print $1 }' > "$vm_tree/modules/all"
  while read -r vm_module; do
    cp "$vm_module" "$vm_tree/modules/"
    echo "/modules/${vm_module##*/}"
  done < "$vm_tree/modules/all" > "$vm_tree/modules/order"
  (cd "$vm_tree" && find . | cpio -o -H newc --quiet) > "$vm_initramfs.new"
  rm -rf "$vm_tree"
  mv "$vm_initramfs.new" "$vm_initramfs"
}

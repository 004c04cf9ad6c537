#!/usr/bin/env python3
# Copyright (c) The Northstar authors.
# SPDX-License-Identifier: Apache-2.0
"""Makes the packages of this folder byte by byte from the description of the format, with mksquashfs, veritysetup and openssl.

It shares nothing with the packer of this repository, which is the point of it. Usage: make-packages.py DIRECTORY
"""

import base64
import hashlib
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib

SEED = bytes(range(0x40, 0x60))
SALT = bytes(range(32))
UUID = "00112233-4455-6677-8899-aabbccddeeff"
MANIFEST = b"name: demo\nversion: 1.2.3\nuid: 1000\ngid: 1000\n"
NEWER = (10, 0x030A)  # version needed, made by: 0.9.2 and later
OLDER = (20, 0x032E)  # 0.9.0 and 0.9.1


def run(*arguments):
    return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout


def squashfs(work):
    root = os.path.join(work, "root")
    os.mkdir(root)
    with open(os.path.join(root, "hello"), "wb") as file:
        file.write(b"".join(hashlib.sha256(bytes([i, j])).digest() for i in range(32) for j in range(10)))
    image = os.path.join(work, "squashfs")
    run("mksquashfs", root, image, "-noappend", "-no-progress", "-quiet", "-mkfs-time", "0", "-all-time", "0",
        "-force-uid", "1000", "-force-gid", "1000", "-comp", "gzip")
    with open(image, "rb") as file:
        return file.read()


def with_tree(work, data, salt=SALT.hex()):
    path = os.path.join(work, "image")
    with open(path, "wb") as file:
        file.write(data)
    output = run("veritysetup", "format", path, path, "--hash-offset", str(len(data)), "--data-block-size", "4096",
                 "--hash-block-size", "4096", "--data-blocks", str(len(data) // 4096), "--hash", "sha256", "--salt", salt,
                 "--uuid", UUID)
    with open(path, "rb") as file:
        image = file.read()
    # Without a tree the tool leaves the rest of the superblock's block out.
    image = image.ljust(len(data) + 4096, b"\0")
    return image, re.search(r"Root hash:\s*([0-9a-f]{64})", output).group(1)


def signature(work, comment, manifest, root, offset):
    hashes = (f"meta:\n  hash: {hashlib.sha256(comment).hexdigest()}\n"
              f"manifest.yaml:\n  hash: {hashlib.sha256(manifest).hexdigest()}\n"
              f"fs.img:\n  verity-hash: {root}\n  verity-offset: {offset}\n").encode()
    key, message, output = (os.path.join(work, name) for name in ("key", "message", "signature"))
    with open(key, "wb") as file:
        file.write(bytes.fromhex("302e020100300506032b657004220420") + SEED)
    with open(message, "wb") as file:
        file.write(hashes)
    run("openssl", "pkeyutl", "-sign", "-inkey", key, "-keyform", "DER", "-rawin", "-in", message, "-out", output)
    with open(output, "rb") as file:
        return hashes + b"---\nsignature: " + base64.b64encode(file.read())


def archive(comment, entries, versions, repeat_padding):
    needed, made_by = versions
    body, directory = b"", b""
    for name, data in entries:
        extra = b""
        end = len(body) + 30 + len(name)
        if name == b"fs.img" and end % 4096 != 0:
            length = 4096 - end % 4096
            if versions == NEWER:
                length += 4096 if length < 6 else 0
                extra = struct.pack("<HHH", 0xA11E, length - 4, 4096).ljust(length, b"\0")
            else:
                length += 4096 if length < 4 else 0
                extra = struct.pack("<HH", 0x617A, length - 4).ljust(length, b"\0")
        fields = (needed, 0, 0, 0, 0x0021, zlib.crc32(data), len(data), len(data), len(name))
        central_extra = extra if repeat_padding else b""
        directory += b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", made_by, *fields, len(central_extra), 0, 0, 0, 0x81A40000,
                                              len(body)) + name + central_extra
        body += b"PK\3\4" + struct.pack("<HHHHHIIIHH", *fields, len(extra)) + name + extra + data
    return (body + directory + b"PK\5\6"
            + struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(body), len(comment)) + comment)


def signed(work, version, data, versions, repeat_padding):
    comment = f"version: {version}\n".encode()
    image, root = with_tree(work, data)
    document = signature(work, comment, MANIFEST, root, len(data))
    entries = [(b"manifest.yaml", MANIFEST), (b"signature.yaml", document), (b"fs.img", image)]
    return archive(comment, entries, versions, repeat_padding)


def main(target):
    with tempfile.TemporaryDirectory() as work:
        image = squashfs(work)
        ramp = b"".join(bytes([i]) * 4096 for i in range(3))
        packages = {
            "signed-0.9.3.npk": signed(work, "0.9.3", image, NEWER, True),
            "signed-0.9.0.npk": signed(work, "0.9.0", image, OLDER, False),
            "vector-without-squashfs.npk": signed(work, "0.9.3", ramp, NEWER, True),
            "unsigned-0.9.1.npk": archive(b"version: 0.9.1\n", [(b"manifest.yaml", MANIFEST), (b"fs.img", image)], OLDER, False),
            "should-fail-old-version.npk": archive(b"version: 0.8.9\n", [(b"manifest.yaml", MANIFEST), (b"fs.img", image)], OLDER, False),
            "should-fail-2020-comment.npk": archive(b"", [(b"manifest.yaml", MANIFEST), (b"fs.img", image)], OLDER, False),
            "verity-superblock.bin": with_tree(work, ramp)[0][12288:16384],
            "verity-superblock-without-salt.bin": with_tree(work, ramp, "-")[0][12288:16384],
            "verity-superblock-of-one-block.bin": with_tree(work, ramp[:4096], "ab" * 256)[0][4096:8192],
        }
    for name, data in packages.items():
        with open(os.path.join(target, name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main(sys.argv[1])

# Copyright (c) The Northstar authors.
# SPDX-License-Identifier: Apache-2.0
"""Prints what Python's zipfile makes of the archives of a directory: a line of JSON for each, in the order of their names."""

import hashlib
import json
import os
import sys
import zipfile


def entry(archive, info):
    with archive.open(info) as stream:
        stream._expected_crc = None  # a wrong checksum of the data is not the point: where it is and how long is
        data = stream.read()
    return [info.filename, info.header_offset, info.file_size, info.CRC, hashlib.sha256(data).hexdigest()]


for name in sorted(os.listdir(sys.argv[1])):
    try:
        with zipfile.ZipFile(os.path.join(sys.argv[1], name)) as archive:
            result = {"comment": archive.comment.hex(), "entries": [entry(archive, info) for info in archive.infolist()]}
    except Exception as error:  # whatever it is, it is no agreement
        result = {"error": repr(error)}
    print(json.dumps({"name": name, **result}))

"""Where records begin and end in a file of the transaction log: ZooKeeper's format, read here once more."""

import struct
from collections import namedtuple

HEADER_BYTES = 16
Record = namedtuple("Record", "start end zxid")


def records(path):
    """Of a whole file: 8 bytes of checksum, 4 of length, the entry (its zxid behind session and cxid), one byte 'B'."""
    with open(path, "rb") as file:
        data = file.read()
    assert data[:4] == b"ZKLG", data[:HEADER_BYTES]
    found, at = [], HEADER_BYTES
    while at + 12 <= len(data):
        length = struct.unpack(">i", data[at + 8:at + 12])[0]
        if length == 0:
            break
        end = at + 12 + length + 1
        assert data[end - 1:end] == b"B", f"{path}: no record at {at}"
        found.append(Record(at, end, struct.unpack(">q", data[at + 24:at + 32])[0]))
        at = end
    return found

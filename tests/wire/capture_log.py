#!/usr/bin/python3
"""Writes captured_log.h anew: drives Debian's Apache ZooKeeper 3.8.0 over its own protocol on a loopback port, so that
its log holds every kind of transaction that one server makes, and prints the log's records as hex.

    capture_log.py > captured_log.h
"""
import glob
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

OPEN_ACL = struct.pack(">ii5si6s", 31, 5, b"world", 6, b"anyone")
PORT = 29181


def string(value):
    return struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value


def create(path, data, flags=0, acl=None):
    acl = acl or [OPEN_ACL]
    return string(path) + string(data) + struct.pack(">i", len(acl)) + b"".join(acl) + struct.pack(">i", flags)


def create_ttl(path, data, flags, ttl):
    return create(path, data, flags) + struct.pack(">q", ttl)


def versioned(path, version):
    return string(path) + struct.pack(">i", version)


def set_data(path, data, version=-1):
    return string(path) + string(data) + struct.pack(">i", version)


def acl(perms, scheme, ident):
    return struct.pack(">i", perms) + string(scheme) + string(ident)


def multi(*items):
    body = b"".join(struct.pack(">ibi", op, 0, -1) + record for op, record in items)
    return body + struct.pack(">ibi", -1, 1, -1)


class Client:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT), 5)
        self.xid = 0
        self.send(struct.pack(">iqiqi", 0, 0, 10000, 0, 16) + bytes(16) + b"\0")
        self.receive()

    def send(self, frame):
        self.socket.sendall(struct.pack(">i", len(frame)) + frame)

    def receive(self):
        return self.read(struct.unpack(">i", self.read(4))[0])

    def read(self, count):
        got = b""
        while len(got) < count:
            part = self.socket.recv(count - len(got))
            if not part:
                raise EOFError
            got += part
        return got

    def call(self, op, body=b""):
        self.xid += 1
        self.send(struct.pack(">ii", self.xid, op) + body)
        xid, zxid, err = struct.unpack(">iqi", self.receive()[:16])
        print(f"op {op}: zxid {zxid} err {err}", file=sys.stderr)


def wait_for_server():
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", PORT), 1) as probe:
                probe.sendall(b"srvr")
                if b"Zxid" in probe.recv(4096):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit("ZooKeeper did not start")


def drive():
    client = Client()
    client.call(1, create(b"/a", b"hello"))
    client.call(15, create(b"/a/two", None, 0))
    client.call(1, create(b"/a/s-", b"", 3, [acl(1, b"world", b"anyone"), acl(31, b"digest", b"u:h")]))
    client.call(19, create(b"/container", b"c", 4))
    client.call(21, create_ttl(b"/ttl", b"t", 5, 1500))
    client.call(5, set_data(b"/a", b"bye", 0))
    client.call(5, set_data(b"/a", None))
    client.call(7, string(b"/a/two") + struct.pack(">i", 1) + acl(31, b"ip", b"127.0.0.1") + struct.pack(">i", -1))
    client.call(2, versioned(b"/nothing", -1))
    client.call(14, multi((1, create(b"/m", b"1")), (15, create(b"/m/two", b"2")), (19, create(b"/m/c", b"3", 4)),
                          (21, create_ttl(b"/m/t", b"4", 5, 60000)), (5, set_data(b"/m", b"5", 0)),
                          (13, versioned(b"/m", 1)), (2, versioned(b"/m/two", -1))))
    client.call(14, multi((1, create(b"/n", b"1")), (13, versioned(b"/m", 9)), (2, versioned(b"/n", -1))))
    client.call(14, multi())
    client.call(1, create("/\u00fc\u4e2d".encode(), b"\0\xff"))
    client.call(1, create(b"/container/child", b""))
    client.call(2, versioned(b"/container/child", -1))
    time.sleep(4)  # the reaper takes the container and the expired TTL node
    client.call(-11)
    other = Client()
    other.call(-11)


def records(log):
    at = 16
    while True:
        checksum, length = struct.unpack_from(">qi", log, at)
        if length == 0:
            return
        yield log[at:at + 12 + length + 1]
        at += 12 + length + 1


def print_header(log):
    print("// The log of one Apache ZooKeeper server, record by record. Captured from ZooKeeper 3.8.0 (Debian "
          "3.8.0-11+deb12u2)\n"
          "// by capture_log.py, which writes this file; not edited by hand.\n"
          "#pragma once\n\nnamespace zabra::wire {\n")
    print(f'inline constexpr const char* captured_log_header = "{log[:16].hex()}";\n')
    print("inline constexpr const char* captured_log_records[] = {")
    for record in records(log):
        session, cxid, zxid, when, kind = struct.unpack_from(">qiqqi", record, 12)
        print(f"    // zxid {zxid}, type {kind}")
        text = record.hex()
        for at in range(0, len(text), 108):
            print(f'    "{text[at:at + 108]}"' + ("," if at + 108 >= len(text) else ""))
    print("};\n\n}  // namespace zabra::wire")


def main():
    directory = tempfile.mkdtemp(prefix="zk-capture-")
    config = os.path.join(directory, "zoo.cfg")
    with open(config, "w") as out:
        out.write(f"tickTime=2000\ndataDir={directory}/data\nclientPort={PORT}\nclientPortAddress=127.0.0.1\n"
                  "admin.enableServer=false\n")
    server = subprocess.Popen(
        ["java", "-cp", "/etc/zookeeper/conf:/usr/share/java/*", "-Dzookeeper.extendedTypesEnabled=true",
         "-Dznode.container.checkIntervalMs=1000", "-Dzookeeper.4lw.commands.whitelist=*",
         "org.apache.zookeeper.server.ZooKeeperServerMain", config],
        cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_server()
        drive()
        with open(glob.glob(f"{directory}/data/version-2/log.*")[0], "rb") as log:
            print_header(log.read())
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
        shutil.rmtree(directory)


main()

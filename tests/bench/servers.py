"""The servers that are compared, each a process with a directory and a port of its own."""

import os
import socket
import struct
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "interop"))

from fixture.process import Child  # noqa: E402  found by the path above
from fixture.server import APACHE_CLASS_PATH, free_port  # noqa: E402

START_SECONDS = 60
TICK_HZ = os.sysconf("SC_CLK_TCK")


def first_reply(port, seconds):
    """Opens a session and asks for the root, again and again until there is an answer: that is what clients do."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as link:
                link.settimeout(0.25)  # Apache ZooKeeper forgets some that come while it starts
                connect = struct.pack(">iqiqi", 0, 0, 10000, 0, 16) + bytes(16) + b"\0"
                exists = struct.pack(">iii", 1, 3, 1) + b"/" + b"\0"
                if _asked(link, connect) and len(_asked(link, exists)) >= 16:
                    _asked(link, struct.pack(">ii", 2, -11))
                    return
        except OSError:
            time.sleep(0.002)
    raise TimeoutError(f"no reply from port {port} within {seconds:.0f} s")


def _asked(link, body):
    link.sendall(struct.pack(">i", len(body)) + body)
    length = struct.unpack(">i", _received(link, 4))[0]
    return _received(link, length)


def _received(link, count):
    data = b""
    while len(data) < count:
        piece = link.recv(count - len(data))
        if not piece:
            raise ConnectionError("closed")
        data += piece
    return data


class Server:
    """`command` is made of the path of the configuration file."""

    def __init__(self, name, command, parent):
        self.name, self._command = name, command
        self.directory = tempfile.mkdtemp(prefix=f"{name}-", dir=parent)
        self.port = free_port()
        self._conf = f"{self.directory}/zoo.cfg"
        self.child = None
        with open(self._conf, "w") as file:
            file.write(f"tickTime=2000\ndataDir={self.directory}/data\nclientPort={self.port}\n"
                       "clientPortAddress=127.0.0.1\nmaxClientCnxns=0\nadmin.enableServer=false\n")

    @property
    def pid(self):
        return self.child.process.pid

    def start(self):
        """Gives the seconds from the start of the process to its first reply."""
        begun = time.monotonic()
        self.child = Child(self._command(self._conf), f"{self.directory}/server.log", cwd=self.directory)
        first_reply(self.port, START_SECONDS)
        return time.monotonic() - begun

    def kill(self):
        if self.child and self.child.running():
            self.child.kill()

    def memory(self, field):
        """Bytes, as /proc/PID/status has them: RssAnon, VmRSS."""
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field + ":"))

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK_HZ


def zabra(binary, parent):
    return Server("zabra", lambda conf: [binary, "server", conf], parent)


def apache(heap, parent):
    return Server("apache", lambda conf: [
        "java", f"-Xmx{heap}", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-Dzookeeper.jmx.log4j.disable=true",
        "-cp", APACHE_CLASS_PATH, "org.apache.zookeeper.server.quorum.QuorumPeerMain", conf], parent)


class Echo:
    """Carries the same frames and does nothing: what the machine's sockets allow."""

    def __init__(self, binary, parent):
        self.name, self.port = "echo", free_port()
        self.child = Child([binary, "bench", "--echo-server", str(self.port)], f"{parent}/echo.log")

    @property
    def pid(self):
        return self.child.process.pid

    def kill(self):
        self.child.kill()

"""An ensemble under test: three or five real servers on this machine, each with a directory and ports of its own."""

import os
import random
import shutil
import socket

from fixture import ops
from fixture.jute import string
from fixture.process import eventually
from fixture.server import Server, ask

# So quick that a dead leader is replaced within a second, and so slow that a busy machine is not taken for a dead one.
SETTINGS = {"tickTime": 200, "initLimit": 50, "syncLimit": 10}
LEAD_SECONDS = 60


def free_ports(count, kinds=3):
    """The first of `count` free ports in a row, for each kind. Below those that the system gives to outgoing
    connections: a server that is down keeps its ports."""
    firsts = []
    while len(firsts) < kinds:
        first = random.SystemRandom().randrange(10000, 32000)
        if all(abs(first - other) >= count for other in firsts) and all(map(_is_free, range(first, first + count))):
            firsts.append(first)
    return firsts


def _is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def SYNC(link, path="/"):
    """What the leader had committed when it was asked is applied where the link ends."""
    return link.ok(ops.SYNC, string(path))


class Member(Server):
    def __init__(self, number, port, settings):
        super().__init__({**settings, "clientPort": port})
        self.number = number
        self.port = port

    def launch(self):
        os.makedirs(f"{self.directory}/data", exist_ok=True)
        with open(f"{self.directory}/data/myid", "w") as file:
            file.write(f"{self.number}\n")
        return super().launch()

    def wipe(self):
        """As a new disk in its place: nothing of its past, but its number."""
        shutil.rmtree(f"{self.directory}/data")

    def mode(self):
        """leader, follower, or None of one that does not serve or does not answer."""
        try:
            lines = ask(self.port, "srvr", seconds=1).splitlines()
        except OSError:
            return None
        return next((line.split()[1] for line in lines if line.startswith("Mode: ")), None)


class Ensemble:
    def __init__(self, size, settings=None):
        client, quorum, election = free_ports(size)
        lines = {f"server.{n + 1}": f"127.0.0.1:{quorum + n}:{election + n}" for n in range(size)}
        self.servers = [Member(n + 1, client + n, {**SETTINGS, **lines, **(settings or {})}) for n in range(size)]

    @property
    def ports(self):
        return [server.port for server in self.servers]

    @property
    def addresses(self):
        """As a client takes them."""
        return ",".join(server.address for server in self.servers)

    def start(self):
        """All that do not run; gives the leader once every server serves."""
        for server in self.servers:
            if not server.running():
                server.launch()
        eventually(self._all_serve, LEAD_SECONDS, "all servers serve")
        return self.leader()

    def _all_serve(self):
        for server in self.servers:
            assert server.running(), f"server {server.number} ended:\n{server.log_text()[-4000:]}"
        return all(server.mode() for server in self.servers)

    def leader(self, among=None):
        """The server that leads, as it says itself; waits until one does."""
        def leading():
            return next((s for s in among or self.servers if s.running() and s.mode() == "leader"), None)
        return eventually(leading, LEAD_SECONDS, "a server leads")

    def others(self, *servers):
        return [s for s in self.servers if s not in servers]

    def stop(self):
        """SIGTERM to each in turn; the exit codes."""
        return [server.stop() for server in self.servers if server.running()]

    def close(self):
        for server in self.servers:
            server.close()

    def logs(self, characters=2500):
        return "\n".join(f"---- server {s.number}\n{s.log_text()[-characters:]}" for s in self.servers)

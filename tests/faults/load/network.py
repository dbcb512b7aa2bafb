"""Networks in which servers lose each other, one way or both, for as long as a test wants it.

  network = a_network(3)                 namespaces, or proxies where those are not to be had; says which
  network.lose([1], [2, 3])              nothing of server 1 comes to 2 and 3 any more
  network.heal()

Clients reach every server all the time: they are not what is cut."""

import os
import subprocess

from fixture.ensemble import OneHost

from . import namespaces
from .proxy import Proxy

_IP, _NSENTER = "/usr/sbin/ip", "/usr/bin/nsenter"


def a_network(size):
    try:
        network = Namespaces(size)
    except OSError as refused:
        network = Proxies(size)
        print(f"network: proxies of the test's own (no namespaces: {refused})", flush=True)
    else:
        print("network: namespaces", flush=True)
    return network


class Namespaces:
    """Each server in a namespace of its own, with one cable to this process's, which forwards between them; what is
    lost is dropped there without a word to anybody."""

    _inside = False  # this process is in a network without any other machine

    def __init__(self, size):
        if not Namespaces._inside:
            for tool in (_IP, _NSENTER):
                os.stat(tool)
            namespaces.enter(namespaces.NEW_NETWORK)
            Namespaces._inside = True
            _ip("link set lo up")
            with open("/proc/sys/net/ipv4/ip_forward", "w") as file:
                file.write("1")
        self._handles = {number: self._made(number) for number in range(1, size + 1)}
        self._lost = set()

    def place(self, number):
        return self._host(number), 2181

    def peer_address(self, number, seen_by):
        return f"{self._host(number)}:2888:3888"

    def entered_by(self, number):
        return [_NSENTER, f"--net={self._path(self._handles[number])}"]

    def lose(self, senders, receivers):
        pairs = {(a, b) for a in senders for b in receivers} - self._lost
        _ip(*(f"rule add from {self._host(a)} to {self._host(b)} blackhole" for a, b in pairs))
        self._lost |= pairs

    def heal(self):
        _ip(*(f"rule del from {self._host(a)} to {self._host(b)} blackhole" for a, b in self._lost))
        self._lost.clear()

    def close(self):
        for number, handle in self._handles.items():
            _ip(f"link del server{number}")
            os.close(handle)

    @staticmethod
    def _host(number):
        return f"10.77.{number}.2"

    @staticmethod
    def _path(handle):
        return f"/proc/{os.getpid()}/fd/{handle}"

    def _made(self, number):
        home = namespaces.network()
        namespaces.enter(namespaces.NEW_NETWORK)
        handle = namespaces.network()
        namespaces.go_to_network(home)
        os.close(home)
        _ip(f"link add server{number} type veth peer name eth0 netns {self._path(handle)}",
            f"address add 10.77.{number}.1/24 dev server{number}", f"link set server{number} up")
        _ip("link set lo up", f"address add {self._host(number)}/24 dev eth0", "link set eth0 up",
            f"route add default via 10.77.{number}.1", inside=[_NSENTER, f"--net={self._path(handle)}"])
        return handle


def _ip(*commands, inside=()):
    done = subprocess.run([*inside, _IP, "-batch", "-"], input="\n".join(commands) + "\n", text=True,
                          capture_output=True)
    if done.returncode != 0:
        raise OSError(f"ip {commands}: {done.stderr.strip()}")


class Proxies(OneHost):
    """All on the loopback, but no server dials another: for each that it may dial there is a proxy, which stands still
    in one direction or both."""

    def __init__(self, size):
        super().__init__(size)
        self._size = size
        self._proxies = {(dialler, number): self._made(dialler, number) for dialler in range(1, size + 1)
                         for number in range(1, size + 1) if dialler != number}

    def peer_address(self, number, seen_by):
        if number == seen_by:
            return super().peer_address(number, seen_by)
        quorum, election = self._proxies[seen_by, number]
        return f"127.0.0.1:{quorum.port}:{election.port}"

    def lose(self, senders, receivers):
        for sender in senders:
            for receiver in receivers:
                for there, back in zip(self._proxies[sender, receiver], self._proxies[receiver, sender]):
                    there.outward.shut()
                    back.homeward.shut()

    def heal(self):
        for proxy in self._all():
            proxy.outward.open()
            proxy.homeward.open()

    def close(self):
        for proxy in self._all():
            proxy.close()

    def _all(self):
        return [proxy for pair in self._proxies.values() for proxy in pair]

    def _made(self, _dialler, number):
        _, quorum, election = super().peer_address(number, number).split(":")
        return Proxy(("127.0.0.1", int(quorum))), Proxy(("127.0.0.1", int(election)))

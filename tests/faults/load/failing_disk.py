"""A server whose disk fails, stands still or is slow when it is told to, by the library of preload/ (see there)."""

import contextlib
import errno
import os

from fixture import options
from fixture.ensemble import Member
from fixture.process import eventually
from fixture.server import Server

EIO, ENOSPC = errno.EIO, errno.ENOSPC
REACH_SECONDS = 20

# How a call is named where the server tells of it.
TOLD = {"pread": "read", "pwrite": "write", "ftruncate": "truncate"}


def told(call, path, number):
    return f"{TOLD.get(call, call)} {path}: {os.strerror(number)} (errno {number})"


class Gate:
    """Where a call waits before it fails, or goes through."""

    def __init__(self, path):
        self.path = path
        os.mkfifo(path)
        self._end = None

    def reached(self):
        """True as soon as a call waits here."""
        if self._end is None:
            with contextlib.suppress(OSError):
                self._end = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)  # ENXIO while nobody has the other end
        return self._end is not None

    def wait(self):
        eventually(self.reached, REACH_SECONDS, "a call that is to fail")
        return self

    def open(self):
        """Lets the call go on."""
        os.close(self._end)


class FailingDisk:
    """In front of a server's class."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.control = f"{self.directory}/fault"
        self.ill = True

    def arm(self, call, paths, number):
        self._arm(f"{call} {paths} {number}")

    def arm_gate(self, call, paths, number):
        gate = Gate(f"{self.directory}/gate")
        self._arm(f"{call} {paths} {number} {gate.path}")
        return gate

    def _arm(self, line):
        with open(f"{self.control}.new", "w") as file:
            file.write(line)
        os.rename(f"{self.control}.new", self.control)

    def stand_still(self, call, paths):
        """As arm_gate, but what is let go on does not fail."""
        return self.arm_gate(call, paths, 0)

    def be_slow(self, call, paths, milliseconds):
        self._arm(f"{call} {paths} 0 {milliseconds}")

    def disarm(self):
        os.remove(self.control)

    def failed(self):
        """(call, path) of the calls that have failed, in order; never empty."""
        with open(f"{self.control}.failed") as file:
            calls = [tuple(line.split()) for line in file]
        assert calls, "no call has failed"
        return calls

    def forget(self):
        """As if nothing had ever failed; the next start has a disk that can fail again."""
        for path in (self.control, f"{self.control}.failed", f"{self.directory}/gate"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
        self.ill = True

    def make_well(self):
        """The next start is one without the library."""
        self.ill = False

    def start(self):
        super().start()
        if self.ill:
            self.assert_loaded()
        return self

    def assert_loaded(self):
        """That the library was in the last process: the path is right and nothing has kept it out."""
        with open(f"{self.control}.loaded") as file:
            assert int(file.read().split()[-1]) == self.child.process.pid

    def _command(self):
        if not self.ill:
            return super()._command()
        assert os.path.isfile(options.preload), options.preload
        # ASan wants to be the first library; what stands before it here leads to its calls.
        asan = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
        return ["/usr/bin/env", f"LD_PRELOAD={options.preload}", f"ZABRA_FAULT={self.control}", f"ASAN_OPTIONS={asan}",
                *super()._command()]


class FailingServer(FailingDisk, Server):
    pass


class FailingMember(FailingDisk, Member):
    pass

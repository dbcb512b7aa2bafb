"""`bin/run --ensemble`: from one command to an ensemble that serves, and to nothing left of it."""

import itertools
import os
import pathlib
import re
import shutil
import signal
import socket
import tempfile
import unittest

from fixture import options
from fixture.ensemble import SYNC, free_ports
from fixture.link import Link
from fixture.process import Child, eventually, run

COMMAND = str(pathlib.Path(__file__).resolve().parents[3] / "bin/run")
SECONDS = 30
SAID = r"(\d+) servers, number (\d+) leads"


class EnsembleInOneCommand(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="zabra-faults-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.starts = itertools.count(1)
        self.ports = free_ports(3)
        bases = zip(("CLIENT", "QUORUM", "ELECTION"), self.ports, strict=True)
        self.environment = {**os.environ, "ZABRA_BINARY": options.zabra, "ZABRA_DATA": f"{self.directory}/data",
                            **{f"ZABRA_{name}_PORT": str(first) for name, first in bases}}

    def command(self, *arguments):
        return run([COMMAND, *arguments], SECONDS, env=self.environment)

    def begin(self, size=3):
        self.log = f"{self.directory}/run.{next(self.starts)}.log"
        self.child = Child([COMMAND, "--ensemble", str(size)], self.log, env=self.environment)
        self.addCleanup(self.end_anyway)
        said = self.heard(SAID)
        self.assertEqual(str(size), said[1])
        return int(said[2])

    def end_anyway(self):
        if self.child.running():
            self.child.signal(signal.SIGTERM)
            self.child.wait(SECONDS)

    def heard(self, pattern):
        def found():
            with open(self.log) as text:
                said = text.read()
            return re.search(pattern, said) or self.assertTrue(self.child.running(), said)
        return eventually(found, SECONDS, f"it says {pattern}")

    def end(self, number):
        self.child.signal(number)
        self.assertEqual(0, self.child.wait(SECONDS))
        self.assertEqual([], self.left_behind())

    def left_behind(self):
        """The command lines of processes that have to do with our directory."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue  # it has ended
            if self.environment["ZABRA_DATA"] in line:
                found.append(line)
        return found

    def link(self, number):
        link = Link(("127.0.0.1", self.ports[0] + number - 1))
        self.addCleanup(link.close)
        link.connect()
        return link

    def test_it_serves_says_who_leads_and_who_dies_and_leaves_nothing_behind(self):
        leader = self.begin()
        hosts = self.heard(r"connect string\s+(\S+)")[1].split(",")
        self.assertEqual([f"127.0.0.1:{self.ports[0] + n}" for n in range(3)], hosts)
        self.link(leader % 3 + 1).create("/one", b"for all")
        for number in (1, 2, 3):
            link = self.link(number)
            SYNC(link, "/one")
            self.assertEqual(b"for all", link.get("/one")[0])
        table = self.heard(r"a table\s+(.+)")[1].split()
        code, said = run(table, SECONDS)
        self.assertEqual((0, 2, 1), (code, said.count("follower"), said.count("leader")), said)
        pid = int(self.heard(r"kill -9 (\d+)")[1])
        os.kill(pid, signal.SIGKILL)
        self.heard(rf"server {leader} has ended, exit code 137")
        eventually(lambda: len(self.left_behind()) == 2, SECONDS, "two servers go on")
        self.end(signal.SIGINT)

    def test_what_was_written_is_there_at_the_next_start(self):
        self.link(self.begin()).create("/kept", b"data")
        self.end(signal.SIGTERM)
        self.assertEqual(b"data", self.link(self.begin()).get("/kept")[0])
        self.end(signal.SIGINT)
        code, said = self.command("--ensemble", "5")
        self.assertEqual(2, code)
        self.assertIn("is that of 3 servers", said)

    def test_what_it_cannot_do_is_one_line(self):
        code, said = self.command("--ensemble", "4")
        self.assertEqual((2, 1), (code, said.count("\n")), said)
        self.assertIn("3, 5 or 7", said)
        with socket.socket() as other:
            other.bind(("127.0.0.1", self.ports[1] + 1))
            other.listen()
            code, said = self.command("--ensemble")
        self.assertEqual((2, 1), (code, said.count("\n")), said)
        self.assertIn(f"port {self.ports[1] + 1} ", said)
        self.assertFalse(os.path.exists(self.environment["ZABRA_DATA"]))

    def test_help_names_what_this_test_has_used(self):
        code, said = self.command("--help")
        self.assertEqual(0, code)
        for word in ("--ensemble", *(k for k in self.environment if k.startswith("ZABRA_") and k != "ZABRA_SEED")):
            self.assertIn(word, said)

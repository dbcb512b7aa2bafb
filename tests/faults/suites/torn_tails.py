"""A last write that a crash has cut short: the server starts, says so, and saves what it cuts off."""

import glob
import os
import unittest

from fixture.link import Link
from fixture.server import Server
from load.log_file import records

GARBAGE = b"\x07not a record at all\x00\xff" * 9


class TornTails(unittest.TestCase):
    def setUp(self):
        self.server = Server({"preAllocSize": 64})
        self.addCleanup(self.server.close)
        self.server.start()
        self.directory = f"{self.server.directory}/data/version-2"
        with Link(self.server.place) as link:
            link.connect(timeout=60000)
            link.create("/t")
            for number in range(100):
                link.set("/t", b"%d" % number)
        self.server.kill()
        self.log, = glob.glob(f"{self.directory}/log.*")
        self.last = records(self.log)[-1]  # of the setData of 99
        with open(self.log, "rb") as file:
            self.data = file.read()

    def tear(self, data):
        with open(self.log, "wb") as file:
            file.write(data)

    def assert_cut(self, offset, lost, first_lost, value):
        """It starts with `value` in the node, and `lost` is kept in a file named for the first zxid that is no more.
        Zeros at the end are not: the log is full of them."""
        lost = lost.rstrip(b"\0")
        self.server.start()
        torn = f"{self.directory}/torn.{first_lost:x}"
        said = next(line for line in self.server.log_text().splitlines() if "torn tail of the log cut" in line)
        for part in (self.log, f"offset={offset} ", f"bytes={len(lost)} ", torn):
            self.assertIn(part, said)
        with open(torn, "rb") as file:
            self.assertEqual(lost, file.read())
        self.assert_serves(value)
        self.assert_next_start_is_quiet()

    def assert_serves(self, value):
        with Link(self.server.place) as link:
            link.connect()
            self.assertEqual(value, link.get("/t")[0])
            link.create("/after")

    def assert_next_start_is_quiet(self):
        """What was put right stays right; nothing is cut twice, and what came afterwards is there."""
        self.server.restart(crash=True)
        self.assertEqual(1, self.server.log_text().count("torn tail of the log cut"))
        with Link(self.server.place) as link:
            link.connect()
            self.assertIsNotNone(link.stat("/after"))
        self.assertEqual(1, len(glob.glob(f"{self.directory}/torn.*")))

    def test_cut_within_the_last_record(self):
        self.tear(self.data[:self.last.end - 5])
        self.assert_cut(self.last.start, self.data[self.last.start:self.last.end - 5], self.last.zxid, b"98")

    def test_cut_and_garbage_behind(self):
        kept = self.data[:self.last.start + 20]
        self.tear(kept + GARBAGE)
        self.assert_cut(self.last.start, kept[self.last.start:] + GARBAGE, self.last.zxid, b"98")

    def test_garbage_behind_the_last_record(self):
        self.tear(self.data[:self.last.end] + GARBAGE + bytes(5000))
        self.assert_cut(self.last.end, GARBAGE, self.last.zxid + 1, b"99")

    def test_a_page_of_the_last_record_was_never_written(self):
        torn = self.data[:self.last.start + 12] + bytes(30) + self.data[self.last.start + 42:]
        self.tear(torn)
        self.assert_cut(self.last.start, torn[self.last.start:self.last.end], self.last.zxid, b"98")

    def test_cut_exactly_behind_a_record_is_nothing_to_speak_of(self):
        self.tear(self.data[:self.last.start])
        self.server.start()
        self.assert_serves(b"98")
        self.assertNotIn("torn tail", self.server.log_text())
        self.assertEqual([], glob.glob(f"{self.directory}/torn.*"))

    def test_cut_within_the_header_of_a_file_that_was_just_begun(self):
        path = f"{self.directory}/log.{self.last.zxid + 1:x}"
        with open(path, "wb") as file:
            file.write(self.data[:7])
        self.server.start()
        self.assert_serves(b"99")
        with open(f"{self.directory}/torn.{self.last.zxid + 1:x}", "rb") as file:
            self.assertEqual(self.data[:7], file.read())
        self.assertIn("log file without a header", self.server.log_text())
        self.assertEqual(self.data[:self.last.end], open(self.log, "rb").read().rstrip(b"\0")[:self.last.end])
        self.assertTrue(os.path.exists(path))  # the next records, under the name that is theirs

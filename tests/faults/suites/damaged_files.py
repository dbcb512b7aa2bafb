"""Files that are not as they were written: refused by name and offset and left alone; only a torn tail is put right."""

import contextlib
import glob
import os
import re
import shutil
import unittest

from fixture.link import Link
from fixture.server import Server
from load.ends import end_of_start, fingerprint
from load.log_file import records
from load.picture import subtree

DATA_DIRECTORY = 3
LONGEST_BLOCK = 101_000  # of a table: one of our nodes


class DamageCase(unittest.TestCase):
    """A server that was filled and ended in some way; each test damages its files and looks."""

    settings = {"preAllocSize": 64, "txnLogSizeLimitInKb": 512}

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.settings)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.directory = f"{cls.server.directory}/data/version-2"
        with Link(cls.server.place) as link:
            link.connect(timeout=60000)
            link.create("/d")
            cls.fill(link)
            cls.expected = cls.nodes(link)
        cls.end()
        cls.whole = f"{cls.server.directory}/whole"
        shutil.copytree(cls.directory, cls.whole)

    @classmethod
    def end(cls):
        cls.server.kill()

    @staticmethod
    def nodes(link):
        return subtree(link, ["/d"])

    # ---- files ----

    def files(self, pattern):
        """In order of their names' numbers."""
        found = glob.glob(f"{self.directory}/{pattern}")
        return sorted(found, key=lambda path: int(re.search(r"([0-9a-f]+)(\.ldb)?$", path)[1], 16))

    def contents(self, path):
        with open(path, "rb") as file:
            return file.read()

    def write(self, path, data):
        with open(path, "wb") as file:
            file.write(data)

    def flip(self, path, offset):
        data = bytearray(self.contents(path))
        data[offset] ^= 0x40
        self.write(path, data)

    @classmethod
    def repair(cls):
        shutil.rmtree(cls.directory)
        shutil.copytree(cls.whole, cls.directory)

    @contextlib.contextmanager
    def case(self, name):
        """One of several damages in a test."""
        with self.subTest(name):
            self.repair()
            yield

    def setUp(self):
        self.repair()

    # ---- what must be ----

    def assert_refused(self, *said):
        """With exit code 3 and these words in one line, which is given, and without a change to any file."""
        before = self.fingerprint()
        code, text = end_of_start(self.server)
        self.assertEqual(DATA_DIRECTORY, code, text)
        line = next(line for line in text.splitlines() if line.startswith("zabra server: "))
        for part in said:
            self.assertRegex(line, part)
        self.assertEqual([], self.changed_since(before))
        self.assertEqual(DATA_DIRECTORY, end_of_start(self.server)[0])  # and no second start believes it either
        self.assertEqual([], self.changed_since(before))
        return line

    def fingerprint(self):
        """Of all but the locks, which hold no data."""
        return {path: seen for path, seen in fingerprint(self.directory).items()
                if os.path.basename(path) not in ("zabra.lock", "LOCK")}

    def changed_since(self, before):
        now = self.fingerprint()
        return sorted(path for path in before.keys() | now.keys() if before.get(path, 0) != now.get(path, 0))


class DamagedLog(DamageCase):
    @classmethod
    def fill(cls, link):
        for number in range(20):
            link.create(f"/d/{number}", b"%d" % number)
        for number in range(80):  # one node again and again: much log, and nothing for a checkpoint
            link.set("/d/0", b"%d-" % number + b"x" * 50000)

    def test_a_byte_in_the_middle_of_a_file_that_is_not_the_last(self):
        logs = self.files("log.*")
        self.assertGreaterEqual(len(logs), 5)
        for path in (logs[0], logs[len(logs) // 2], logs[-2]):
            with self.case(os.path.basename(path)):
                middle = records(path)[len(records(path)) // 2]
                self.flip(path, (middle.start + middle.end) // 2)
                self.assert_refused(re.escape(path), f"offset {middle.start}\\b")

    def test_a_length_a_header_and_an_end_mark(self):
        path = self.files("log.*")[1]
        record = records(path)[3]
        for offset, told in ((record.start + 8, record.start), (record.start, record.start),
                             (record.end - 1, record.start), (1, 0)):
            with self.case(f"offset {offset}"):
                self.flip(path, offset)
                self.assert_refused(re.escape(path), f"offset {told}\\b")

    def test_a_file_in_between_is_missing(self):
        logs = self.files("log.*")
        os.remove(logs[2])
        self.assert_refused(re.escape(logs[3]), "offset 16\\b", "does not follow")

    def test_a_file_in_between_is_cut(self):
        path = self.files("log.*")[2]
        self.write(path, self.contents(path)[:-10])
        self.assert_refused(re.escape(path), f"offset {records_before_cut(path)}\\b")

    def test_the_pointer_is_missing(self):
        os.remove(f"{self.directory}/checkpoint.pointer")
        self.assert_refused("log\\.", "checkpoint\\.pointer")

    def test_the_pointer_is_damaged(self):
        path = f"{self.directory}/checkpoint.pointer"
        for offset in (2, len(self.contents(path)) // 2, len(self.contents(path)) - 3):
            with self.case(f"offset {offset}"):
                self.flip(path, offset)
                self.assert_refused(re.escape(path))

    def test_untouched_it_starts_with_all_that_it_had(self):
        self.server.start()
        with Link(self.server.place) as link:
            link.connect()
            self.assertEqual(self.expected, self.nodes(link))
        self.assertEqual(0, self.server.stop())


def records_before_cut(path):
    """Where the record begins that is cut off at the end of the file."""
    with open(path, "rb") as file:
        data = file.read()
    at = 16
    while at + 12 < len(data):
        end = at + 13 + int.from_bytes(data[at + 8:at + 12], "big")
        if end > len(data):
            return at
        at = end
    raise AssertionError("nothing is cut off")


class DamagedLastLog(DamageCase):
    """The last file, farther from its end than what a crash can leave unsynced."""

    settings = {"preAllocSize": 1024}

    @classmethod
    def fill(cls, link):
        for number in range(40):
            link.set("/d", b"%d-" % number + b"x" * 900_000)

    def test_a_byte_in_the_middle(self):
        path, = self.files("log.*")
        whole = records(path)
        damaged = whole[len(whole) // 4]
        self.flip(path, (damaged.start + damaged.end) // 2)
        self.assert_refused(re.escape(path), f"offset {damaged.start}\\b", "whole record at")

    def test_zeros_in_the_middle(self):
        path, = self.files("log.*")
        damaged = records(path)[10]
        data = self.contents(path)
        self.write(path, data[:damaged.start] + bytes(damaged.end - damaged.start) + data[damaged.end:])
        self.assert_refused(re.escape(path), f"offset {damaged.start}\\b")


class DamagedCheckpoint(DamageCase):
    """After a clean stop everything is in the checkpoint."""

    settings = {"preAllocSize": 1024}

    @classmethod
    def fill(cls, link):
        for number in range(60):
            link.create(f"/d/{number}", os.urandom(100_000))

    @classmethod
    def end(cls):
        assert cls.server.stop() == 0
        cls.server.start()  # LevelDB writes its tables when it is opened
        assert cls.server.stop() == 0

    def test_a_byte_in_a_table(self):
        tables = self.files("checkpoint.1/*.ldb")
        self.assertGreaterEqual(len(tables), 1)
        for path in tables:
            for part in (0.02, 0.5, 0.9):
                with self.case(f"{os.path.basename(path)} at {part}"):
                    flipped = int(os.path.getsize(path) * part)
                    self.flip(path, flipped)
                    line = self.assert_refused(re.escape(path), "damaged at offset [0-9]+: .*checksum")
                    offset = int(re.search("offset ([0-9]+)", line)[1])
                    self.assertLessEqual(offset, flipped)
                    self.assertLess(flipped, offset + LONGEST_BLOCK)

    def test_a_table_is_missing(self):
        path = max(self.files("checkpoint.1/*.ldb"), key=os.path.getsize)
        os.remove(path)
        self.assert_refused(re.escape(f"{self.directory}/checkpoint.1"))

    def test_the_whole_checkpoint_is_missing(self):
        shutil.rmtree(f"{self.directory}/checkpoint.1")
        self.assert_refused(re.escape(f"{self.directory}/checkpoint.1"))

    def test_its_table_of_contents_is_damaged_or_missing(self):
        manifest, = glob.glob(f"{self.directory}/checkpoint.1/MANIFEST-*")
        for path in (manifest, f"{self.directory}/checkpoint.1/CURRENT"):
            with self.case(os.path.basename(path)):
                self.flip(path, os.path.getsize(path) // 2)
                self.assert_refused(re.escape(f"{self.directory}/checkpoint.1"))
            with self.case(f"no {os.path.basename(path)}"):
                os.remove(path)
                self.assert_refused(re.escape(f"{self.directory}/checkpoint.1"))

    def test_the_log_is_missing(self):
        for path in self.files("log.*"):
            os.remove(path)
        self.assert_refused(re.escape(self.directory), "no log here")

    def test_the_log_ends_below_the_checkpoint(self):
        path = self.files("log.*")[-1]
        damaged = records(path)[-3]
        self.flip(path, (damaged.start + damaged.end) // 2)
        self.assert_refused(re.escape(path), f"offset {damaged.start}\\b", "records are lost")

    def test_the_pointer_is_missing(self):
        os.remove(f"{self.directory}/checkpoint.pointer")
        self.assert_refused("checkpoint\\.pointer")
        for path in self.files("log.*"):
            os.remove(path)
        self.assert_refused("checkpoint\\.1", "checkpoint\\.pointer")

    def test_untouched_it_starts_with_all_that_it_had(self):
        self.server.start()
        with Link(self.server.place) as link:
            link.connect()
            self.assertEqual(self.expected, self.nodes(link))
        self.assertEqual(0, self.server.stop())


class DamagedNewestCheckpoint(DamageCase):
    """The last batch is still in LevelDB's own log, of which LevelDB alone would leave out what it can't read."""

    @classmethod
    def fill(cls, link):
        for number in range(20):
            link.create(f"/d/{number}", os.urandom(5000))  # little enough to stay there

    @classmethod
    def end(cls):
        assert cls.server.stop() == 0

    def test_a_byte_in_the_batch(self):
        path, = glob.glob(f"{self.directory}/checkpoint.1/*.log")
        self.assertGreater(os.path.getsize(path), 100_000)
        for part in (0.1, 0.5, 0.9):
            with self.case(f"at {part}"):
                self.flip(path, int(os.path.getsize(path) * part))
                self.assert_refused(re.escape(f"{self.directory}/checkpoint.1"))

    def test_the_batch_is_cut(self):
        path, = glob.glob(f"{self.directory}/checkpoint.1/*.log")
        self.write(path, self.contents(path)[:-1000])
        self.assert_refused(re.escape(f"{self.directory}/checkpoint.1"))

"""A disk that fails: the process ends rather than guess, and what it had acknowledged is there when it starts again."""

import os
import time
import unittest

from fixture import ops
from fixture.link import Closed, Link
from fixture.process import eventually
from load.ends import end_of_start, fingerprint
from load.failing_disk import EIO, ENOSPC, FailingServer, told
from load.picture import subtree

UNEXPECTED, DATA_DIRECTORY = 1, 3  # exit codes
END_SECONDS = 3.0
SPACE_SECONDS = 30
NODE_BYTES, CHECKPOINT_BYTES = 50_000, 2_800_000  # a checkpoint is begun at 2 MiB; writes wait at 4
LOG = "*/version-2/log.*"


class DiskCase(unittest.TestCase):
    settings = {}

    def begin(self):
        """A server that holds something; gives a session."""
        self.server = FailingServer(self.settings)
        self.addCleanup(self.server.close)
        self.server.start()
        link = self.session()
        link.create("/d")
        for number in range(20):
            link.create(f"/d/{number}", b"%d" % number)
        return link

    def session(self, **request):
        link = Link(self.server.place)
        self.addCleanup(link.close)
        link.connect(timeout=60000, **request)
        return link

    # ---- ends ----

    def expect_end(self, call, number):
        """By itself, with the cause in the log, which is the first call that has failed."""
        self.assertEqual(UNEXPECTED, self.server.child.wait(END_SECONDS))
        path = self.first_failed(call)
        self.assertIn(f" ERROR - ending at once, the disk can't be trusted: {told(call, path, number)}",
                      self.server.log_text())

    def first_failed(self, call):
        named, path = self.server.failed()[0]
        self.assertEqual(call, named)
        return path

    def start_well(self):
        self.server.make_well()
        self.server.start()
        return self.session()

    def assert_closed(self, link):
        """Without another byte."""
        self.assertTrue(link.closed(END_SECONDS))


class FailingLog(DiskCase):
    """A batch of the log can't be written or synced."""

    def test_each_way(self):
        for call, number in (("fdatasync", EIO), ("fdatasync", ENOSPC), ("pwrite", EIO), ("pwrite", ENOSPC)):
            with self.subTest(call=call, errno=number):
                self.lose_a_batch(call, number)

    def lose_a_batch(self, call, number):
        reader, writer, later = self.begin(), self.session(), self.session()
        before = subtree(reader, ["/d"])
        gate = self.server.arm_gate(call, LOG, number)
        writer.send(ops.MULTI, ops.multi((ops.CREATE, ops.create("/d/multi")),
                                         (ops.CREATE, ops.create("/d/multi/child")),
                                         (ops.SET_DATA, ops.set_data("/d/0", b"new"))))
        writer.send(ops.GET_DATA, ops.watched("/d/0"))
        gate.wait()
        later.send(ops.CREATE, ops.create("/d/later"))
        self.assertEqual(before, subtree(reader, ["/d"]))
        gate.open()
        self.read_to_the_end(reader, before["/d/0"].data)
        self.expect_end(call, number)
        for link in (writer, later):
            self.assert_closed(link)
        self.check_after_start(reader.granted, before)

    def read_to_the_end(self, reader, data):
        """The failure may become known between any two reads; none shows what was lost."""
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            try:
                self.assertEqual(data, reader.get("/d/0")[0])
            except (Closed, ConnectionError):
                return
        self.fail("reads are still answered")

    def check_after_start(self, granted, before):
        """Everything acknowledged is there; of what was not, in its order, a part, and of the multi all or nothing."""
        self.server.make_well()
        self.server.start()
        link = self.session(session=granted.session, password=granted.password)
        self.assertEqual(granted, link.granted)
        found = subtree(link, ["/d"])
        more = found.keys() - before.keys()
        self.assertIn(more, (set(), {"/d/multi", "/d/multi/child"}, {"/d/multi", "/d/multi/child", "/d/later"}))
        changed = {"/d", "/d/0"} if more else set()
        self.assertEqual(b"new" if more else b"0", found["/d/0"].data)
        self.assertEqual({path for path, node in before.items() if found.get(path) != node}, changed)
        link.set("/d/0", b"still taken")


class FailingLogIoThreads(FailingLog):
    settings = {"ioThreads": 2}


class FailingGrowth(DiskCase):
    """What the log does between two batches: more space, the next file, the end of the old one."""

    settings = {"preAllocSize": 64, "txnLogSizeLimitInKb": 512}

    def test_each_way(self):
        for call, paths in (("fallocate", LOG), ("fallocate", "*/spare"), ("pwrite", "*/spare"),
                            ("fdatasync", "*/spare"), ("ftruncate", LOG), ("fsync", "*/version-2")):
            with self.subTest(call=call, paths=paths):
                self.write_to_the_end(call, paths)

    def write_to_the_end(self, call, paths):
        link = self.begin()
        self.server.arm(call, paths, EIO)
        version = 0
        with self.assertRaises((Closed, ConnectionError)):
            while version < 2000:
                version = link.set("/d/0", b"x" * 20000).version
        self.expect_end(call, EIO)
        found = subtree(self.start_well(), ["/d"])
        self.assertEqual({"/d", *(f"/d/{number}" for number in range(20))}, found.keys())
        self.assertIn(found["/d/0"].version, (version, version + 1))


class FailingFirstFile(DiskCase):
    def test_a_log_whose_name_is_not_durable_takes_no_record(self):
        self.server = FailingServer()
        self.addCleanup(self.server.close)
        self.server.start()
        self.server.arm("fsync", "*/version-2", EIO)
        with self.assertRaises((Closed, ConnectionError)):
            self.session()
        self.expect_end("fsync", EIO)
        self.assertEqual(["zookeeper"], self.start_well().children("/"))


class FailingCheckpoint(DiskCase):
    """LevelDB's files and the pointer to them."""

    def test_each_way(self):
        for call, paths in (("pwrite", "*/checkpoint.1/*.log"), ("fdatasync", "*/checkpoint.1/*.log"),
                            ("pwrite", "*/checkpoint.1/*.ldb"), ("fdatasync", "*/checkpoint.1/*.ldb"),
                            ("fsync", "*/checkpoint.1"), ("pread", "*/checkpoint.1/*.ldb"),
                            ("pwrite", "*/checkpoint.1/MANIFEST-*"), ("fdatasync", "*/checkpoint.1/MANIFEST-*"),
                            ("pwrite", "*/checkpoint.pointer.tmp"), ("fdatasync", "*/checkpoint.pointer.tmp")):
            with self.subTest(call=call, paths=paths):
                self.lose_a_checkpoint(call, paths)

    def lose_a_checkpoint(self, call, paths):
        link = self.begin()
        gate = self.server.arm_gate(call, paths, EIO)
        self.change_enough(link)
        gate.wait()
        for number in range(10):  # the log does not wait for it
            link.create(f"/d/during-{number}")
        before = subtree(link, ["/d"])
        gate.open()
        self.expect_end(call, EIO)
        self.assert_closed(link)
        self.assertEqual(before, subtree(self.start_well(), ["/d"]))

    def change_enough(self, link):
        """For a checkpoint to begin, and not so much that writes would wait for it."""
        for number in range(CHECKPOINT_BYTES // NODE_BYTES):
            link.create(f"/d/new-{number}", os.urandom(NODE_BYTES))

    def test_at_a_clean_stop(self):
        for call, paths in (("fdatasync", "*/checkpoint.1/*.log"), ("fdatasync", "*/checkpoint.pointer.tmp"),
                            ("fdatasync", LOG)):
            with self.subTest(call=call, paths=paths):
                before = subtree(self.begin(), ["/d"])
                self.server.arm(call, paths, EIO)
                self.assertEqual(UNEXPECTED, self.server.stop())
                self.assertIn(told(call, self.first_failed(call), EIO), self.server.log_text())
                self.assertEqual(before, subtree(self.start_well(), ["/d"]))

    def test_without_space_it_is_tried_again_from_the_last_good_one(self):
        link = self.begin()
        self.server.arm("fdatasync", "*/checkpoint.1/*.log", ENOSPC)
        self.change_enough(link)
        self.expect_said("no space for a checkpoint: fdatasync")
        link.create("/d/during")
        self.server.disarm()
        self.expect_said("checkpoint opened again")
        before = subtree(link, ["/d"])
        self.server.kill()
        self.assertEqual(before, subtree(self.start_well(), ["/d"]))

    def expect_said(self, line):
        eventually(lambda: line in self.server.log_text(), SPACE_SECONDS, line)


class FailingStart(DiskCase):
    """Refused by the file's name; nothing is served that was not read, or may be in memory only."""

    def fill(self):
        """A log, tables, and LevelDB's own log."""
        link = self.begin()
        for number in range(20):
            link.create(f"/d/large-{number}", os.urandom(50000))
        for number in range(2):  # LevelDB writes its tables when it is opened
            self.assertEqual(0, self.server.stop())
            self.server.start()
        link = self.session()
        link.create("/d/last")
        self.expected = subtree(link, ["/d"])
        self.server.kill()

    def test_what_can_not_be_read(self):
        self.fill()
        before = self.fingerprint()
        for paths in (LOG, "*/checkpoint.pointer", "*/checkpoint.1/CURRENT", "*/checkpoint.1/MANIFEST-*",
                      "*/checkpoint.1/*.ldb", "*/checkpoint.1/*.log"):
            with self.subTest(paths=paths):
                self.refuse("pread", paths, EIO)
                self.assertEqual(before, self.fingerprint())
        self.assertEqual(self.expected, subtree(self.start_well(), ["/d"]))

    def test_what_was_found_and_can_not_be_made_durable(self):
        self.fill()
        for call, paths, number in (("fdatasync", LOG, EIO), ("fdatasync", LOG, ENOSPC), ("ftruncate", LOG, EIO),
                                    ("fsync", "*/version-2", EIO), ("fdatasync", "*/checkpoint.1/MANIFEST-*", EIO)):
            with self.subTest(call=call, paths=paths, errno=number):
                self.refuse(call, paths, number)
        self.assertEqual(self.expected, subtree(self.start_well(), ["/d"]))

    def refuse(self, call, paths, number):
        self.server.forget()
        self.server.arm(call, paths, number)
        code, text = end_of_start(self.server)
        self.server.assert_loaded()
        self.assertEqual(DATA_DIRECTORY, code, text)
        said = next(line for line in text.splitlines() if line.startswith("zabra server: "))
        self.assertIn(told(call, self.first_failed(call), number), said)

    def fingerprint(self):
        directory = f"{self.server.directory}/data/version-2"
        return {path: seen for path, seen in fingerprint(directory).items()
                if os.path.basename(path) not in ("zabra.lock", "LOCK")}

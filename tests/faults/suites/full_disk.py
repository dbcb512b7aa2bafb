"""A disk without space: writes are refused in time, everything else goes on, and nothing is lost."""

import unittest

from fixture import ops
from fixture.link import Closed, Link
from fixture.process import eventually
from fixture.server import Server
from load.picture import nodes_of
from load.small_disk import SmallDisk

MEGABYTES = 96
SILENT_MS = 4000  # of the session that is to expire while the disk is full
SPACE_SECONDS = 30


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.server = Server({"preAllocSize": 1024})
        self.addCleanup(self.server.close)
        self.disk = SmallDisk(f"{self.server.directory}/data", MEGABYTES)
        self.addCleanup(self.disk.unmount)
        self.addCleanup(self.server.kill)
        self.server.start()
        self.link = self.session(timeout=60000)
        self.kept = {}  # path -> data: everything that was acknowledged
        self.create("/before", b"there")

    def session(self, **request):
        link = Link(self.server.place)
        self.addCleanup(link.close)
        link.connect(**request)
        return link

    def again(self):
        """The same session, after a restart."""
        granted = self.link.granted
        self.link = self.session(timeout=60000, session=granted.session, password=granted.password)
        self.assertEqual(granted, self.link.granted)

    # ---- writes, each noted when it is acknowledged ----

    def create(self, path, data):
        answer = self.link.call(ops.CREATE, ops.create(path, data))
        if answer.err == 0:
            self.kept[path] = data
        return answer

    def set(self, path, data):
        answer = self.link.call(ops.SET_DATA, ops.set_data(path, data))
        if answer.err == 0:
            self.kept[path] = data
        return answer

    def until_refused(self, write, beside=None):
        """Gives how many were taken before one was refused, which must take nothing with it; `beside` stays alive."""
        for number in range(10000):
            if beside:
                self.assertEqual(0, beside.call(ops.PING).err)
            last = self.link.call(ops.PING).zxid
            answer = write(number)
            if answer.err:
                self.assertEqual((ops.SYSTEM_ERROR, last), (answer.err, answer.zxid))
                return number
        self.fail("the disk is full, and writes are taken for ever")

    def check_kept(self):
        found = nodes_of(self.link, list(self.kept))
        self.assertEqual(self.kept, {path: node.data for path, node in found.items()})

    # ---- stories ----

    def test_full_of_new_nodes(self):
        """The checkpoint has no space: what has changed piles up, to a limit."""
        self.full_and_back(lambda number: self.create(f"/new-{number}", b"%d" % number + b"n" * 100000))

    def test_full_of_log(self):
        """Little changes, again and again: the log's own space is used up."""
        self.full_and_back(lambda number: self.set("/before", b"%d" % number + b"s" * 300000))

    def full_and_back(self, write):
        silent, ephemeral = self.silent_session()
        self.disk.fill()
        self.assertGreater(self.until_refused(write, silent), 3)  # what was allocated ahead is used first
        self.check_refuses_writes_and_serves_reads()
        self.expect_expiry(ephemeral)
        self.check_refuses_writes_and_serves_reads()
        self.free_and_write()
        self.assertIsNone(self.link.stat(ephemeral))
        self.server.restart(crash=True)
        self.again()
        self.check_kept()
        self.assertIsNone(self.link.stat(ephemeral))

    def silent_session(self):
        silent = self.session(timeout=SILENT_MS)
        ephemeral = silent.create("/silent", flags=ops.EPHEMERAL)
        self.link.get(ephemeral, True)
        return silent, ephemeral

    def expect_expiry(self, ephemeral):
        event = self.link.receive()
        self.assertEqual((ops.DELETED, ephemeral), (event.type, event.path))
        self.assertIsNone(self.link.stat(ephemeral))

    def check_refuses_writes_and_serves_reads(self):
        for op, body in ((ops.CREATE, ops.create("/refused")), (ops.DELETE, ops.versioned("/before")),
                         (ops.SET_DATA, ops.set_data("/before")), (ops.SET_ACL, ops.set_acl("/before")),
                         (ops.CREATE, ops.create("/refused", flags=ops.EPHEMERAL)),
                         (ops.MULTI, ops.multi((ops.CREATE, ops.create("/refused"))))):
            self.assertEqual(ops.SYSTEM_ERROR, self.link.call(op, body).err, op)
        self.check_kept()
        self.assertIsNone(self.link.stat("/refused"))
        with self.assertRaises(Closed):
            self.session()
        self.assertTrue(self.server.running())

    def free_and_write(self):
        self.disk.free()
        eventually(lambda: self.set("/before", b"after").err == 0, SPACE_SECONDS, "writes are taken again", pause=0.1)
        for number in range(100):  # more than what the log had left
            eventually(lambda: self.create(f"/after-{number}", b"a" * 100000).err == 0, SPACE_SECONDS, "room for more")
        self.session().end_session()

    def test_a_start_on_a_full_disk_serves_reads(self):
        for number in range(20):
            self.assertEqual(0, self.create(f"/n{number}", b"%d" % number * 1000).err)
        silent, ephemeral = self.silent_session()
        self.assertEqual(0, self.server.stop())
        self.disk.fill()
        self.server.start()
        self.again()
        self.link.get(ephemeral, True)
        self.check_refuses_writes_and_serves_reads()
        self.expect_expiry(ephemeral)
        self.check_refuses_writes_and_serves_reads()
        self.free_and_write()
        self.server.restart(crash=True)
        self.again()
        self.check_kept()
        self.assertIsNone(self.link.stat(ephemeral))

    def test_killed_and_started_while_full(self):
        self.disk.fill()
        self.until_refused(lambda number: self.create(f"/new-{number}", b"%d" % number + b"n" * 100000))
        for _ in range(3):
            self.server.kill()
            self.disk.fill()
            self.server.start()
            self.again()
            self.check_kept()
        self.free_and_write()
        self.check_kept()

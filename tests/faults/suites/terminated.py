"""SIGTERM under load, and starts with many nodes."""

import random
import time
import unittest

from fixture import ops
from fixture.jute import Reader, string
from fixture.link import Link
from fixture.server import Server
from load.killing import SETTINGS
from load.load import Load
from load.seed import seed

STOP_SECONDS = 2.0
NODES, BATCH = 100_000, 1000


class Terminated(unittest.TestCase):
    def server_with(self, settings):
        self.server = Server(settings)
        self.addCleanup(self.server.close)
        return self.server.start()

    def test_under_load_it_ends_cleanly_and_keeps_everything(self):
        used = seed()
        choice = random.Random(used)
        load = Load(self.server_with(SETTINGS), used, workers=6)
        load.prepare()
        for stop in range(6):
            with self.subTest(stop=stop, seed=used):
                load.start()
                load.wait_for(choice.randrange(100, 1500))
                begun = time.monotonic()
                self.assertEqual(0, self.server.stop())
                self.assertLess(time.monotonic() - begun, STOP_SECONDS)
                load.join()
                self.server.start()
                load.audit()
        self.assertNotIn("torn tail", self.server.log_text())

    def test_a_server_with_many_nodes_answers_after_each_kind_of_end(self):
        self.server_with({"preAllocSize": 1024})
        with Link(self.server.place) as link:
            link.connect()
            link.create("/many")
            for first in range(0, NODES, BATCH):
                body = ops.multi(*((ops.CREATE, ops.create(f"/many/{n}", b"%d" % n))
                                   for n in range(first, first + BATCH)))
                self.assertEqual(0, link.call(ops.MULTI, body).err)
        for crash in (True, False, True):
            begun = time.monotonic()
            self.server.restart(crash)
            print(f"ended (crash={crash}) and serving again after {time.monotonic() - begun:.2f} s", flush=True)
            with Link(self.server.place) as link:
                link.connect()
                count = Reader(link.ok(ops.GET_ALL_CHILDREN_NUMBER, string("/many")).body).i32()
                self.assertEqual(NODES, count)
                for number in (0, 77_777, NODES - 1):
                    self.assertEqual(b"%d" % number, link.get(f"/many/{number}")[0])
                link.set("/many", b"still taken")

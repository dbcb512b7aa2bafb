"""/zookeeper/config of an ensemble with a static configuration: each server says what stands in its own file."""

import unittest

from kazoo.client import KazooClient

from fixture import ops
from fixture.ensemble import SYNC, Ensemble
from fixture.jute import Stat
from fixture.link import Link
from fixture.process import eventually

CONFIG = "/zookeeper/config"
SECONDS = 30


class ConfigOfAnEnsemble(unittest.TestCase):
    def setUp(self):
        self.ensemble = Ensemble(4, observers=1)
        self.addCleanup(self.ensemble.close)
        self.leader = self.ensemble.start()

    def link(self, server):
        link = Link(server.place)
        self.addCleanup(link.close)
        link.connect()
        return link

    def seen_at(self, server):
        data, stat = self.link(server).get(CONFIG)
        return data.decode(), stat

    def assert_config(self, servers):
        """The same everywhere, but for the time at which the server wrote it down."""
        for server in servers:
            with self.subTest(server.number):
                data, stat = self.seen_at(server)
                self.assertEqual(self.ensemble.config, data)
                self.assertGreater(stat.mtime, 0)
                self.assertEqual(Stat(0, 0, 0, stat.mtime, -1, 0, -1, 0, len(data), 0, 0), stat)

    def test_every_server_says_it_also_after_restarts_and_under_another_leader(self):
        self.assert_config(self.ensemble.servers)
        self.leader.kill()
        rest = self.ensemble.others(self.leader)
        self.ensemble.leader(among=rest)
        eventually(lambda: all(server.mode() for server in rest), SECONDS, "the others serve")
        self.assert_config(rest)
        self.ensemble.start()
        self.ensemble.stop()
        self.ensemble.start()
        self.assert_config(self.ensemble.servers)

    def test_clients_read_it_and_can_not_write_it(self):
        client = KazooClient(self.ensemble.address, timeout=10.0)
        self.addCleanup(client.close)
        self.addCleanup(client.stop)
        client.start(SECONDS)
        self.assertEqual(self.ensemble.config.encode(), client.get(CONFIG)[0])
        link = self.link(self.leader)
        self.assertEqual(ops.NO_AUTH, link.call(ops.SET_DATA, ops.set_data(CONFIG)).err)
        self.assertEqual(ops.NO_AUTH, link.call(ops.CREATE, ops.create(f"{CONFIG}/x")).err)

    def test_it_costs_no_transaction_and_a_change_of_one_file_is_that_server_s_alone(self):
        follower = self.ensemble.others(self.leader)[0]
        link = self.link(self.leader)
        link.get(CONFIG, watch=True)
        link.create("/a")
        before = SYNC(link).zxid
        follower.settings["server.4"] += ";127.0.0.1:4711"
        follower.stop()
        follower.launch()
        eventually(follower.mode, SECONDS, "the follower serves")
        self.assertEqual(before, SYNC(link).zxid)
        changed = self.ensemble.config.split("\n")
        changed[3] += ";127.0.0.1:4711"
        self.assertEqual("\n".join(changed), self.seen_at(follower)[0])
        self.assert_config(self.ensemble.others(follower))
        self.assertEqual([], link.events())

"""leaderServes=no on an ensemble of three: the leader leaves clients to the others."""

import unittest

from kazoo.client import KazooClient
from kazoo.retry import KazooRetry

from fixture import ops
from fixture.case import zabra_only
from fixture.ensemble import SYNC, Ensemble
from fixture.link import Closed, Link
from fixture.server import ask

SECONDS = 30


@zabra_only("a leader of Apache ZooKeeper that serves nobody does not even say that it leads")
class LeaderServesChoice(unittest.TestCase):
    def setUp(self):
        self.ensemble = Ensemble(3, {"leaderServes": "no"})
        self.addCleanup(self.ensemble.close)
        self.leader = self.ensemble.start()

    def refused(self, server):
        with Link(server.place) as link:
            self.assertRaises(Closed, link.connect)
        self.assertEqual(("null", "leader"), (ask(server.place, "isro"), server.mode()))

    def test_the_leader_refuses_clients_and_the_others_take_them(self):
        self.refused(self.leader)
        first, second = self.ensemble.others(self.leader)
        with Link(first.place) as link, Link(second.place) as other:
            link.connect()
            other.connect()
            link.create("/e", flags=ops.EPHEMERAL)
            SYNC(other, "/e")
            self.assertIsNotNone(other.stat("/e"))
            self.assertEqual("rw", ask(first.place, "isro"))

    def test_clients_find_a_server_also_when_another_leads(self):
        client = KazooClient(self.ensemble.address, timeout=10.0,
                             connection_retry=KazooRetry(max_tries=-1, delay=0.05, max_delay=0.2))
        self.addCleanup(client.close)
        self.addCleanup(client.stop)
        client.start(SECONDS)
        client.create("/e", ephemeral=True)
        session = client.client_id[0]  # while it is connected: of one that is not, kazoo does not say
        self.leader.kill()
        new = self.ensemble.leader(among=self.ensemble.others(self.leader))
        self.refused(new)
        self.assertEqual(session, client.retry(client.exists, "/e").ephemeralOwner)
        self.ensemble.start()
        self.refused(new)

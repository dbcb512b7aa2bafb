"""mntr of three servers and an observer: what monitors read of the ensemble."""

import unittest

from fixture.ensemble import Ensemble
from fixture.process import eventually

OF_THE_LEADER = {"learners": "3", "synced_followers": "2", "synced_non_voting_followers": "0", "synced_observers": "1",
                 "pending_syncs": "0"}
SECONDS = 30


class MntrOfAnEnsemble(unittest.TestCase):
    def setUp(self):
        self.ensemble = Ensemble(4, observers=1)
        self.addCleanup(self.ensemble.close)
        self.leader = self.ensemble.start()

    def test_a_leader_tells_of_its_learners_and_nobody_else_does(self):
        eventually(lambda: OF_THE_LEADER.items() <= self.leader.monitored().items(), SECONDS, "all are counted")
        seen = self.leader.monitored()
        self.assertEqual(("3", "leading - broadcast"), (seen["quorum_size"], seen["peer_state"]))
        self.assertLessEqual(int(seen["leader_uptime"]), int(seen["uptime"]))
        for server in self.ensemble.others(self.leader):
            with self.subTest(server.number):
                seen = server.monitored()
                self.assertEqual([], sorted({*OF_THE_LEADER, "leader_uptime"} & seen.keys()))
                self.assertIn(seen["peer_state"], ("following - broadcast", "observing - broadcast"))
                self.assertEqual("3", seen["quorum_size"])

    def test_each_server_counts_its_elections(self):
        rest = self.ensemble.others(self.leader)
        before = {server: int(server.monitored()["looking_count"]) for server in rest}
        self.assertGreaterEqual(min(before.values()), 1)
        self.leader.kill()
        self.ensemble.leader(among=rest)
        eventually(lambda: all(server.mode() for server in rest), SECONDS, "the others serve")
        for server in rest:
            with self.subTest(server.number):
                self.assertGreater(int(server.monitored()["looking_count"]), before[server])

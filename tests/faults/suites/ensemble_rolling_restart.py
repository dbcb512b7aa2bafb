"""SIGTERM and start of one server after the other, under load: clients lose connections, and nothing else."""

from load.ensemble_case import EnsembleCase


class EnsembleRollingRestart(EnsembleCase):
    def restart(self, server):
        self.load.wait_for_more(200)
        self.assertEqual(0, server.stop(), f"exit code of server {server.number}")
        self.load.wait_for_more(200)
        server.start()

    def test_no_request_fails_and_none_is_lost(self):
        # What a client asked and what it was told is compared by the load itself: any error that is not the one which
        # the nodes explain ends the test.
        self.begin()
        for number in range(self.rounds(short=2, long=20)):
            leader = self.ensemble.leader()
            order = [*self.ensemble.others(leader), leader]
            if number % 2:
                order.reverse()  # the leader first: each of the others may lead meanwhile
            for server in order:
                self.told(f"round {number}, server {server.number}", self.restart, server)
        self.told("at the end", self.end)
        self.assertGreater(sum(w.losses for w in self.load.workers), 0)

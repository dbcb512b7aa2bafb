"""Disks of an ensemble that stand still or are slow: they hold up only those who need them."""

import contextlib
import os

from fixture import ops
from fixture.ensemble import Ensemble
from fixture.link import Closed
from fixture.process import eventually
from load.ensemble_case import EnsembleCase
from load.failing_disk import FailingMember

SECONDS = 60
PROGRESS = 200
LOG = ("fdatasync", "*/version-2/log.*")
SLOW_MS = 40


class EnsembleSlowDisks(EnsembleCase):
    def start(self):
        self.begin(ensemble=Ensemble(3, member=FailingMember))
        for server in self.ensemble.servers:
            server.assert_loaded()

    @contextlib.contextmanager
    def standing_still(self, *servers):
        gates = [server.stand_still(*LOG).wait() for server in servers]
        try:
            yield
        finally:
            for server, gate in zip(servers, gates):
                server.disarm()
                gate.open()
                os.remove(gate.path)

    def others_go_on(self, server):
        with self.standing_still(server):
            self.load.wait_for_more(PROGRESS)

    def nobody_goes_on(self):
        """One disk of three is no quorum: what is asked now is never acknowledged, and the leader gives up."""
        leader = self.ensemble.leader()
        client = eventually(lambda: self.client_of(leader), SECONDS, "a client of the leader")
        with self.standing_still(*self.ensemble.others(leader)):
            client.send(ops.SET_DATA, ops.set_data("/written", b"in vain"))
            self.assertTrue(client.closed(SECONDS), "bytes where the end was expected")
        self.load.wait_for_more(PROGRESS)

    def client_of(self, server):
        with contextlib.suppress(Closed, OSError):
            return self.link(server)
        return None

    def all_are_slow(self):
        for server in self.ensemble.servers:
            server.be_slow(*LOG, SLOW_MS)
        self.load.wait_for_more(PROGRESS)
        for server in self.ensemble.servers:
            self.assertIn(LOG[0], [call for call, _ in server.failed()])
            server.disarm()

    def test_what_is_acknowledged_is_on_the_disks_of_a_quorum(self):
        self.start()
        self.link(self.ensemble.servers[0]).create("/written")
        for number in range(self.rounds(short=1, long=20)):
            leader = self.ensemble.leader()
            for story, *who in ((self.others_go_on, self.ensemble.others(leader)[0]), (self.others_go_on, leader),
                                (self.nobody_goes_on,), (self.all_are_slow,)):
                self.told(f"round {number}: {story.__name__} {[w.number for w in who]}", story, *who)
                self.told("afterwards", self.ensemble.start)
        self.told("at the end", self.end)

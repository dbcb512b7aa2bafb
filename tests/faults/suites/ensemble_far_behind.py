"""Servers that come back far behind: fed from the leader's log on disk, or with a snapshot, while the load goes on."""

import os

from fixture.link import Link
from fixture.process import eventually
from load.ensemble_case import EnsembleCase

# Small files, so that they are purged soon. A leader keeps 4 MiB in memory; its log keeps three closed files and 500
# entries at least.
SETTINGS = {"preAllocSize": 64, "txnLogSizeLimitInKb": 512, "autopurge.purgeInterval": "200ms",
            "autopurge.snapRetainCount": 3}
LARGE, LARGE_COUNT = 500_000, 16  # more than the memory, fewer than the entries that the log keeps
SMALL, SMALL_COUNT = 8_000, 200   # at once, until nothing is left of an old log
SECONDS = 60


class EnsembleFarBehind(EnsembleCase):
    settings = SETTINGS

    def write(self, length, count):
        with Link(self.leader.place) as link:
            link.connect()
            for _ in range(count):
                link.set("/large", b"x" * length)
            link.end_session()

    def comes_back(self, server, said):
        """What the leader says of it since; and it serves."""
        before = len(self.leader.log_text())
        server.start()
        line = f"learner server={server.number}"
        told = eventually(lambda: [x for x in self.leader.log_text()[before:].splitlines() if line in x], SECONDS, line)
        self.assertIn(said, told[0], told)
        self.assertIn("follows", told[-1], told)

    def log_files(self):
        names = os.listdir(f"{self.leader.directory}/data/version-2")
        return {name for name in names if name.startswith("log.")}

    def fed_from_the_log(self, server):
        server.kill()
        self.write(LARGE, LARGE_COUNT)
        self.comes_back(server, "the next is read from disk")

    def fed_with_a_snapshot(self, server):
        server.kill()
        server.wipe()
        self.load.wait_for_more(100)
        self.comes_back(server, "sending a snapshot")

    def fed_with_a_snapshot_over_what_it_has(self, server):
        server.kill()
        old = self.log_files()
        eventually(lambda: self.write(SMALL, SMALL_COUNT) or not old & self.log_files(), SECONDS, "the log is purged")
        self.comes_back(server, "sending a snapshot")

    def test_each_is_brought_to_the_same_state(self):
        self.begin(workers=3)
        with Link(self.ensemble.places[0]) as link:
            link.connect()
            link.create("/large")
        self.leader = self.ensemble.leader()
        one, other = self.ensemble.others(self.leader)
        for number in range(self.rounds(short=1, long=15)):
            for story, server in ((self.fed_from_the_log, one), (self.fed_with_a_snapshot, other),
                                  (self.fed_with_a_snapshot_over_what_it_has, one)):
                self.told(f"round {number}: {story.__name__}", story, server)
        self.told("at the end", self.end)

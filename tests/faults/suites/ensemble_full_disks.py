"""Disks of an ensemble without space: who has none leaves, the others go on, and it comes back when there is space."""

from fixture import ops
from fixture.ensemble import SYNC, Ensemble
from fixture.link import Closed
from fixture.process import eventually
from load.ensemble_case import EnsembleCase
from load.small_disk import SmallDisk

MEGABYTES = 128
SECONDS = 60
PROGRESS = 100
SETTINGS = {"preAllocSize": 512, "txnLogSizeLimitInKb": 1024, "autopurge.purgeInterval": "300ms",
            "autopurge.snapRetainCount": 3}


class EnsembleFullDisks(EnsembleCase):
    settings = SETTINGS

    def on_small_disks(self):
        ensemble = Ensemble(3, self.settings)
        self.disks = {}
        for server in ensemble.servers:
            disk = self.disks[server] = SmallDisk(f"{server.directory}/data", MEGABYTES)
            self.addCleanup(disk.unmount)
        return ensemble

    def start(self):
        self.begin(ensemble=self.on_small_disks())
        for worker in self.load.workers:
            worker.may_be_refused = True

    def fill(self, server):
        """Until it has left: the load writes on."""
        self.disks[server].fill()
        eventually(lambda: self.has_left(server), SECONDS, f"server {server.number} leaves")

    def has_left(self, server):
        self.disks[server].fill()  # again what a purge has given back
        self.load.raise_failure()
        return server.mode() is None

    def free(self, *servers):
        for server in servers:
            self.disks[server].free()
        self.ensemble.start()
        self.load.wait_for_more(PROGRESS)

    def one_without_space(self, server):
        self.fill(server)
        self.load.wait_for_more(PROGRESS)
        self.assertIn(self.ensemble.leader(), self.ensemble.others(server))
        self.free(server)

    def killed_without_space(self, server):
        self.fill(server)
        server.kill()
        self.disks[server].fill()
        said = len(server.log_text())
        server.launch()
        eventually(lambda: "no space for" in server.log_text()[said:], SECONDS, "it finds no space at its start")
        self.fill(server)  # it may follow as long as its log has room, and leaves again
        self.load.wait_for_more(PROGRESS)
        self.assertTrue(server.running(), server.log_text()[-2000:])
        self.free(server)

    def a_majority_without_space(self, _server):
        """Nobody serves, and nothing is acknowledged, until there is space."""
        left = self.ensemble.others(self.ensemble.leader())[0]
        without = self.ensemble.others(left)
        for server in without:
            self.disks[server].fill()
        eventually(lambda: left.mode() is None and all([self.has_left(s) for s in without]), SECONDS, "nobody serves")
        with self.assertRaises((Closed, OSError)):
            self.link(left)
        self.free(*without)

    def write_until_lost(self, link, kept):
        """Notes what is acknowledged; False when the connection is lost."""
        path = f"/large/{len(kept)}"
        try:
            if link.call(ops.CREATE, ops.create(path, path.encode() * 4000)).err == 0:
                kept.append(path)
        except Closed:
            return False
        return True

    def test_a_leader_gives_way_to_those_who_have_space(self):
        """Although nobody writes but its own clients, whom it refuses: its log does not get fuller by them."""
        self.ensemble = self.on_small_disks()
        self.addCleanup(self.ensemble.close)
        leader = self.ensemble.start()
        link, kept = self.link(leader, timeout=SECONDS * 1000), []
        link.create("/large")
        self.disks[leader].fill()
        eventually(lambda: not self.write_until_lost(link, kept), SECONDS, "the leader lets its client go", pause=0.001)
        others = self.ensemble.others(leader)
        again = self.link(self.ensemble.leader(among=others))
        self.assertTrue(self.write_until_lost(again, kept))
        self.disks[leader].free()
        self.ensemble.start()
        for server in self.ensemble.servers:
            with self.link(server) as reader:
                SYNC(reader)
                self.assertLessEqual({path.rsplit("/", 1)[1] for path in kept}, set(reader.children("/large")))

    def test_nothing_is_lost_and_all_come_back(self):
        self.start()
        for number in range(self.rounds(short=1, long=15)):
            leader = self.ensemble.leader()
            follower = self.random.choice(self.ensemble.others(leader))
            for story, who in ((self.one_without_space, follower), (self.one_without_space, leader),
                               (self.killed_without_space, follower), (self.a_majority_without_space, None)):
                self.told(f"round {number}: {story.__name__} {who and who.number}", story, who)
        self.told("at the end", self.end)

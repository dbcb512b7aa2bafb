"""What ZooKeeper's administrators know of ensembles, each under its name."""

import contextlib
import glob
import unittest

from fixture import ops
from fixture.ensemble import SYNC, Ensemble
from fixture.link import Closed, Link
from fixture.process import eventually

SECONDS = 60
SMALL_LOGS = {"preAllocSize": 64, "txnLogSizeLimitInKb": 512, "autopurge.purgeInterval": "200ms",
              "autopurge.snapRetainCount": 3}


class Feature(unittest.TestCase):
    def begin(self, size, settings=None, observers=0):
        self.ensemble = Ensemble(size, settings, observers=observers)
        self.addCleanup(self.ensemble.close)
        self.leader = self.ensemble.start()
        self.servers = dict(enumerate(self.ensemble.servers, start=1))  # by number

    def kill(self, *servers):
        for server in servers:
            server.kill()

    def write(self, *servers):
        """Some of these takes a write, in the end; gives its zxid."""
        def written():
            for server in servers:
                with contextlib.suppress(Closed, OSError), Link(server.place) as link:
                    link.connect()
                    return link.ok(ops.CREATE, ops.create("/w-", flags=ops.SEQUENTIAL)).zxid
            return None
        return eventually(written, SECONDS, "a write is acknowledged")

    def expect_no_service(self, *servers):
        eventually(lambda: not any(server.mode() for server in servers), SECONDS, "without a quorum nobody serves")
        for server in servers:
            with self.assertRaises((Closed, OSError)), Link(server.place) as link:
                link.connect()

    def expect_monitored(self, server, **facts):
        def equal():
            found = server.monitored()
            return {key: found.get(key) for key in facts} == {key: str(value) for key, value in facts.items()}
        eventually(equal, SECONDS, f"mntr says {facts}")


class MajorityQuorumAndFastElection(Feature):
    def test_writes_resume_without_the_leader_and_end_without_a_majority(self):
        self.begin(3)
        self.expect_monitored(self.leader, server_state="leader", peer_state="leading - broadcast", quorum_size=3,
                              learners=2, synced_followers=2)
        self.write(self.leader)
        others = self.ensemble.others(self.leader)
        for server in others:
            self.expect_monitored(server, server_state="follower", peer_state="following - broadcast", quorum_size=3)
        self.kill(self.leader)
        self.write(*others)
        leader = self.ensemble.leader(among=others)
        self.expect_monitored(leader, quorum_size=3, synced_followers=1)
        last, = self.ensemble.others(self.leader, leader)
        self.kill(leader)
        self.expect_no_service(last)
        self.ensemble.start()
        self.write(last)


class WeightsAndGroups(Feature):
    def test_of_three_groups_two_are_a_quorum_however_small(self):
        self.begin(5, {"group.1": "1:2:3", "group.2": "4", "group.3": "5"})
        of_group_1, small = [self.servers[n] for n in (1, 2, 3)], [self.servers[n] for n in (4, 5)]
        self.write(*small)
        self.kill(*of_group_1)  # three of five servers, one of three groups
        self.write(*small)
        self.ensemble.start()
        self.kill(*small)       # two of five servers, two of three groups
        self.expect_no_service(*of_group_1)
        self.ensemble.start()
        self.kill(self.servers[4], self.servers[1])
        self.write(self.servers[2], self.servers[3], self.servers[5])

    def test_one_server_with_the_greater_weight_is_a_quorum(self):
        self.begin(3, {"group.1": "1:2:3", "weight.1": "3", "weight.2": "1", "weight.3": "1"})
        heavy, *light = self.servers.values()
        self.kill(*light)
        self.write(heavy)
        self.ensemble.start()
        self.kill(heavy)
        self.expect_no_service(*light)


class Observers(Feature):
    def test_an_observer_serves_and_is_not_counted_in_the_quorum(self):
        self.begin(4, observers=1)
        observer = self.servers[4]
        followers = self.ensemble.others(self.leader, observer)
        self.assertEqual("observer", observer.mode())
        self.expect_monitored(observer, server_state="observer", peer_state="observing - broadcast", quorum_size=3)
        self.expect_monitored(self.leader, quorum_size=3, learners=3, synced_followers=2, synced_observers=1)
        self.serves(observer)
        self.kill(observer)
        self.write(self.leader)
        self.ensemble.start()
        self.kill(*followers)  # two of four servers are left, and one of three voters
        self.expect_no_service(self.leader, observer)
        self.ensemble.start()
        self.serves(observer)

    def serves(self, observer):
        """Writes through it, reads and watches at it."""
        other = self.ensemble.others(observer)[0]
        with Link(observer.place) as here, Link(other.place) as there:
            here.connect(), there.connect()
            path = here.create("/o-", b"1", flags=ops.EPHEMERAL_SEQUENTIAL)
            self.assertEqual(b"1", here.get(path, watch=True)[0])
            SYNC(there)
            there.set(path, b"2")
            events = [(event.type, event.path) for event in SYNC(here).events]
            self.assertEqual(([(ops.DATA_CHANGED, path)], b"2"), (events, here.get(path)[0]))


class DiffTruncateOrSnapshotSyncOfALearner(Feature):
    def test_a_server_that_comes_back_is_sent_what_it_lacks(self):
        self.begin(3, {"tickTime": 1000, **SMALL_LOGS})
        follower = self.ensemble.others(self.leader)[0]
        self.follower_that_lags_gets_a_diff(follower)
        self.follower_with_an_empty_disk_gets_a_snapshot(follower)
        self.leader_that_had_more_than_the_others_is_truncated()

    def counts(self):
        """(diff_count, snap_count): how learners were brought to the leader's state since it was started."""
        found = self.leader.monitored()
        return int(found["diff_count"]), int(found["snap_count"])

    def comes_back(self, server, how, diff=0, snap=0):
        diffs, snaps = self.counts()
        before = len(self.leader.log_text())
        server.start()
        self.expect_monitored(self.leader, diff_count=diffs + diff, snap_count=snaps + snap, synced_followers=2)
        self.assertIn(how, self.leader.log_text()[before:])

    def follower_that_lags_gets_a_diff(self, follower):
        follower.kill()
        for _ in range(5):
            self.write(self.leader)
        self.comes_back(follower, f"learner server={follower.number}: has ", diff=1)

    def follower_with_an_empty_disk_gets_a_snapshot(self, follower):
        follower.kill()
        follower.wipe()
        self.purge_the_beginning()
        self.comes_back(follower, ": sending a snapshot", snap=1)

    def purge_the_beginning(self):
        """Else its log has all that an empty server lacks."""
        first = min(self.logs_of(self.leader), key=lambda path: int(path.rsplit(".", 1)[1], 16))
        with Link(self.leader.place) as link:
            link.connect()

            def written():
                for _ in range(100):
                    link.send(ops.SET_DATA, ops.set_data("/large", b"x" * 8000))
                for _ in range(100):
                    self.assertEqual(0, link.reply().err)
                return first not in self.logs_of(self.leader)

            link.create("/large")
            eventually(written, SECONDS, f"{first} is purged")

    def leader_that_had_more_than_the_others_is_truncated(self):
        """In the tick that it waits for its followers to come back a leader logs on, and nobody else has that."""
        old, others = self.leader, self.ensemble.others(self.leader)
        with Link(old.place) as link:
            link.connect()
            self.kill(*others)
            link.send(ops.CREATE, ops.create("/never-acknowledged"))
            eventually(lambda: self.has_logged(old, b"/never-acknowledged"), SECONDS, "it is in the log")
            old.kill()
        for server in others:
            server.launch()
        self.write(*others)
        self.leader = self.ensemble.leader(among=others)
        self.comes_back(old, f"learner server={old.number}: cut to ", diff=1)
        with Link(old.place) as link:
            link.connect()
            SYNC(link)
            self.assertIsNone(link.stat("/never-acknowledged"))

    @staticmethod
    def has_logged(server, what):
        for path in DiffTruncateOrSnapshotSyncOfALearner.logs_of(server):
            with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:  # it may be purged just now
                if what in file.read():
                    return True
        return False

    @staticmethod
    def logs_of(server):
        return glob.glob(f"{server.directory}/data/version-2/log.*")

"""Servers under load of which some do not reach others: what must go on, what must stop, and what must come back."""

import contextlib
import itertools
import time

from fixture import ops
from fixture.ensemble import SYNC, Ensemble
from fixture.link import Closed, Link
from fixture.process import eventually

from .ensemble_case import EnsembleCase

SECONDS = 60
PROGRESS = 60      # requests of the load that are answered while servers are apart
TIMEOUT_MS = 1000  # of the session that is to expire meanwhile

_numbers = itertools.count(1)


class Client:
    """At a server that is about to be cut off: has written, and holds an ephemeral node."""

    def __init__(self, case, server):
        number = next(_numbers)
        self.held, self.written = f"/held-{number}", f"/written-{number}"
        self.link, self.holder = case.link(server), case.link(server, timeout=TIMEOUT_MS)
        self.link.create(self.written, b"before")
        self.holder.create(self.held, flags=ops.EPHEMERAL)

    def ask(self):
        """For what may not be acknowledged any more."""
        self.link.send(ops.SET_DATA, ops.set_data(self.written, b"in vain"))


class Partitioned(EnsembleCase):
    """A suite says in which network."""

    def network(self, size):
        raise NotImplementedError

    def begin_in_network(self, size):
        self.net = self.network(size)
        self.addCleanup(self.net.close)
        # A leader that is heard and hears nothing may be elected a few times before TCP makes it silent.
        self.begin(ensemble=Ensemble(size, {"connectToLearnerMasterLimit": 10}, self.net), workers=2)

    def lose(self, senders, receivers):
        self.net.lose([s.number for s in senders], [s.number for s in receivers])

    def cut(self, some, others):
        self.lose(some, others)
        self.lose(others, some)

    # ---- what must hold ----

    def expect_cut_off(self, server, client):
        """It has told the client nothing more, it serves nobody."""
        self.assertTrue(client.link.closed(SECONDS), "bytes where the end was expected")
        eventually(lambda: server.mode() is None, SECONDS, f"server {server.number} serves nobody")
        with self.assertRaises((Closed, OSError)):
            self.link(server)

    def expect_expired(self, server, client):
        """The session's life is the leader's to judge, whoever had its connection."""
        def gone():
            with self.link(server) as link:
                return link.stat(client.held) is None
        self.tried(gone, f"{client.held} is gone")

    def expect_back(self, server, client, values):
        """With what the others have."""
        self.net.heal()

        def read():
            with self.link(server) as link:
                SYNC(link)
                return link.get(client.written)[0], link.stat(client.held)
        value, held = self.tried(read, f"server {server.number} serves again")
        self.assertIn(value, values)
        self.assertIsNone(held)

    def expect_undisturbed(self, leader, epoch, said):
        """Only a machine that does not let the leader run may bring about another election."""
        if "stood still" not in leader.log_text()[said:]:
            self.assertEqual(("leader", epoch), (leader.mode(), leader.epoch()))

    def tried(self, work, what):
        """What it gives in the end: connections may be lost meanwhile."""
        def once():
            with contextlib.suppress(Closed, OSError):
                return work()
            return None
        return eventually(once, SECONDS, what)

    # ---- stories ----

    def the_leader_is_lost(self, lose, values_after, with_it=0):
        """Another leads, and the old one, or who is left to it, acknowledges nothing."""
        old = self.ensemble.leader()
        lost = [old, *self.ensemble.others(old)[:with_it]]
        others = self.ensemble.others(*lost)
        clients = [self.tried(lambda server=server: Client(self, server), "a client there") for server in lost]
        lose(lost, others)
        for client in clients:
            client.ask()
        for server, client in zip(lost, clients):
            self.expect_cut_off(server, client)
        new = self.ensemble.leader(among=others)
        self.load.wait_for_more(PROGRESS)
        for client in clients:
            self.tried(lambda client=client: self.change(new, client, values_after), "a write by the new leader")
            self.expect_expired(new, client)
        for server, client in zip(lost, clients):
            self.expect_back(server, client, [b"after"])

    def change(self, server, client, values):
        with self.link(server) as link:
            value = link.get(client.written)[0]
            self.assertIn(value, [*values, b"after"])
            return link.set(client.written, b"after")

    def a_follower_is_lost(self, lose):
        """The leader leads on, in the same epoch, and the follower's clients have to leave it. A write that they are
        not told of may have reached the leader, now or when the network is whole."""
        leader = self.ensemble.leader()
        lost, other = self.ensemble.others(leader)
        client = self.tried(lambda: Client(self, lost), "a client at the follower")
        epoch, said = leader.epoch(), len(leader.log_text())
        lose(leader, lost, other)
        client.ask()
        self.expect_cut_off(lost, client)
        self.load.wait_for_more(PROGRESS)
        self.expect_expired(other, client)
        self.expect_back(lost, client, [b"before", b"in vain"])
        self.expect_undisturbed(leader, epoch, said)

    def stories(self):
        """name, who is lost, how; and where the leader is, what may become of a write that it does not acknowledge."""
        kept, kept_or_done = [b"before"], [b"before", b"in vain"]
        return [
            ("the leader is alone", self.the_leader_is_lost, self.cut, kept),
            ("nobody hears the leader", self.the_leader_is_lost, self.lose, kept),
            ("the leader hears nobody", self.the_leader_is_lost, lambda old, others: self.lose(others, old),
             kept_or_done),
            ("a follower is alone", self.a_follower_is_lost,
             lambda leader, lost, other: self.cut([lost], [leader, other])),
            ("a follower and the leader lose each other", self.a_follower_is_lost,
             lambda leader, lost, _: self.cut([lost], [leader])),
            ("a follower does not hear the leader", self.a_follower_is_lost,
             lambda leader, lost, _: self.lose([leader], [lost])),
            ("the leader does not hear a follower", self.a_follower_is_lost,
             lambda leader, lost, _: self.lose([lost], [leader])),
        ]

    def stories_of_five(self):
        def the_smaller_half(lose, values):
            self.the_leader_is_lost(lose, values, with_it=1)
        return [("the leader and a follower are cut off", the_smaller_half, self.cut, [b"before"])]

    def tell(self, name, story, *how):
        begun = time.monotonic()
        self.told(name, story, *how)
        self.told(f"after: {name}", self.ensemble.start)
        print(f"{name}: {time.monotonic() - begun:.1f} s", flush=True)

    def tell_stories(self, stories, size=3):
        self.begin_in_network(size)
        for story in stories:
            self.tell(*story)
        self.told("at the end", self.end)
        self.assertGreater(sum(w.losses for w in self.load.workers), 0)

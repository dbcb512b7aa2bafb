"""SIGSTOP of the leader until another leads, and SIGCONT: it does not serve what is old, and acknowledges nothing."""

import contextlib

from fixture import ops
from fixture.ensemble import SYNC
from fixture.jute import i32
from fixture.link import Closed, Link, connect_request
from fixture.process import eventually
from load.ensemble_case import EnsembleCase

SECONDS = 30


class EnsembleStoppedLeader(EnsembleCase):
    def survivors_write(self, servers, value):
        """By whoever takes it; the old leader's session may be lost with it, so it is a new one."""
        def written():
            for server in servers:
                with contextlib.suppress(Closed, OSError), Link(server.place) as link:
                    link.connect()
                    return link.set("/read", value)
            return None
        return eventually(written, SECONDS, "the others take a write").mzxid

    def stop_and_resume(self, number):
        old, new = b"old %d" % number, b"new %d" % number
        stopped = self.ensemble.leader()
        client = self.link(stopped)
        untouched = client.set("/written", old)
        client.set("/read", old)
        stopped.pause()
        try:
            others = self.ensemble.others(stopped)
            self.ensemble.leader(among=others)
            changed = self.survivors_write(others, new)
            self.load.wait_for_more(100)
            # All this lies in the stopped server's sockets when it wakes.
            client.send(ops.GET_DATA, ops.watched("/read"))
            client.send(ops.SET_DATA, ops.set_data("/written", new))
            newcomer, knowing = Link(stopped.place), Link(stopped.place)
            for link, zxid in ((newcomer, 0), (knowing, changed)):
                self.addCleanup(link.close)
                link.send_frame(connect_request(last_zxid=zxid))
                link.send_frame(i32(1) + i32(ops.GET_DATA) + ops.watched("/read"))
        finally:
            stopped.resume()
        self.assertTrue(client.closed(SECONDS), "a client of the old leader loses its connection, unanswered")
        for link in (newcomer, knowing):
            self.closed_or_fresh(link, new)
        eventually(lambda: stopped.mode() == "follower", SECONDS, "the old leader follows")
        again = self.link(stopped)
        SYNC(again)
        self.assertEqual(new, again.get("/read")[0])
        self.assertEqual((old, untouched.version), (again.get("/written")[0], again.get("/written")[1].version))

    def closed_or_fresh(self, link, value):
        try:
            link.receive_frame()
            reply = link.reply()
        except Closed:
            return
        self.assertEqual(0, reply.err)
        self.assertIn(value, reply.body)

    def test_it_comes_back_as_a_follower_and_was_never_asked_in_between(self):
        self.begin(syncLimit=5)
        with Link(self.ensemble.places[0]) as link:
            link.connect()
            link.create("/read")
            link.create("/written")
        for number in range(self.rounds(short=3, long=30)):
            self.told(f"round {number}", self.stop_and_resume, number)
        self.told("at the end", self.end)
        self.assertGreater(sum(w.losses for w in self.load.workers), 0)

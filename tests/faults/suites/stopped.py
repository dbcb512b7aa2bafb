"""SIGSTOP and SIGCONT: our own sleep is not the clients' silence."""

import threading
import time
import unittest

from fixture import ops
from fixture.link import PING_XID, Link
from fixture.server import Server

TICK, TIMEOUT, SLEEP, SLACK = 0.5, 1.0, 3.0, 1.5


class Stopped(unittest.TestCase):
    def setUp(self):
        self.server = Server({"tickTime": int(TICK * 1000), "minSessionTimeout": int(TIMEOUT * 1000)})
        self.addCleanup(self.server.close)
        self.server.start()
        self.watcher = self.session(60)

    def session(self, seconds):
        link = Link(self.server.place)
        self.addCleanup(link.close)
        self.assertEqual(seconds * 1000, link.connect(timeout=int(seconds * 1000)).timeout)
        return link

    def owner(self, name):
        """A session of the shortest timeout with an ephemeral, which is watched."""
        link = self.session(TIMEOUT)
        path = link.create(f"/{name}", flags=ops.EPHEMERAL)
        self.watcher.get(path, True)
        return link

    def sleep(self, in_the_middle=lambda: None):
        """The server stands still for three timeouts."""
        self.server.pause()
        self.nothing_for(SLEEP / 2)
        in_the_middle()
        self.nothing_for(SLEEP / 2)
        self.server.resume()

    def nothing_for(self, seconds):
        """The length of the sleep is the fault: nothing is awaited."""
        threading.Event().wait(seconds)

    def test_sessions_outlive_the_servers_sleep_and_expire_by_their_own_silence(self):
        for round_ in range(2):
            pinged, waited, gone = (self.owner(f"{name}{round_}") for name in ("pinged", "waited", "gone"))
            self.sleep(lambda: pinged.send(ops.PING, xid=PING_XID))  # it lies in the socket until the server wakes
            resumed = time.monotonic()
            self.assertEqual(PING_XID, pinged.reply().xid)
            for link in (pinged, waited):  # one that speaks only now was no less alive
                self.assertEqual(0, link.call(ops.PING, xid=PING_XID).err)
            self.assertEqual([], self.watcher.events())
            keeper = threading.Thread(target=self.keep_alive, args=(until := threading.Event(), pinged, waited))
            keeper.start()
            try:
                event = self.watcher.receive()
            finally:
                until.set()
                keeper.join()
            self.assertEqual((ops.DELETED, f"/gone{round_}"), (event.type, event.path))
            self.assertLessEqual(time.monotonic() - resumed, TIMEOUT + TICK + SLACK)
            for link, name in ((pinged, "pinged"), (waited, "waited")):
                self.assertEqual(link.granted.session, link.stat(f"/{name}{round_}").owner)
                link.end_session()
            self.assertEqual(2, len(self.watcher.events()))

    def keep_alive(self, until, *links):
        while not until.wait(TIMEOUT / 4):
            for link in links:
                link.call(ops.PING, xid=PING_XID)

    def test_requests_that_came_during_the_sleep_are_all_answered(self):
        owner = self.owner("owner")
        self.sleep(lambda: [owner.send(ops.CREATE, ops.create(f"/during-{n}")) for n in range(50)])
        self.assertEqual([0] * 50, [owner.reply().err for _ in range(50)])
        self.assertEqual([], self.watcher.events())
        self.assertIsNotNone(owner.stat("/owner"))

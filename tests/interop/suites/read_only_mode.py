"""readonlymode.enabled on an ensemble of three: what the one that is left does for clients that can do with reading."""

import os
import unittest

from kazoo.client import KazooClient, KeeperState
from kazoo.exceptions import NotReadOnlyCallError
from kazoo.retry import KazooRetry

from fixture import ops
from fixture.case import by
from fixture.ensemble import Ensemble
from fixture.jute import string
from fixture.link import Closed, Link
from fixture.process import eventually, run
from fixture.server import ask

NOT_READ_ONLY = -119
SECONDS = 30
SCRIPT = "/usr/share/zookeeper/bin/zkCli.sh"
JAVA_FLAGS = "-Xmx128m -Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


class ReadOnlyModeForPartitionedServers(unittest.TestCase):
    # Of Apache ZooKeeper 3.8.0 a read-only server gives no session where sessions are global.
    settings = {"readonlymode.enabled": "true", "localSessionsEnabled": by(zabra="false", apache="true")}

    def setUp(self):
        self.ensemble = Ensemble(3, self.settings)
        self.addCleanup(self.ensemble.close)
        leader = self.ensemble.start()
        self.left, self.dead = leader, self.ensemble.others(leader)
        with Link(self.left.place) as link:
            link.connect()
            link.create("/a", b"kept")
            link.end_session()

    def lose_the_quorum(self):
        for server in self.dead:
            server.kill()
        eventually(lambda: self.isro() == "ro", SECONDS, "the one that is left is read-only")

    def isro(self):
        return ask(self.left.place, "isro")

    def link(self, **request):
        link = Link(self.left.place)
        self.addCleanup(link.close)
        if request:
            link.connect(**request)
        return link

    def closed_at_once(self, **request):
        link = self.link()
        self.assertRaises(Closed, link.connect, **request)

    def test_it_reads_and_refuses_writes_until_there_is_a_leader_again(self):
        before = self.link(read_only=True)
        self.assertEqual("rw", self.isro())
        self.assertFalse(before.granted.read_only)
        seen = before.ok(ops.EXISTS, ops.watched("/")).zxid
        before.create("/e", flags=by(zabra=ops.EPHEMERAL, apache=ops.PERSISTENT))
        self.lose_the_quorum()
        self.assertRaises(Closed, before.receive)

        self.closed_at_once()
        self.closed_at_once(read_only=None)
        self.closed_at_once(read_only=True, last_zxid=seen + 100)
        link = self.link(read_only=True, last_zxid=seen)
        self.assertTrue(link.granted.read_only)
        self.assertEqual(b"kept", link.get("/a")[0])
        self.assertIsNotNone(link.stat("/e"), "nobody's session ends here")
        for op, body in ((ops.CREATE, ops.create("/b")), (ops.SET_DATA, ops.set_data("/a")), (ops.SYNC, string("/a")),
                         (ops.DELETE, ops.versioned("/a")), (ops.MULTI, ops.multi((ops.CREATE, ops.create("/b"))))):
            answer = link.call(op, body)
            self.assertEqual((NOT_READ_ONLY, b""), (answer.err, answer.body), op)
            self.assertGreaterEqual(answer.zxid, seen)
        self.assertEqual([], link.events())
        words = ask(self.left.place, "srvr").splitlines()
        self.assertEqual(("READ-ONLY mode; serving only read-only clients", True), (words[1], "Mode: read-only" in words))
        self.assertEqual("read-only", self.left.monitored()["server_state"])

        again = dict(session=link.granted.session, password=link.granted.password)
        link = self.link(read_only=True, **again)
        self.assertEqual((again["session"], True), (link.granted.session, link.granted.read_only))
        if by(zabra=True, apache=False):  # there it is local: the ensemble's sessions are the ensemble's to judge
            self.closed_at_once(read_only=True, session=before.granted.session, password=before.granted.password)
        unknown = self.link().connect(read_only=True, session=77, password=b"x" * 16)
        self.assertEqual((0, True), (unknown.timeout, unknown.read_only))

        self.ensemble.start()
        self.assertRaises(Closed, link.receive)
        eventually(lambda: self.isro() == "rw", SECONDS, "it serves everybody again")
        self.assertEqual(0, self.link().connect(read_only=True, **again).timeout, "it was a session of that time")
        writer = self.link(read_only=True)
        self.assertFalse(writer.granted.read_only)
        writer.create("/b")

    def test_kazoo_reads_there_and_finds_its_way_to_a_leader(self):
        self.lose_the_quorum()
        client = KazooClient(self.ensemble.address, timeout=10.0, read_only=True,
                             connection_retry=KazooRetry(max_tries=-1, delay=0.05, max_delay=0.2))
        self.addCleanup(client.close)
        self.addCleanup(client.stop)
        client.start(SECONDS)
        self.assertEqual(KeeperState.CONNECTED_RO, client.client_state)
        self.assertEqual(b"kept", client.get("/a")[0])
        self.assertRaises(NotReadOnlyCallError, client.create, "/k")
        self.ensemble.start()
        eventually(lambda: client.client_state == KeeperState.CONNECTED, SECONDS, "kazoo may write")
        client.retry(client.create, "/k")

    def test_zkcli_reads_there_if_it_is_told_that_it_may(self):
        self.lose_the_quorum()
        environment = {**os.environ, "CLIENT_JVMFLAGS": JAVA_FLAGS}
        command = [SCRIPT, "-server", self.left.address, "-timeout", "10000", "-r"]
        code, said = run([*command, "get", "/a"], 60, env=environment, cwd=self.left.directory)
        self.assertEqual((0, True), (code, "kept" in said), said)
        code, said = run([*command, "create", "/z"], 60, env=environment, cwd=self.left.directory)
        self.assertNotEqual(0, code)
        self.assertIn("Not a read-only call", said)

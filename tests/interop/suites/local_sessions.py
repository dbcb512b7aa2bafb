"""Local sessions on an ensemble of three: localSessionsEnabled, localSessionsUpgradingEnabled."""

import unittest

from kazoo.client import KazooClient

from fixture import ops
from fixture.case import by
from fixture.ensemble import SYNC, Ensemble
from fixture.link import Closed, Link
from fixture.ops import EPHEMERAL, PERSISTENT

EXPIRED, EPHEMERAL_ON_LOCAL = -112, -120
SECONDS = 20


class EnsembleCase(unittest.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.ensemble = Ensemble(3, cls.settings)
        cls.addClassCleanup(cls.ensemble.close)
        cls.leader = cls.ensemble.start()
        cls.follower, cls.other = cls.ensemble.others(cls.leader)

    @classmethod
    def tearDownClass(cls):
        assert cls.ensemble.stop() == [by(zabra=0, apache=143)] * 3, cls.ensemble.logs()

    def bare_link(self, server):
        link = Link(server.place)
        self.addCleanup(link.close)
        return link

    def link(self, server, **request):
        link = self.bare_link(server)
        link.connect(**request)
        return link

    def sessions(self, server):
        said = server.monitored()
        return int(said["local_sessions"]), int(said["global_sessions"])

    def create(self, link, path, flags=PERSISTENT):
        return link.call(ops.CREATE, ops.create(path, flags=flags))


class LocalSessionsAndTheirUpgrade(EnsembleCase):
    settings = {"localSessionsEnabled": "true", "localSessionsUpgradingEnabled": "true"}

    def test_a_session_is_its_servers_alone_until_it_makes_an_ephemeral(self):
        for n, server in enumerate((self.leader, self.follower)):
            link = self.link(server)
            self.assertEqual((1, 0), self.sessions(server))
            first = self.create(link, f"/p{n}").zxid
            self.assertEqual(0, link.call(ops.SET_DATA, ops.set_data(f"/p{n}", b"x")).err)
            again = dict(session=link.granted.session, password=link.granted.password)
            self.assertEqual(0, self.bare_link(self.other).connect(**again).timeout, "unknown on another server")
            self.assertEqual((1, 0), self.sessions(server))

            made = self.create(link, f"/e{n}", EPHEMERAL)
            self.assertEqual((0, first + 3), (made.err, made.zxid), "one more zxid, for the session")
            self.assertEqual(link.granted.session, link.stat(f"/e{n}").owner)
            self.assertEqual((0, 1), self.sessions(server))
            moved = self.link(self.other, **again)
            self.assertEqual(link.granted.session, moved.granted.session)
            SYNC(moved)
            self.assertEqual(link.granted.session, moved.stat(f"/e{n}").owner)
            moved.end_session()
            reader = self.link(self.other)
            self.assertIsNone(reader.stat(f"/e{n}"))
            self.assertIsNotNone(reader.stat(f"/p{n}"))
            reader.end_session()

    def test_a_multi_upgrades_too(self):
        link = self.link(self.follower)
        answer = link.ok(ops.MULTI, ops.multi((ops.CREATE, ops.create("/m")),
                                              (ops.CREATE, ops.create("/me", flags=EPHEMERAL))))
        self.assertEqual([0, 0], [err for _, err, _ in ops.multi_results(answer.body)])
        self.assertEqual((0, 1), self.sessions(self.follower))
        link.end_session()

    def test_requests_in_flight_keep_their_order_over_the_upgrade(self):
        link = self.link(self.follower)
        for k in range(100):
            link.send(ops.CREATE, ops.create(f"/o{k}", flags=EPHEMERAL if k % 10 == 5 else PERSISTENT))
            link.send(ops.EXISTS, ops.watched(f"/o{k}"))
        for xid in range(1, 201):
            answer = link.reply()
            self.assertEqual((xid, 0), (answer.xid, answer.err))
        link.end_session()

    def test_its_close_is_nobody_elses_business(self):
        link, watcher = self.link(self.follower), self.link(self.other)
        before = watcher.ok(ops.EXISTS, ops.watched("/", True)).zxid
        self.assertEqual(0, link.end_session().err)
        self.assertTrue(link.closed())
        SYNC(watcher)
        self.assertEqual(before, watcher.ok(ops.EXISTS, ops.watched("/")).zxid)
        watcher.end_session()

    def test_it_expires_where_it_is(self):
        link = self.link(self.follower, timeout=1000)
        self.assertTrue(link.closed(seconds=10))
        again = self.bare_link(self.follower).connect(session=link.granted.session, password=link.granted.password)
        self.assertEqual(0, again.timeout)

    def test_kazoo_does_not_notice(self):
        client = KazooClient(self.follower.address, timeout=10.0)
        self.addCleanup(client.close)
        client.start(SECONDS)
        client.create("/kazoo", b"1")
        client.create("/kazoo-e", ephemeral=True)
        self.assertEqual(client.client_id[0], client.exists("/kazoo-e").ephemeralOwner)
        client.stop()
        reader = self.link(self.follower)
        self.assertIsNone(reader.stat("/kazoo-e"))
        reader.end_session()


class LocalSessionsWithoutUpgrade(EnsembleCase):
    settings = {"localSessionsEnabled": "true"}

    def test_an_ephemeral_is_refused_and_the_session_goes_on(self):
        for n, server in enumerate((self.leader, self.follower)):
            link = self.link(server)
            self.assertEqual(EPHEMERAL_ON_LOCAL, self.create(link, f"/e{n}", EPHEMERAL).err)
            items = (ops.CREATE, ops.create("/m")), (ops.CREATE, ops.create("/me", flags=EPHEMERAL))
            results = ops.multi_results(link.ok(ops.MULTI, ops.multi(*items)).body)
            # A follower of Apache ZooKeeper passes on the leader's word, that there is no such session.
            refused = by(zabra=EPHEMERAL_ON_LOCAL, apache=EPHEMERAL_ON_LOCAL if server is self.leader else EXPIRED)
            self.assertEqual([0, refused], [err for _, err, _ in results])
            self.assertEqual(0, self.create(link, f"/p{n}").err)
            self.assertEqual((1, 0), self.sessions(server))
            link.end_session()


class LocalSessionsOfAServerThatDies(EnsembleCase):
    settings = {"localSessionsEnabled": "true", "localSessionsUpgradingEnabled": "true"}

    def test_only_its_local_sessions_are_lost(self):
        lost, kept, upgraded = self.link(self.follower), self.link(self.other), self.link(self.follower)
        self.create(upgraded, "/e", EPHEMERAL)
        self.follower.restart(crash=True)
        self.assertIsNotNone(kept.stat("/e"), "the others' sessions go on")
        self.assertRaises(Closed, lost.receive)
        again = self.bare_link(self.follower).connect(session=lost.granted.session, password=lost.granted.password)
        self.assertEqual(0, again.timeout)
        moved = self.link(self.other, session=upgraded.granted.session, password=upgraded.granted.password)
        self.assertEqual(upgraded.granted.session, moved.stat("/e").owner)

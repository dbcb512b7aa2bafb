"""kazoo 2.8, the Python client: nodes, watches, ACLs, transactions, and a server that is killed under it."""

from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import (AuthFailedError, BadVersionError, ConnectionClosedError, InvalidACLError,
                              NoAuthError, NoChildrenForEphemeralsError, NodeExistsError, NoNodeError, NotEmptyError,
                              RolledBackError, RuntimeInconsistency, SessionExpiredError)
from kazoo.protocol.states import EventType
from kazoo.security import make_acl, make_digest_acl

from fixture import ops
from fixture.case import by
from fixture.kazoo_case import SECONDS, Heard, KazooCase, synced
from fixture.link import Closed, connect_request, granted
from fixture.process import run

DYING = """
import os, sys
from kazoo.client import KazooClient
client = KazooClient(sys.argv[1], timeout=1.0)
client.start()
client.create(sys.argv[2], ephemeral=True)
os._exit(7)  # no close of the session, no goodbye
"""


class Nodes(KazooCase):
    def setUp(self):
        self.zk = self.client()
        self.root = self.node(self.zk)

    def test_create_read_write_delete(self):
        path = f"{self.root}/a"
        self.assertEqual(path, self.zk.create(path, b"1"))
        data, stat = self.zk.get(path)
        self.assertEqual((b"1", 0, 1, 0), (data, stat.version, stat.dataLength, stat.ephemeralOwner))
        self.assertEqual(stat, self.zk.exists(path))
        self.assertEqual(1, self.zk.set(path, b"2", version=0).version)
        self.assertEqual(["a"], self.zk.get_children(self.root))
        self.zk.delete(path, version=1)
        self.assertIsNone(self.zk.exists(path))

    def test_errors_have_their_own_exceptions(self):
        root, zk = self.root, self.zk
        zk.create(f"{root}/e", ephemeral=True)
        for error, call in (
                (NodeExistsError, lambda: zk.create(root)), (NoNodeError, lambda: zk.create(f"{root}/no/x")),
                (NoNodeError, lambda: zk.get(f"{root}/no")), (NoNodeError, lambda: zk.set(f"{root}/no", b"")),
                (NoNodeError, lambda: zk.get_children(f"{root}/no")), (NoNodeError, lambda: zk.delete(f"{root}/no")),
                (BadVersionError, lambda: zk.set(root, b"", version=9)), (NotEmptyError, lambda: zk.delete(root)),
                (BadVersionError, lambda: zk.delete(f"{root}/e", version=9)),
                (NoChildrenForEphemeralsError, lambda: zk.create(f"{root}/e/x")),
                (InvalidACLError, lambda: zk.create(f"{root}/x", acl=[make_acl("nosuch", "x", all=True)]))):
            with self.subTest(error.__name__):
                self.assertRaises(error, call)

    def test_create_answers_the_stat_when_asked(self):
        path, stat = self.zk.create(f"{self.root}/a", b"123", include_data=True)
        self.assertEqual((f"{self.root}/a", 3), (path, stat.dataLength))
        self.assertEqual(stat, self.zk.exists(path))

    def test_children_with_the_stat(self):
        self.zk.create(f"{self.root}/a")
        children, stat = self.zk.get_children(self.root, include_data=True)
        self.assertEqual((["a"], 1), (children, stat.numChildren))

    def test_makepath_ensure_path_and_recursive_delete(self):
        self.zk.create(f"{self.root}/a/b/c", makepath=True)
        self.zk.ensure_path(f"{self.root}/a/b/d/e")
        self.assertEqual(["c", "d"], sorted(self.zk.get_children(f"{self.root}/a/b")))
        self.zk.delete(self.root, recursive=True)
        self.assertIsNone(self.zk.exists(self.root))

    def test_sequences_count_for_each_parent(self):
        self.assertEqual([f"{self.root}/s{n:010}" for n in range(3)],
                         [self.zk.create(f"{self.root}/s", sequence=True) for _ in range(3)])
        self.assertEqual(f"{self.root}/t{3:010}", self.zk.create(f"{self.root}/t", sequence=True, ephemeral=True))

    def test_ephemerals_go_with_their_session(self):
        other, gone = self.client(), Heard()
        path = other.create(f"{self.root}/e", ephemeral=True)
        self.assertEqual(other.client_id[0], synced(self.zk).exists(path, watch=gone).ephemeralOwner)
        other.stop()
        self.assertEqual((EventType.DELETED, path), gone.next()[::2])
        self.assertIsNone(self.zk.exists(path))

    def test_large_data(self):
        data = bytes(range(256)) * 3900
        self.zk.set(self.root, data)
        self.assertEqual(data, self.zk.get(self.root)[0])

    def test_asynchronous_calls_are_answered_in_order(self):
        answers = [self.zk.create_async(f"{self.root}/s", sequence=True) for _ in range(200)]
        self.assertEqual([f"{self.root}/s{n:010}" for n in range(200)], [a.get(timeout=SECONDS) for a in answers])

    def test_sync(self):
        self.assertEqual(self.root, self.zk.sync(self.root))

    def test_chroot(self):
        inside = KazooClient(f"{self.server.address}{self.root}")
        self.addCleanup(inside.close)
        self.addCleanup(inside.stop)
        inside.start(SECONDS)
        self.assertEqual("/a", inside.create("/a", b"x"))
        self.assertEqual(b"x", synced(self.zk).get(f"{self.root}/a")[0])

    def test_transactions(self):
        root = self.root
        with self.zk.transaction() as good:
            good.create(f"{root}/a", b"1")
            good.create(f"{root}/s", sequence=True, ephemeral=True)
            good.set_data(f"{root}/a", b"2", version=0)
            good.check(f"{root}/a", version=1)
            good.delete(f"{root}/a", version=1)
        self.assertEqual([f"{root}/s0000000001".rsplit("/", 1)[1]], self.zk.get_children(root))
        bad = self.zk.transaction()
        bad.create(f"{root}/b")
        bad.check(root, version=9)
        bad.delete(f"{root}/b")
        self.assertEqual([RolledBackError, BadVersionError, RuntimeInconsistency], [type(r) for r in bad.commit()])
        self.assertIsNone(self.zk.exists(f"{root}/b"))
        self.assertEqual([], self.zk.transaction().commit())

    def test_words_and_version(self):
        self.assertEqual(by(zabra=(3, 9, 5), apache=(3, 8, 0)), self.zk.server_version()[:3])
        self.assertEqual("imok", self.zk.command(b"ruok"))
        self.assertRegex(self.zk.command(b"stat"), f"Mode: ({'|'.join(self.modes)})")
        self.assertIn("zk_znode_count\t", self.zk.command(b"mntr"))


class Watches(KazooCase):
    def setUp(self):
        self.zk, self.other = self.client(), self.client()
        self.root = self.node(self.zk)

    def test_raw_watches_fire_once(self):
        data, exist, child = Heard(), Heard(), Heard()
        self.zk.get(self.root, watch=data)
        self.zk.exists(f"{self.root}/new", watch=exist)
        self.zk.get_children(self.root, watch=child)
        for _ in range(2):
            self.other.set(self.root, b"")
        self.other.create(f"{self.root}/new")
        self.other.create(f"{self.root}/another")
        for heard, kind, path in ((data, EventType.CHANGED, self.root), (exist, EventType.CREATED, f"{self.root}/new"),
                                  (child, EventType.CHILD, self.root)):
            event = heard.next()
            self.assertEqual((kind, path), (event.type, event.path))
        self.assertTrue(data.silent() and exist.silent() and child.silent())

    def test_data_watch_follows_a_node_through_its_life(self):
        path, heard = f"{self.root}/d", Heard()
        self.zk.DataWatch(path)(lambda data, stat: heard(data))
        self.assertEqual(None, heard.next())
        self.other.create(path, b"1")
        self.assertEqual(b"1", heard.next())
        self.other.set(path, b"2")
        self.assertEqual(b"2", heard.next())
        self.other.delete(path)
        self.assertEqual(None, heard.next())

    def test_children_watch(self):
        heard = Heard()
        self.zk.ChildrenWatch(self.root)(lambda children: heard(sorted(children)))
        self.assertEqual([], heard.next())
        self.other.create(f"{self.root}/a")
        self.assertEqual(["a"], heard.next())
        self.other.create(f"{self.root}/b")
        self.assertEqual(["a", "b"], heard.next())


class Acls(KazooCase):
    def user(self, credentials):
        return self.client(auth_data=[("digest", credentials)])

    def setUp(self):
        self.zk = self.client()
        self.root = self.node(self.zk)

    def test_digest(self):
        joe = self.user("joe:pw")
        path = joe.create(f"{self.root}/a", b"joe's", acl=[make_digest_acl("joe", "pw", all=True)])
        self.assertEqual(b"joe's", joe.get(path)[0])
        for stranger in map(synced, (self.zk, self.user("joe:wrong"))):
            for call in (stranger.get, stranger.get_children, stranger.get_acls, lambda p: stranger.set(p, b"")):
                self.assertRaises(NoAuthError, call, path)
        late = synced(self.client())
        self.assertRaises(NoAuthError, late.get, path)
        late.add_auth("digest", "joe:pw")
        self.assertEqual(b"joe's", late.get(path)[0])

    def test_auth_means_who_i_am(self):
        joe = self.user("joe:pw")
        path = joe.create(f"{self.root}/a", acl=[make_acl("auth", "", all=True)])
        self.assertEqual([make_digest_acl("joe", "pw", all=True)], joe.get_acls(path)[0])

    def test_set_acls_with_version(self):
        acl = [make_acl("ip", "127.0.0.1", read=True, admin=True)]
        self.assertEqual(1, self.zk.set_acls(self.root, acl, version=0).aversion)
        self.assertEqual(acl, self.zk.get_acls(self.root)[0])
        self.assertRaises(BadVersionError, self.zk.set_acls, self.root, acl, 0)
        self.assertRaises(NoAuthError, self.zk.set, self.root, b"")

    def test_super_may_everything(self):
        path = self.zk.create(f"{self.root}/a", b"x", acl=[make_digest_acl("nobody", "x", read=True)])
        self.assertRaises(NoAuthError, self.zk.get, path)
        self.assertEqual(b"x", synced(self.user("super:secret")).get(path)[0])

    def test_default_acl_of_a_client(self):
        joe = self.client(auth_data=[("digest", "joe:pw")], default_acl=[make_acl("auth", "", all=True)])
        path = joe.create(f"{self.root}/a")
        self.assertRaises(NoAuthError, synced(self.zk).get, path)

    def test_an_unknown_scheme_fails(self):
        self.assertRaises(AuthFailedError, self.zk.add_auth, "nosuch", "x")


class Killed(KazooCase):
    may_be_late = False

    def test_the_session_its_ephemerals_and_its_watches_survive(self):
        states = Heard()
        zk, witness = self.client(auth_data=[("digest", "joe:pw")]), self.client()
        root = self.node(zk)
        zk.add_listener(states)
        acl = [make_acl("auth", "", all=True), make_acl("world", "anyone", read=True)]
        path = zk.create(f"{root}/e", b"1", ephemeral=True, acl=acl)
        data, children = Heard(), Heard()
        zk.DataWatch(path)(lambda value, stat: data(value))
        zk.ChildrenWatch(root)(lambda names: children(sorted(names)))
        self.assertEqual((b"1", ["e"]), (data.next(), children.next()))
        session = zk.client_id[0]
        self.server.kill()
        self.assertEqual(KazooState.SUSPENDED, states.next())
        self.server.start()
        self.assertEqual(KazooState.CONNECTED, states.next())
        self.assertEqual(session, zk.client_id[0])
        self.assertEqual(b"1", zk.retry(zk.get, path)[0])
        self.assertEqual(session, synced(witness).retry(witness.exists, path).ephemeralOwner)
        witness.retry(witness.create, f"{root}/new")
        while children.next() != ["e", "new"]:
            pass
        zk.set(path, b"2")
        while data.next() != b"2":
            pass

    def test_the_ephemerals_of_a_client_that_dies_expire_with_its_session(self):
        witness, gone = self.client(), Heard()
        path = f"{self.node(witness)}/e"
        code, out = run(["/usr/bin/python3", "-c", DYING, self.server.address, path], SECONDS)
        self.assertEqual(7, code, out)
        if synced(witness).exists(path, watch=gone):
            event = gone.next()
            self.assertEqual((EventType.DELETED, path), (event.type, event.path))
        self.assertIsNone(witness.exists(path))

    def ended_by_another(self, session, password):
        """Its client comes back for it at once, and may be faster: then nothing has ended, whoever closes it is sent away."""
        link = self.bare_link()
        link.send_frame(connect_request(session=session, password=password))
        link.send(ops.CLOSE_SESSION)
        try:
            return granted(link.receive_frame()).timeout == 0 or link.receive().err == 0  # 0: an earlier close has ended it
        except Closed:
            return False

    def test_a_new_session_follows_the_lost_one(self):
        states = Heard()
        zk = self.client()
        zk.add_listener(states)
        session, password = zk.client_id
        while not self.ended_by_another(session, password) and self.may_be_late:
            pass
        self.assertEqual(KazooState.SUSPENDED, states.next())
        states.until(KazooState.LOST)
        self.assertEqual(KazooState.CONNECTED, states.next())
        self.assertNotEqual(session, zk.client_id[0])

    def test_many_clients_come_back(self):
        clients = [self.client() for _ in range(10)]
        root = self.node(clients[0])
        states = [Heard() for _ in clients]
        for number, zk in enumerate(clients):
            zk.add_listener(states[number])
            zk.create(f"{root}/{number}", ephemeral=True)
        sessions = [zk.client_id[0] for zk in clients]
        self.server.restart(crash=True)
        for heard in states:
            heard.until(KazooState.CONNECTED)
        self.assertEqual(sessions, [zk.client_id[0] for zk in clients])
        self.assertEqual(sorted(map(str, range(10))), sorted(synced(clients[0]).retry(clients[0].get_children, root)))


class Expired(KazooCase):
    def test_calls_of_an_ended_session_fail(self):
        zk = self.client()
        zk.stop()
        self.assertRaises((ConnectionClosedError, SessionExpiredError), zk.get, "/")

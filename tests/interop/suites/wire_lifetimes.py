"""How long nodes live: containers, TTL nodes, ephemerals; and how sequential names count."""

import time

from fixture import ops
from fixture.case import ServerCase, by, zabra_only
from fixture.jute import Reader, string

INTERVAL = 0.3  # between two looks for what has to go, in seconds
SLACK = 2.0     # how late a busy machine may be


def made(link, op, body):
    """(path, Stat) of the create that answers both."""
    reader = Reader(link.ok(op, body).body)
    return reader.string(), reader.stat()


class LifetimeCase(ServerCase):
    settings = {"znode.container.checkIntervalMs": int(INTERVAL * 1000)}

    def setUp(self):
        self.link_ = self.link(timeout=30000)
        self.r = self.root(self.link_)

    def container(self, name, flags=ops.CONTAINER):
        return made(self.link_, ops.CREATE_CONTAINER, ops.create(f"{self.r}/{name}", flags=flags))[0]

    def ttl(self, name, milliseconds, flags=ops.TTL):
        return made(self.link_, ops.CREATE_TTL,
                    ops.create_ttl(f"{self.r}/{name}", b"x", flags=flags, ttl=milliseconds))[0]

    def use(self, path):
        """Gives the node a child and takes it away again."""
        self.link_.create(path + "/c")
        self.link_.delete(path + "/c")

    def watch_end(self, path):
        self.link_.get(path, True)

    def assert_ends(self, path):
        event = self.link_.receive()
        self.assertEqual((ops.DELETED, path), (event.type, event.path))

    def wait_for_two_looks(self):
        """Two used containers, one after the other: when the second has gone, a whole look lies in between."""
        for number in range(2):
            path = self.container(f"clock{time.monotonic_ns()}-{number}")
            self.use(path)
            if self.link_.call(ops.EXISTS, ops.watched(path, True)).err == 0:
                self.assert_ends(path)
            else:
                self.link_.call(ops.REMOVE_WATCHES, ops.numbered(path, 3))


class Containers(LifetimeCase):
    def test_a_used_container_goes_when_it_is_empty(self):
        path = self.container("box")
        self.link_.create(path + "/c")
        self.watch_end(path)
        self.wait_for_two_looks()
        self.assertIsNotNone(self.link_.stat(path))
        self.link_.delete(path + "/c")
        self.assert_ends(path)
        self.assertIsNone(self.link_.stat(path))

    def test_one_that_was_never_used_stays(self):
        path = self.container("fresh")
        self.wait_for_two_looks()
        self.assertIsNotNone(self.link_.stat(path))

    def test_nested_ones_go_from_the_inside(self):
        outer = self.container("outer")
        inner = self.container("outer/inner")
        self.watch_end(outer)
        self.watch_end(inner)
        self.use(inner)
        self.assert_ends(inner)
        self.assert_ends(outer)

    def test_its_owner_is_not_shown(self):
        path, stat = made(self.link_, ops.CREATE_CONTAINER, ops.create(self.r + "/box", b"data", flags=ops.CONTAINER))
        self.assertEqual((self.r + "/box", 0, 4, 0), (path, stat.owner, stat.length, stat.cversion))
        self.assertEqual(stat, self.link_.stat(path))

    def test_its_end_takes_one_zxid_and_shows_in_the_parent(self):
        path = self.container("box")
        self.link_.create(path + "/c")
        before = self.link_.stat(self.r)
        self.watch_end(path)
        last = self.link_.delete(path + "/c").zxid
        self.assert_ends(path)
        after = self.link_.stat(self.r)
        self.assertEqual((last + 1, before.cversion + 1, 0), (after.pzxid, after.cversion, after.children))
        self.assertEqual(last + 1, self.link_.call(ops.PING).zxid)

    def test_a_container_may_have_children_of_every_kind(self):
        path = self.container("box")
        self.link_.create(path + "/a")
        self.link_.create(path + "/b", flags=ops.EPHEMERAL)
        self.container("box/c")
        self.ttl("box/d", 60000)
        self.assertEqual(["a", "b", "c", "d"], self.link_.children(path))

    def test_the_end_of_an_ephemeral_child_counts(self):
        path = self.container("box")
        self.watch_end(path)
        other = self.link()
        other.create(path + "/e", flags=ops.EPHEMERAL)
        self.wait_for_two_looks()
        other.end_session()
        self.assert_ends(path)

    def test_create_container_makes_containers_whatever_the_flag(self):
        for flags, name in ((ops.PERSISTENT, "0"), (ops.EPHEMERAL, "1"), (ops.CONTAINER, "4")):
            path = self.container(name, flags)
            self.assertEqual((f"{self.r}/{name}", 0), (path, self.link_.stat(path).owner))
            self.watch_end(path)
            self.use(path)
            self.assert_ends(path)
        path = self.container("s-", ops.SEQUENTIAL)
        self.assertRegex(path, r"/s-\d{10}$")
        self.watch_end(path)
        self.use(path)
        self.assert_ends(path)

    def test_flag_four_makes_a_container_through_create_too(self):
        # 3.8.0 makes a plain node of it, which nobody ever collects, unless it stands in a multi.
        for op, name in ((ops.CREATE, "a"), (ops.CREATE2, "b")):
            path = f"{self.r}/{name}"
            self.link_.ok(op, ops.create(path, flags=ops.CONTAINER))
            self.watch_end(path)
            self.use(path)
            if by(zabra=True, apache=False):
                self.assert_ends(path)
        path = self.r + "/m"
        self.link_.ok(ops.MULTI, ops.multi((ops.CREATE_CONTAINER, ops.create(path, flags=ops.CONTAINER))))
        self.watch_end(path)
        self.use(path)
        self.assert_ends(path)
        self.assertEqual(by(zabra=[], apache=["a", "b"]), self.link_.children(self.r))

    def test_permissions_of_the_parent_do_not_keep_it(self):
        path = self.container("box")
        self.link_.create(path + "/c")
        self.link_.ok(ops.SET_ACL, ops.set_acl(self.r, ((1, "world", "anyone"),)))
        self.watch_end(path)
        self.link_.delete(path + "/c")
        self.assert_ends(path)

    def test_a_restart_forgets_neither_the_kind_nor_the_use(self):
        path, fresh = self.container("box"), self.container("fresh")
        self.link_.create(path + "/c")
        self.server.restart(crash=True)
        self.link_ = self.link()
        self.watch_end(path)
        self.link_.delete(path + "/c")
        self.assert_ends(path)
        self.assertIsNotNone(self.link_.stat(fresh))


class NeverUsed(LifetimeCase):
    settings = {**LifetimeCase.settings, "znode.container.maxNeverUsedIntervalMs": 1000}

    def test_a_container_that_nobody_used_goes_after_its_time(self):
        started = time.monotonic()
        path = self.container("fresh")
        self.watch_end(path)
        self.assert_ends(path)
        passed = time.monotonic() - started
        self.assertGreater(passed, 0.95)
        self.assertLess(passed, 1.0 + 2 * INTERVAL + SLACK)


class TtlNodes(LifetimeCase):
    def test_one_goes_after_its_time(self):
        started = time.monotonic()
        path = self.ttl("t", 1000)
        self.watch_end(path)
        self.assert_ends(path)
        passed = time.monotonic() - started
        self.assertGreater(passed, 0.99)
        self.assertLess(passed, 1.0 + 2 * INTERVAL + SLACK)

    def test_set_data_begins_its_time_anew_and_a_child_keeps_it(self):
        path = self.ttl("t", 1200)
        self.assertTrue(self.link_.silent(0.8))
        self.link_.set(path, b"new")
        changed = time.monotonic()
        self.watch_end(path)
        self.assert_ends(path)
        self.assertGreater(time.monotonic() - changed, 1.19)

    def test_a_node_with_a_child_stays_until_the_child_has_gone(self):
        path = self.ttl("t", 500)
        self.link_.create(path + "/c")
        self.watch_end(path)
        self.assertTrue(self.link_.silent(1.2))
        self.link_.delete(path + "/c")
        self.assert_ends(path)

    def test_its_ttl_is_not_shown_and_it_belongs_to_no_session(self):
        path, stat = made(self.link_, ops.CREATE_TTL, ops.create_ttl(self.r + "/t", b"abc", ttl=10**9))
        self.assertEqual((self.r + "/t", 0, 3), (path, stat.owner, stat.length))
        self.assertEqual(stat, self.link_.stat(path))
        self.assertEqual([], Reader(self.link_.ok(ops.GET_EPHEMERALS, string("/")).body).strings())

    def test_sequential_ones(self):
        paths = [self.ttl("t-", 10**9, ops.SEQUENTIAL_TTL) for _ in range(3)]
        self.assertEqual([f"{self.r}/t-000000000{n}" for n in range(3)], paths)

    def test_in_a_multi(self):
        path = self.r + "/t"
        self.link_.ok(ops.MULTI, ops.multi((ops.CREATE_TTL, ops.create_ttl(path, ttl=500))))
        self.watch_end(path)
        self.assert_ends(path)

    def test_a_restart_forgets_neither_the_ttl_nor_the_time(self):
        path, long = self.ttl("t", 2500), self.ttl("long", 10**9)
        created = time.time()
        self.server.restart(crash=True)
        self.link_ = self.link()
        if self.link_.call(ops.EXISTS, ops.watched(path, True)).err == 0:
            self.assert_ends(path)
        self.assertGreater(time.time() - created, 2.4)
        self.assertIsNotNone(self.link_.stat(long))


class Ephemerals(LifetimeCase):
    def test_its_owner_is_the_session(self):
        path, stat = made(self.link_, ops.CREATE2, ops.create(self.r + "/e", flags=ops.EPHEMERAL))
        self.assertEqual(self.link_.granted.session, stat.owner)
        self.assertEqual(stat, self.link().stat(path))

    def test_it_can_have_no_children_of_any_kind(self):
        path = self.link_.create(self.r + "/e", flags=ops.EPHEMERAL)
        for op, body in ((ops.CREATE, ops.create(path + "/c")),
                         (ops.CREATE, ops.create(path + "/c", flags=ops.EPHEMERAL)),
                         (ops.CREATE_CONTAINER, ops.create(path + "/c", flags=ops.CONTAINER)),
                         (ops.CREATE_TTL, ops.create_ttl(path + "/c"))):
            self.assertEqual(ops.NO_CHILDREN_FOR_EPHEMERALS, self.link_.call(op, body).err, op)

    def test_anybody_with_the_permission_may_change_and_delete_it(self):
        path = self.link_.create(self.r + "/e", flags=ops.EPHEMERAL)
        other = self.link()
        self.assertEqual(self.link_.granted.session, other.set(path, b"x").owner)
        other.delete(path)
        self.assertIsNone(self.link_.stat(path))
        other.create(path)  # now somebody else's, and no ephemeral: the session's end leaves it
        self.link_.end_session()
        self.assertIsNotNone(other.stat(path))

    def test_a_node_deleted_and_made_by_another_session_is_the_others(self):
        path = self.link_.create(self.r + "/e", flags=ops.EPHEMERAL)
        other = self.link()
        other.delete(path)
        other.create(path, flags=ops.EPHEMERAL)
        self.link_.end_session()
        self.assertEqual(other.granted.session, other.stat(path).owner)
        self.assertEqual([path], Reader(other.ok(ops.GET_EPHEMERALS, string("/")).body).strings())

    def test_creates_and_deletes_under_way_at_the_end_leave_nothing(self):
        other = self.link()
        for number in range(50):
            self.link_.send(ops.CREATE, ops.create(f"{self.r}/{number}", flags=ops.EPHEMERAL))
            if number % 3 == 0:
                self.link_.send(ops.DELETE, ops.versioned(f"{self.r}/{number}"))
        last = self.link_.send(ops.CLOSE_SESSION)
        while self.link_.reply().xid != last:
            pass
        self.assertEqual([], other.children(self.r))
        self.assertEqual(100, other.stat(self.r).cversion)

    def test_sequential_ones_count_with_all_the_others(self):
        self.link_.create(self.r + "/plain")
        self.assertEqual([self.r + "/e-0000000001", self.r + "/e-0000000002"],
                         [self.link_.create(self.r + "/e-", flags=ops.EPHEMERAL_SEQUENTIAL) for _ in range(2)])
        self.assertEqual(self.r + "/0000000003", self.link_.create(self.r + "/", flags=ops.EPHEMERAL_SEQUENTIAL))

    @zabra_only("3.8.0 logs a closeSession of more than 2 MiB and never starts again")
    def test_a_session_with_more_ephemerals_than_a_record_holds_ends_and_the_server_starts_again(self):
        owner, name = self.link(), "n" * 1000
        for first in range(0, 3000, 500):
            for number in range(first, first + 500):
                owner.send(ops.CREATE, ops.create(f"{self.r}/{name}{number}", flags=ops.EPHEMERAL))
            for _ in range(500):
                self.assertEqual(0, owner.reply().err)
        self.assertEqual(3000, self.link_.stat(self.r).children)
        self.assertEqual(0, owner.end_session().err)
        self.assertEqual(0, self.link_.stat(self.r).children)
        self.server.restart(crash=True)
        stat = self.link().stat(self.r)
        self.assertEqual((0, 6000), (stat.children, stat.cversion))


class Counting(LifetimeCase):
    # The sequence itself stands in wire_multi; here what the end of sessions and containers does to it.

    def test_the_number_survives_the_end_of_sessions_and_containers(self):
        other = self.link()
        other.create(self.r + "/e-", flags=ops.EPHEMERAL_SEQUENTIAL)
        other.end_session()
        path = self.container("c-", ops.SEQUENTIAL)
        self.assertEqual(self.r + "/c-0000000001", path)
        self.watch_end(path)
        self.use(path)
        self.assert_ends(path)
        self.assertEqual(self.r + "/s-0000000002", self.link_.create(self.r + "/s-", flags=ops.SEQUENTIAL))

    def test_what_clients_see_gives_the_number(self):
        for number in range(10):
            self.link_.create(f"{self.r}/{number}")
        for number in range(0, 10, 2):
            self.link_.delete(f"{self.r}/{number}")
        stat = self.link_.stat(self.r)
        self.assertEqual((15, 5), (stat.cversion, stat.children))
        number = (stat.cversion + stat.children) // 2
        self.assertEqual(f"{self.r}/s{number:010}", self.link_.create(self.r + "/s", flags=ops.SEQUENTIAL))

"""Watches: which request sets one, which change fires it, and what the client sees first."""

from fixture import ops
from fixture.case import by
from fixture.jute import i32, i64
from fixture.link import EVENT_XID, Event
from fixture.watching import (ANY, ANY_DATA, CHILDREN, CREATED, DATA, DELETED, MARSHALLING, NO_WATCHER, PERSISTENT,
                              RECURSIVE, WatchCase)

WHOLE_LIFE = ("create", "set", "acl", "create child", "set child", "create grandchild", "set grandchild",
              "delete grandchild", "delete child", "delete", "create")


class EveryKind(WatchCase):
    """Each kind of watch against each change."""

    def silent_but(self, told, steps=WHOLE_LIFE):
        return [(step, told.get(step, [])) for step in steps]

    def test_an_exists_watch_on_a_missing_node_fires_once_at_its_creation(self):
        w = self.r + "/w"
        self.assertEqual(ops.NO_NODE, self.exist(w))
        seen = self.life(w, WHOLE_LIFE[:-1])
        self.assertEqual(self.silent_but({"create": [(CREATED, w)]}, WHOLE_LIFE[:-1]), seen)

    def test_an_exists_or_data_watch_fires_once_at_a_change_of_data(self):
        for number, watch in enumerate((self.exist, self.data)):
            w = self.writer.create(f"{self.r}/{number}")
            watch(w)
            seen = self.life(w, ("acl", "create child", "set child", "delete child", "set", "set", "delete"))
            self.assertEqual([(DATA, w)], seen[4][1])
            self.assertEqual([], [e for at, (_, events) in enumerate(seen) if at != 4 for e in events])

    def test_an_exists_or_data_watch_fires_once_at_the_nodes_end(self):
        for number, watch in enumerate((self.exist, self.data)):
            w = self.writer.create(f"{self.r}/{number}")
            watch(w)
            self.assertEqual([("delete", [(DELETED, w)]), ("create", [])], self.life(w, ("delete", "create")))

    def test_a_child_watch_fires_once_at_a_childs_creation(self):
        w = self.writer.create(self.r + "/w")
        self.child(w)
        steps = ("set", "acl", "create child", "set child", "create grandchild", "delete grandchild", "delete child",
                 "delete")
        self.assertEqual(self.silent_but({"create child": [(CHILDREN, w)]}, steps), self.life(w, steps))

    def test_a_child_watch_fires_once_at_a_childs_end_and_at_the_nodes_own(self):
        w = self.writer.create(self.r + "/w")
        self.writer.create(w + "/c")
        self.watcher.ok(ops.GET_CHILDREN2, ops.watched(w, True))
        self.assertEqual([("set child", []), ("delete child", [(CHILDREN, w)])],
                         self.life(w, ("set child", "delete child")))
        self.child(w)
        self.assertEqual([("delete", [(DELETED, w)])], self.life(w, ("delete",)))

    def test_a_persistent_watch_sees_the_node_and_its_children_for_ever(self):
        w = self.r + "/w"
        self.add(w, PERSISTENT)
        self.assertEqual(self.silent_but({
            "create": [(CREATED, w)], "set": [(DATA, w)], "create child": [(CHILDREN, w)],
            "delete child": [(CHILDREN, w)], "delete": [(DELETED, w)]}), self.life(w, WHOLE_LIFE))

    def test_a_recursive_watch_sees_every_descendant_and_no_child_lists(self):
        w = self.r + "/w"
        c, d = w + "/c", w + "/c/d"
        self.add(w, RECURSIVE)
        self.assertEqual(self.silent_but({
            "create": [(CREATED, w)], "set": [(DATA, w)], "create child": [(CREATED, c)], "set child": [(DATA, c)],
            "create grandchild": [(CREATED, d)], "set grandchild": [(DATA, d)], "delete grandchild": [(DELETED, d)],
            "delete child": [(DELETED, c)], "delete": [(DELETED, w)]}), self.life(w, WHOLE_LIFE))

    def test_a_recursive_watch_does_not_see_a_sibling_whose_name_begins_alike(self):
        w = self.writer.create(self.r + "/w")
        self.add(w, RECURSIVE)
        self.writer.create(self.r + "/ww")
        self.writer.create(self.r + "/ww/x")
        self.assertEqual([], self.seen())

    def test_every_way_to_create_fires_alike(self):
        self.add(self.r, RECURSIVE)
        for op, name, body in ((ops.CREATE, "a", ops.create), (ops.CREATE2, "b", ops.create),
                               (ops.CREATE_CONTAINER, "c", lambda p: ops.create(p, flags=ops.CONTAINER)),
                               (ops.CREATE_TTL, "d", ops.create_ttl),
                               (ops.CREATE, "e", lambda p: ops.create(p, flags=ops.EPHEMERAL))):
            self.child(self.r)
            self.writer.ok(op, body(f"{self.r}/{name}"))
            self.assertEqual([(CREATED, f"{self.r}/{name}"), (CHILDREN, self.r)], self.seen(), op)

    def test_a_sequential_node_is_named_in_full(self):
        self.add(self.r, RECURSIVE)
        path = self.writer.create(self.r + "/s-", flags=ops.SEQUENTIAL)
        self.assertEqual(self.r + "/s-0000000000", path)
        self.assertEqual([(CREATED, path)], self.seen())

    def test_the_parent_of_a_top_level_node_is_the_root(self):
        self.child("/")
        top = self.root(self.writer)
        self.assertEqual([(CHILDREN, "/")], self.seen())
        self.writer.set(top)
        self.child("/")
        self.writer.delete(top)
        self.assertEqual([(CHILDREN, "/")], self.seen())

    def test_an_event_has_the_connected_state_and_the_zxid_of_its_transaction(self):
        # 3.8 puts -1 in the zxid field; from 3.9.0 it is the transaction's.
        self.data(self.r)
        self.exist(self.r)
        zxid = self.writer.ok(ops.SET_DATA, ops.set_data(self.r, b"new")).zxid
        self.assertEqual(Event(DATA, self.r, by(zabra=zxid, apache=-1), 3), self.watcher.receive())

    def test_errors_fire_nothing(self):
        self.writer.create(self.r + "/c")
        self.add(self.r, PERSISTENT)
        self.add(self.r, RECURSIVE, self.link())
        for op, body in ((ops.CREATE, ops.create(self.r + "/c")), (ops.DELETE, ops.versioned(self.r)),
                         (ops.SET_DATA, ops.set_data(self.r, version=9)), (ops.DELETE, ops.versioned(self.r + "/no"))):
            self.assertNotEqual(0, self.writer.call(op, body).err)
        self.assertEqual([], self.seen())


class Registration(WatchCase):
    def test_reads_without_the_flag_set_nothing(self):
        for op in (ops.EXISTS, ops.GET_DATA, ops.GET_CHILDREN, ops.GET_CHILDREN2):
            self.watcher.ok(op, ops.watched(self.r, False))
        self.life(self.r, ("set", "create child", "delete child", "delete"))
        self.assertEqual([], self.seen())

    def test_a_failed_read_sets_nothing(self):
        w = self.r + "/w"
        for op in (ops.GET_DATA, ops.GET_CHILDREN, ops.GET_CHILDREN2):
            self.assertEqual(ops.NO_NODE, self.watcher.call(op, ops.watched(w, True)).err)
        self.writer.create(w, acl=((2 | 4, "world", "anyone"),))
        for op in (ops.GET_DATA, ops.GET_CHILDREN, ops.GET_CHILDREN2):
            self.assertEqual(ops.NO_AUTH, self.watcher.call(op, ops.watched(w, True)).err)
        self.writer.ok(ops.SET_DATA, ops.set_data(w))
        self.assertEqual([], self.seen())
        self.assertEqual(NO_WATCHER, self.remove(w, ANY))

    def test_the_same_watch_twice_is_one(self):
        for watch in (self.data, self.data, self.exist, self.child, self.child):
            watch(self.r)
        self.writer.set(self.r)
        self.assertEqual([(DATA, self.r)], self.seen())
        self.writer.create(self.r + "/c")
        self.assertEqual([(CHILDREN, self.r)], self.seen())

    def test_add_watch_looks_at_neither_path_nor_node_nor_permission(self):
        for path in ("nope", "/nope/", "", self.r + "/missing"):
            for mode in (PERSISTENT, RECURSIVE):
                self.add(path, mode)
        for mode in (2, -1):
            answer = self.watcher.call(ops.ADD_WATCH, ops.numbered(self.r, mode))
            self.assertEqual((MARSHALLING, b""), (answer.err, answer.body))

    def test_a_watch_on_the_empty_path_never_fires(self):
        self.watcher.ok(ops.GET_CHILDREN, ops.watched("", True))
        self.watcher.ok(ops.GET_DATA, ops.watched("", True))
        self.root(self.writer)
        self.writer.set("/", b"")
        self.assertEqual([], self.seen())

    def test_watches_belong_to_the_connection_and_end_with_it(self):
        first = self.link()
        self.data(self.r, first)
        self.add(self.r, PERSISTENT, first)
        session = first.granted
        again = self.link(session=session.session, password=session.password)
        self.assertEqual(session.session, again.granted.session)
        self.writer.set(self.r)
        self.assertEqual([], self.seen(again))
        self.assertEqual(NO_WATCHER, self.remove(self.r, ANY, again))

    def test_another_connections_watch_is_its_own(self):
        other = self.link()
        self.data(self.r)
        self.data(self.r, other)
        self.assertEqual(0, self.remove(self.r, ANY_DATA))
        self.writer.set(self.r)
        self.assertEqual(([], [(DATA, self.r)]), (self.seen(), self.seen(other)))

    def test_many_watchers_are_each_told_once(self):
        links = [self.link() for _ in range(40)]
        for link in links:
            self.data(self.r, link)
            self.add(self.r, RECURSIVE, link)
        self.writer.set(self.r)
        self.assertEqual([[(DATA, self.r)]] * len(links), [self.seen(link) for link in links])


class SeveralKinds(WatchCase):
    """Watches of several kinds on one connection."""

    def test_data_exists_and_child_on_one_node(self):
        for watch in (self.data, self.exist, self.child):
            watch(self.r)
        self.assertEqual([("set", [(DATA, self.r)]), ("set", []), ("create child", [(CHILDREN, self.r)]),
                          ("delete child", [])],
                         self.life(self.r, ("set", "set", "create child", "delete child")))

    def test_a_childs_creation_leaves_the_data_watch(self):
        self.data(self.r)
        self.child(self.r)
        self.assertEqual([("create child", [(CHILDREN, self.r)]), ("set", [(DATA, self.r)])],
                         self.life(self.r, ("create child", "set")))

    def test_a_deletion_is_told_once_and_takes_data_and_child_watch(self):
        w = self.writer.create(self.r + "/w")
        self.data(w)
        self.child(w)
        self.child(self.r)
        self.assertEqual([("delete", [(DELETED, w), (CHILDREN, self.r)]), ("create", []), ("set", []),
                          ("create child", [])],
                         self.life(w, ("delete", "create", "set", "create child")))

    def test_a_persistent_watch_above_a_recursive_one(self):
        w = self.writer.create(self.r + "/w")
        self.add(self.r, PERSISTENT)
        self.add(w, RECURSIVE)
        self.assertEqual([("delete", [(DELETED, w), (CHILDREN, self.r)])], self.life(w, ("delete",)))

    def test_a_recursive_watch_on_the_root_comes_before_its_child_watch(self):
        self.add("/", RECURSIVE)
        self.child("/")
        top = self.root(self.writer)
        self.assertEqual([(CREATED, top), (CHILDREN, "/")], self.seen())

    def test_nested_recursive_watches_tell_once(self):
        for path in ("/", self.r, self.r + "/w"):
            self.add(path, RECURSIVE)
        self.writer.create(self.r + "/w")
        self.assertEqual([(CREATED, self.r + "/w")], self.seen())

    # Since 3.9 the modes of one path live side by side; in 3.8 the last registration replaces the others.

    def test_a_one_shot_watch_does_not_replace_a_persistent_one(self):
        self.add(self.r, PERSISTENT)
        self.data(self.r)
        self.assertEqual([("set", [(DATA, self.r)]), ("set", by(zabra=[(DATA, self.r)], apache=[])),
                          ("create child", [(CHILDREN, self.r)])], self.life(self.r, ("set", "set", "create child")))

    def test_a_persistent_watch_keeps_the_one_shot_and_outlives_it(self):
        self.data(self.r)
        self.add(self.r, PERSISTENT)
        self.assertEqual([("set", [(DATA, self.r)]), ("set", [(DATA, self.r)])], self.life(self.r, ("set", "set")))
        self.assertEqual(by(zabra=NO_WATCHER, apache=0), self.check(self.r, ANY_DATA))

    def test_recursive_and_persistent_together_see_what_each_sees(self):
        for number, modes in enumerate(((PERSISTENT, RECURSIVE), (RECURSIVE, PERSISTENT))):
            w = self.writer.create(f"{self.r}/{number}")
            for mode in modes:
                self.add(w, mode)
            both = [(CREATED, w + "/c"), (CHILDREN, w)]
            last = both[:1] if modes[-1] == RECURSIVE else both[1:]
            self.assertEqual([("create child", by(zabra=both, apache=last))], self.life(w, ("create child",)))
            self.assertEqual([("set", [(DATA, w)])], self.life(w, ("set",)))


class Order(WatchCase):
    """An event comes before any reply that could show its change."""

    def test_the_changing_client_is_told_before_its_reply(self):
        link = self.link()
        self.data(self.r, link)
        self.child(self.r, link)
        for op, body, event in ((ops.SET_DATA, ops.set_data(self.r), (DATA, self.r)),
                                (ops.CREATE, ops.create(self.r + "/c"), (CHILDREN, self.r))):
            answer = link.ok(op, body)
            self.assertEqual([event], [(e.type, e.path) for e in answer.events])

    def test_events_and_reads_interleave_in_the_order_of_the_changes(self):
        self.add(self.r, PERSISTENT)
        told = 0
        for number in range(1, 101):
            self.writer.send(ops.SET_DATA, ops.set_data(self.r, b"%d" % number))
        while told < 100:
            answer = self.watcher.call(ops.GET_DATA, ops.watched(self.r))
            told += len(answer.events)
            shown = int.from_bytes(answer.body[-68 + 32:-68 + 36], "big")  # the Stat's version
            self.assertEqual(told, shown)
        for _ in range(100):
            self.writer.reply()

    def test_a_multi_tells_in_the_order_of_its_items_and_then_answers(self):
        link = self.link()
        self.add(self.r, RECURSIVE, link)
        self.child(self.r, link)
        a, b = self.r + "/a", self.r + "/b"
        answer = link.call(ops.MULTI, ops.multi(
            (ops.CREATE, ops.create(a)), (ops.CREATE, ops.create(b)), (ops.SET_DATA, ops.set_data(a)),
            (ops.CHECK, ops.versioned(a)), (ops.DELETE, ops.versioned(a))))
        self.assertEqual([0] * 5, [err for _, err, _ in ops.multi_results(answer.body)])
        self.assertEqual([(CREATED, a), (CHILDREN, self.r), (CREATED, b), (DATA, a), (DELETED, a)],
                         [(e.type, e.path) for e in answer.events])
        self.assertEqual({by(zabra=answer.zxid, apache=-1)}, {e.zxid for e in answer.events})

    def test_a_failed_multi_tells_nothing(self):
        self.add(self.r, PERSISTENT)
        results = ops.multi_results(self.writer.call(ops.MULTI, ops.multi(
            (ops.SET_DATA, ops.set_data(self.r)), (ops.CREATE, ops.create(self.r + "/a")),
            (ops.CHECK, ops.versioned(self.r, 77)))).body)
        self.assertEqual([0, 0, ops.BAD_VERSION], [err for _, err, _ in results])
        self.assertEqual([], self.seen())

    def test_the_end_of_a_session_tells_node_after_node(self):
        owner = self.link()
        paths = {owner.create(f"{self.r}/{n}", flags=ops.EPHEMERAL) for n in range(3)}
        self.add(self.r, PERSISTENT)
        self.add(self.r, RECURSIVE, other := self.link())
        for path in paths:
            self.data(path)
        owner.end_session()
        seen = self.seen()
        self.assertEqual(paths, {path for kind, path in seen[::2] if kind == DELETED})
        self.assertEqual([(CHILDREN, self.r)] * 3, seen[1::2])
        self.assertEqual([event for event in seen if event[0] == DELETED], self.seen(other))  # the same order for all

    def test_a_closing_sessions_own_watches_fire_before_its_last_reply(self):
        owner = self.link()
        path = owner.create(self.r + "/e", flags=ops.EPHEMERAL)
        self.data(path, owner)
        answer = owner.end_session()
        self.assertEqual([(DELETED, path)], [(e.type, e.path) for e in answer.events])
        self.assertTrue(owner.closed())


class GoldenFrames(WatchCase):
    """Whole frames, byte for byte."""

    def test_frames_of_the_four_events(self):
        r = self.writer.create("/gv")
        self.addCleanup(self.link().call, ops.DELETE, ops.versioned(r))
        self.add(r, RECURSIVE)
        self.child(r)
        zxids = [self.writer.ok(ops.SET_DATA, ops.set_data(r)).zxid,
                 self.writer.ok(ops.CREATE, ops.create(r + "/n")).zxid]
        zxids += [zxids[1], self.writer.delete(r + "/n").zxid]
        for zxid, kind, path in zip(zxids, (DATA, CREATED, CHILDREN, DELETED), (r, r + "/n", r, r + "/n")):
            expected = (i32(EVENT_XID) + i64(by(zabra=zxid, apache=-1)) + i32(0) + i32(kind) + i32(3) + i32(len(path)) +
                        path.encode())
            self.assertEqual(expected.hex(), self.watcher.receive_frame().hex())

"""Watches after a new connection (setWatches, setWatches2), and their removal (checkWatches, removeWatches)."""

from fixture import ops
from fixture.case import by
from fixture.jute import i32, i64, strings
from fixture.link import SET_WATCHES_XID, connect_request, granted
from fixture.watching import (ANY, ANY_CHILDREN, ANY_DATA, CHILDREN, CREATED, DATA, DELETED, MARSHALLING, NO_WATCHER,
                              OF_PERSISTENT, OF_RECURSIVE, PERSISTENT, RECURSIVE, WatchCase)

FAR = 2**62


class Restoring(WatchCase):
    """setWatches and setWatches2."""

    def set_watches(self, zxid, link=None, xid=SET_WATCHES_XID, **lists):
        op, body = ((ops.SET_WATCHES2, ops.set_watches2) if {"persistent", "recursive"} & set(lists)
                    else (ops.SET_WATCHES, ops.set_watches))
        answer = (link or self.watcher).call(op, body(zxid, **lists), xid)
        self.assertEqual((0, b"", {-1} if answer.events else set()),
                         (answer.err, answer.body, {e.zxid for e in answer.events}))
        return [(e.type, e.path) for e in answer.events]

    def now(self):
        return self.writer.call(ops.PING).zxid

    def test_what_has_not_changed_is_watched_again(self):
        w, missing = self.writer.create(self.r + "/w"), self.r + "/missing"
        self.assertEqual([], self.set_watches(self.now(), data=[w], exist=[missing], child=[w]))
        self.assertEqual([("set", [(DATA, w)]), ("set", []), ("create child", [(CHILDREN, w)])],
                         self.life(w, ("set", "set", "create child")))
        self.writer.create(missing)
        self.assertEqual([(CREATED, missing)], self.seen())

    def test_what_has_changed_is_told_at_once_instead_of_being_watched(self):
        w = self.writer.create(self.r + "/w")
        before = self.now()
        self.writer.set(w)
        self.writer.create(w + "/c")
        self.assertEqual([(DATA, w), (CREATED, w), (CHILDREN, w)],
                         self.set_watches(before, data=[w], exist=[w], child=[w]))
        self.life(w, ("set", "set child", "delete child", "delete"))
        self.assertEqual([], self.seen())

    def test_what_is_missing_is_told_as_deleted(self):
        gone = self.r + "/gone"
        self.assertEqual([(DELETED, gone), (DELETED, gone)], self.set_watches(self.now(), data=[gone], child=[gone]))
        self.writer.create(gone)
        self.assertEqual([], self.seen())

    def test_exist_watches_on_what_exists_are_told_whatever_the_zxid(self):
        self.assertEqual([(CREATED, self.r)], self.set_watches(FAR, exist=[self.r]))

    def test_a_data_change_is_no_change_of_children_and_the_reverse(self):
        w = self.writer.create(self.r + "/w")
        before = self.now()
        self.writer.set(w)
        self.assertEqual([(DATA, w)], self.set_watches(before, data=[w], child=[w]))
        before = self.now()
        self.writer.create(w + "/c")
        self.assertEqual([(CHILDREN, w)], self.set_watches(before, self.link(), data=[w], child=[w]))

    def test_a_node_made_anew_counts_as_changed(self):
        w = self.writer.create(self.r + "/w")
        before = self.now()
        self.life(w, ("delete", "create"))
        self.assertEqual([(DATA, w), (CHILDREN, w)], self.set_watches(before, data=[w], child=[w]))

    def test_persistent_and_recursive_ones_are_set_without_an_event(self):
        w, missing = self.writer.create(self.r + "/w"), self.r + "/missing"
        self.assertEqual([], self.set_watches(0, persistent=[w, missing], recursive=[missing]))
        self.assertEqual([("set", [(DATA, w)]), ("create child", [(CHILDREN, w)])],
                         self.life(w, ("set", "create child")))
        self.writer.create(missing)
        self.writer.create(missing + "/c")
        seen = self.seen()
        self.assertEqual((CREATED, missing), seen[0])
        self.assertIn((CREATED, missing + "/c"), seen)

    def test_lists_are_worked_through_in_their_order(self):
        paths = [self.writer.create(f"{self.r}/{n}") for n in (3, 1, 2)]
        expected = [(DATA, p) for p in paths] + [(CREATED, p) for p in reversed(paths)] + [(CHILDREN, p) for p in paths]
        self.assertEqual(expected, self.set_watches(0, data=paths, exist=paths[::-1], child=paths, persistent=[]))

    def test_any_xid_is_echoed(self):
        for xid in (77, -8, 0):
            self.assertEqual([], self.set_watches(FAR, xid=xid, data=[self.r]))

    def test_paths_are_not_validated(self):
        self.assertEqual([(DELETED, "bad"), (DELETED, "/a//b"), (DELETED, "/a\0")],
                         self.set_watches(0, data=["bad", "/a//b", "/a\0"]))

    def test_null_lists_are_no_lists_and_the_connection_stays(self):
        for op, lists in ((ops.SET_WATCHES, 3), (ops.SET_WATCHES2, 5)):
            answer = self.watcher.call(op, i64(0) + strings(None) * lists, SET_WATCHES_XID)
            self.assertEqual(MARSHALLING, answer.err)
        self.assertEqual([], self.seen())

    def test_a_great_many_watches_in_one_request(self):
        paths = [f"{self.r}/missing-{n:05}" for n in range(20000)]
        self.assertEqual([], self.set_watches(0, exist=paths))
        self.writer.create(paths[0])
        self.writer.create(paths[-1])
        self.assertEqual([(CREATED, paths[0]), (CREATED, paths[-1])], self.seen())

    def test_restored_right_behind_the_connect_request(self):
        # As the Java client does it: all in one segment.
        first = self.link()
        before = self.now()
        session = first.granted
        first.close()
        self.writer.set(self.r)
        again = self.bare_link()
        request = connect_request(session=session.session, password=session.password)
        watches = i32(SET_WATCHES_XID) + i32(ops.SET_WATCHES) + ops.set_watches(before, data=[self.r])
        again.send_bytes(i32(len(request)) + request + i32(len(watches)) + watches)
        self.assertEqual(session.session, granted(again.receive_frame()).session)
        answer = again.reply()
        self.assertEqual((SET_WATCHES_XID, [(DATA, self.r)]), (answer.xid, [(e.type, e.path) for e in answer.events]))


class Removing(WatchCase):
    """checkWatches and removeWatches."""

    def test_nothing_is_there(self):
        for kind in (ANY_CHILDREN, ANY_DATA, ANY):
            self.assertEqual((NO_WATCHER, NO_WATCHER), (self.check(self.r, kind), self.remove(self.r, kind)), kind)
        for kind in (OF_PERSISTENT, OF_RECURSIVE):  # types of 3.9
            expected = by(zabra=NO_WATCHER, apache=MARSHALLING)
            self.assertEqual((expected, expected), (self.check(self.r, kind), self.remove(self.r, kind)), kind)

    def test_unknown_types(self):
        self.data(self.r)
        for kind in (0, 6, -1, 2**31 - 1):
            self.assertEqual((MARSHALLING, MARSHALLING), (self.check(self.r, kind), self.remove(self.r, kind)), kind)
        self.assertEqual(0, self.check(self.r, ANY_DATA))

    def test_a_data_watch_is_of_type_data_or_any(self):
        self.data(self.r)
        self.assertEqual((NO_WATCHER, 0, 0), tuple(self.check(self.r, k) for k in (ANY_CHILDREN, ANY_DATA, ANY)))
        self.assertEqual((NO_WATCHER, 0, NO_WATCHER),
                         tuple(self.remove(self.r, k) for k in (ANY_CHILDREN, ANY_DATA, ANY)))
        self.writer.set(self.r)
        self.assertEqual([], self.seen())

    def test_a_child_watch_is_of_type_children_or_any(self):
        self.child(self.r)
        self.assertEqual((0, NO_WATCHER, 0), tuple(self.check(self.r, k) for k in (ANY_CHILDREN, ANY_DATA, ANY)))
        self.assertEqual((NO_WATCHER, 0, NO_WATCHER),
                         tuple(self.remove(self.r, k) for k in (ANY_DATA, ANY_CHILDREN, ANY)))
        self.writer.create(self.r + "/c")
        self.assertEqual([], self.seen())

    def test_an_exists_watch_on_a_missing_node_can_be_removed(self):
        for kind in (ANY_DATA, ANY):
            self.exist(self.r + "/missing")
            self.assertEqual(0, self.remove(self.r + "/missing", kind))
        self.writer.create(self.r + "/missing")
        self.assertEqual([], self.seen())

    def test_any_takes_all_kinds_at_once(self):
        self.data(self.r)
        self.child(self.r)
        self.add(self.r, PERSISTENT)
        self.add(self.r, RECURSIVE)
        self.assertEqual(0, self.remove(self.r, ANY))
        self.life(self.r, ("set", "create child"))
        self.assertEqual([], self.seen())
        self.assertEqual(NO_WATCHER, self.remove(self.r, ANY))

    def test_a_watch_that_has_fired_is_gone(self):
        self.data(self.r)
        self.writer.set(self.r)
        self.assertEqual([(DATA, self.r)], self.seen())
        self.assertEqual(NO_WATCHER, self.remove(self.r, ANY_DATA))

    def test_a_node_below_a_recursive_watch_is_not_watched_itself(self):
        self.add(self.r, RECURSIVE)
        self.writer.create(self.r + "/c")
        self.seen()
        self.assertEqual((NO_WATCHER, NO_WATCHER), (self.check(self.r + "/c", ANY), self.remove(self.r + "/c", ANY)))
        self.assertEqual(0, self.remove(self.r, ANY))
        self.writer.set(self.r + "/c")
        self.assertEqual([], self.seen())

    def test_types_one_and_two_mean_one_shot_watches_only(self):
        # 3.8 looks at the table alone, so that a persistent watch counts as both; since 3.9 the mode counts.
        for mode in (PERSISTENT, RECURSIVE):
            w = self.writer.create(f"{self.r}/{mode}")
            self.add(w, mode)
            expected = by(zabra=(NO_WATCHER, NO_WATCHER, 0), apache=(0, 0, 0))
            self.assertEqual(expected, tuple(self.check(w, k) for k in (ANY_CHILDREN, ANY_DATA, ANY)))

    def test_types_four_and_five_mean_one_mode_each(self):
        # Of 3.9; 3.8 has them not.
        self.add(self.r, PERSISTENT)
        self.add(self.r, RECURSIVE)
        self.data(self.r)
        expected = by(zabra=0, apache=MARSHALLING)
        self.assertEqual((expected, expected), (self.check(self.r, OF_PERSISTENT), self.remove(self.r, OF_PERSISTENT)))
        # Without the persistent one, no list of children; in 3.8 the one-shot one has replaced both.
        self.assertEqual([("create child", by(zabra=[(CREATED, self.r + "/c")], apache=[]))],
                         self.life(self.r, ("create child",)))
        self.assertEqual((expected, by(zabra=NO_WATCHER, apache=MARSHALLING)),
                         (self.remove(self.r, OF_RECURSIVE), self.remove(self.r, OF_PERSISTENT)))
        self.assertEqual([("set", [(DATA, self.r)])], self.life(self.r, ("set",)))
        self.assertEqual([("set", [])], self.life(self.r, ("set",)))

    def test_removal_of_a_persistent_watch_takes_both_tables(self):
        self.add(self.r, PERSISTENT)
        self.assertEqual(0, self.remove(self.r, by(zabra=OF_PERSISTENT, apache=ANY)))
        self.life(self.r, ("set", "create child"))
        self.assertEqual([], self.seen())

    def test_check_looks_at_the_own_connection_only(self):
        # 3.8 answers 0 when anybody watches.
        self.data(self.r, self.link())
        self.assertEqual(by(zabra=NO_WATCHER, apache=0), self.check(self.r, ANY_DATA))
        self.assertEqual(NO_WATCHER, self.remove(self.r, ANY_DATA))

    def test_check_leaves_the_watch(self):
        self.data(self.r)
        self.assertEqual((0, 0), (self.check(self.r, ANY_DATA), self.check(self.r, ANY_DATA)))
        self.writer.set(self.r)
        self.assertEqual([(DATA, self.r)], self.seen())

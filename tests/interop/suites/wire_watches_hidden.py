"""Watches on nodes that the watching connection may not read."""

from fixture import ops
from fixture.case import by
from fixture.identity import digest
from fixture.jute import OPEN
from fixture.link import SET_WATCHES_XID
from fixture.watching import CHILDREN, CREATED, DATA, PERSISTENT, RECURSIVE, WatchCase


class Permission(WatchCase):
    """Nobody hears of a node that he may not read; a one-shot watch is used up all the same."""

    OWNER = "owner:secret"

    def setUp(self):
        super().setUp()
        self.writer.authenticate("digest", self.OWNER.encode())
        self.owner_only = ((31, "digest", digest(self.OWNER)),)

    def hidden(self, name):
        return self.writer.create(f"{self.r}/{name}", acl=self.owner_only)

    def show(self, path):
        self.writer.ok(ops.SET_ACL, ops.set_acl(path, OPEN))

    def test_a_watch_on_a_node_that_appears_hidden_stays_silent_and_is_used_up(self):
        w = self.r + "/w"
        self.exist(w)
        self.hidden("w")
        self.assertEqual([], self.seen())
        self.show(w)
        self.writer.set(w)
        self.assertEqual([], self.seen())

    def test_persistent_and_recursive_watches_are_silent_while_the_node_is_hidden(self):
        w = self.hidden("w")
        other = self.link()
        self.add(w, PERSISTENT)
        self.add(self.r, RECURSIVE, other)
        self.writer.set(w)
        self.writer.create(w + "/c", acl=self.owner_only)
        self.assertEqual(([], []), (self.seen(), self.seen(other)))
        self.show(w)
        self.writer.set(w)
        self.assertEqual(([(DATA, w)], [(DATA, w)]), (self.seen(), self.seen(other)))

    def test_the_list_at_the_time_of_the_change_decides(self):
        w = self.writer.create(self.r + "/w")
        self.data(w)
        self.writer.ok(ops.SET_ACL, ops.set_acl(w, self.owner_only))
        self.writer.set(w)
        self.assertEqual([], self.seen())

    def test_a_deletion_is_judged_by_the_list_that_the_node_had_and_the_parent_by_its_own(self):
        w = self.hidden("w")
        self.add(w, PERSISTENT)
        self.child(self.r)
        self.writer.delete(w)
        self.assertEqual([(CHILDREN, self.r)], self.seen())

    def test_children_of_a_hidden_parent(self):
        parent = self.hidden("p")
        self.add(parent, PERSISTENT)
        self.add(parent + "/c", PERSISTENT)
        self.writer.create(parent + "/c")
        self.assertEqual([(CREATED, parent + "/c")], self.seen())

    def test_who_has_shown_his_identity_hears(self):
        w = self.hidden("w")
        self.add(w, PERSISTENT)
        self.watcher.authenticate("digest", self.OWNER.encode())
        self.writer.set(w)
        self.assertEqual([(DATA, w)], self.seen())

    def test_immediate_events_of_set_watches_too(self):
        # On purpose: 3.8.0 tells changes of hidden nodes here. The watch is set and stays silent.
        w = self.hidden("w")
        self.writer.set(w)
        answer = self.watcher.call(ops.SET_WATCHES, ops.set_watches(0, [w], [w], [w]), SET_WATCHES_XID)
        leaked = [(DATA, w), (CREATED, w), (CHILDREN, w)]
        self.assertEqual((0, by(zabra=[], apache=leaked)), (answer.err, [(e.type, e.path) for e in answer.events]))
        self.show(w)
        self.assertEqual([("set", by(zabra=[(DATA, w)], apache=[])),
                          ("create child", by(zabra=[(CHILDREN, w)], apache=[]))],
                         self.life(w, ("set", "create child")))

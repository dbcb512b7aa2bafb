"""One client under load: a session, its pipelined requests, and the ledger of what was acknowledged."""

import random
from collections import namedtuple

from fixture import ops
from fixture.jute import Reader, string
from fixture.link import Closed, Link

from .model import World, match, unknown
from .wishes import Wishes

WINDOW = 16         # requests that wait for their reply at once
TIMEOUT_MS = 60000  # no session may expire but by a mistake

Sent = namedtuple("Sent", "serial items xid")


def body_of(item):
    if item.op == ops.CREATE:
        return ops.create(item.path, item.data, flags=item.flags)
    if item.op == ops.SET_DATA:
        return ops.set_data(item.path, item.data, item.version)
    if item.op == ops.GET_DATA:
        return ops.watched(item.path)
    return ops.versioned(item.path, item.version) if item.op in (ops.DELETE, ops.CHECK) else b""


class Worker:
    def __init__(self, number, seed, on_acknowledged):
        self.root = f"/w{number}"
        self.random = random.Random(seed * 1000 + number)
        self.wishes = Wishes(self.random, self.root)
        self.on_acknowledged = on_acknowledged
        self.world = World()     # what the acknowledged requests have made
        self.ahead = World()     # and those under way with them
        self.under_way = []      # Sent, in order
        self.names = {}          # of sequential nodes that were told, by key
        self.link = None
        self.granted = None      # of the session; None when there is none
        self.last_zxid = 0       # of any reply
        self.last_write = 0      # of a reply to a write
        self.sessions = 0
        self.close_was_sent = False  # when the server was killed, and not answered
        self.may_be_refused, self.refused = False, 0
        self.failure = None

    # ---- the load, in a thread of its own, until the server is gone ----

    def work(self, place):
        try:
            self._work(place)
        except (Closed, ConnectionError):
            pass  # the kill: what was sent and not answered stays under way
        except BaseException as failure:  # noqa: B902  the main thread raises it
            self.failure = failure
        finally:
            if self.link:
                self.link.close()

    def wants_to_end(self):
        """Before the server is gone."""
        return False

    def _work(self, place):
        while not self.wants_to_end():
            self._attach(place)
            try:
                self._pipeline()
            except ConnectionError:  # on sending; replies may be waiting all the same
                pass
            while self.under_way:
                self._acknowledge()
            if self.world.closed:
                self.granted = None

    def _attach(self, place):
        self.link = Link(place)
        if self.granted is None:
            self._begin(self.link.connect(timeout=TIMEOUT_MS))
            return
        again = self.link.connect(timeout=TIMEOUT_MS, session=self.granted.session, password=self.granted.password,
                                  last_zxid=self.last_zxid)
        assert again == self.granted, f"{self.root}: session not taken up again: {again} instead of {self.granted}"

    def _begin(self, granted):
        assert granted.timeout == TIMEOUT_MS and granted.session, granted
        self.granted = granted
        self.sessions += 1
        for world in (self.world, self.ahead):
            world.session, world.closed = granted.session, False

    def _pipeline(self):
        """Keeps between half a window and a window under way, until a close of the session is sent."""
        while not self.wants_to_end():
            while len(self.under_way) < WINDOW:
                if self.random.random() < 0.002:
                    self._ask(self.wishes.close())
                    return
                self._ask(self.wishes.next(self.ahead, self.names))
            while len(self.under_way) > WINDOW // 2:
                self._acknowledge()

    def _ask(self, items):
        serial = self.wishes.serial
        self.ahead.apply(items, unknown(serial))
        self.under_way.append(Sent(serial, items, self.link.xid + 1))
        if len(items) == 1:
            self.link.send(items[0].op, body_of(items[0]))
        else:
            self.link.send(ops.MULTI, ops.multi(*((i.op, body_of(i)) for i in items)))

    # ---- the ledger ----

    def _acknowledge(self):
        reply = self.link.reply()
        sent = self.under_way.pop(0)
        assert reply.xid == sent.xid, f"{self.root}: reply {reply.xid} where {sent.xid} was next"
        assert reply.zxid >= self.last_zxid, f"{self.root}: zxid back from {self.last_zxid:#x} to {reply.zxid:#x}"
        if self.may_be_refused and reply.err == ops.SYSTEM_ERROR:
            return self._note_refusal()
        is_write = sent.items[0].op != ops.GET_DATA
        if is_write:
            assert reply.zxid > self.last_write, f"{self.root}: a write without a zxid of its own: {reply}"
            self.last_write = reply.zxid
        self.last_zxid = reply.zxid
        expected = self.world.apply(sent.items, reply.zxid)
        self._compare(sent, expected, reply)
        self.on_acknowledged(reply.zxid if is_write else None)

    def _note_refusal(self):
        """For want of space: nothing of it was done."""
        self.refused += 1
        self.ahead = self.world.copy()
        for sent in self.under_way:
            self.ahead.apply(sent.items, unknown(sent.serial))

    def _compare(self, sent, expected, reply):
        if len(sent.items) == 1:
            assert [reply.err] == expected, f"{self.root}: {sent}: err {reply.err}, expected {expected}"
            if reply.err == 0:
                self._compare_answer(sent.items[0], reply)
            return
        results = ops.multi_results(reply.body)
        found = [value if kind == -1 else err for kind, err, value in results]
        assert found == expected, f"{self.root}: {sent}: {found}, expected {expected}"

    def _compare_answer(self, item, reply):
        reader, node = Reader(reply.body), self.world.nodes.get(item.key)
        if item.op == ops.CREATE:
            path = reader.string()
            if item.key.startswith("#"):
                self.names[item.key] = path
            else:
                assert path == item.path, (path, item)
        elif item.op in (ops.SET_DATA, ops.GET_DATA):
            data = reader.buffer() if item.op == ops.GET_DATA else node.data
            stat = reader.stat()
            assert (data, stat.version, stat.mzxid, stat.czxid) == (node.data, node.version, node.mzxid, node.czxid), \
                f"{self.root}: {item.path} is {stat}, expected {node}"
        assert reader.rest() == b"", item

    # ---- after a restart ----

    def reconcile(self, found, afterwards=None):
        """Finds how many of the requests under way were done: a run from the first of them, each wholly. Gives (done,
        not done). Their zxids, unknown until now, are learned from what was found. `afterwards` is one that was surely
        done since."""
        so_far, differences = self.world.copy(), []
        for done in range(len(self.under_way) + 1):
            if done:
                sent = self.under_way[done - 1]
                so_far.apply(sent.items, unknown(sent.serial))
            candidate = so_far.copy()
            if afterwards:
                candidate.apply(afterwards.items, unknown(afterwards.serial))
            differences.append(match(candidate.nodes, found, self.last_write))
            if differences[-1] is None:
                return self._settle(candidate, found, done)
        raise AssertionError(f"{self.root}: no run of the {len(self.under_way)} requests under way explains what is "
                             "there.\n"
                             + "\n".join(f"with {n} of them: {d}" for n, d in enumerate(differences)) + "\nunder way: "
                             + "\n".join(f"{s.serial} {[(i.op, i.path, i.version) for i in s.items]}"
                                         for s in self.under_way))

    def _settle(self, candidate, found, done):
        not_done = len(self.under_way) - done
        self.close_was_sent = any(s.items[0].op == ops.CLOSE_SESSION for s in self.under_way)
        self.world = World(found, candidate.session, candidate.closed)
        self.ahead = self.world.copy()
        self.under_way = []
        return done, not_done

    def check_session(self, place):
        """A living session is taken up again and has its ephemerals; one that was closed is not there. Of a close that
        had no ephemeral to delete nothing shows: there the server says whether it was done."""
        if self.granted is None:
            return
        with Link(place) as link:
            again = link.connect(timeout=TIMEOUT_MS, session=self.granted.session, password=self.granted.password)
            if again.timeout == 0:
                closed = self.world.closed or self.close_was_sent and not self.world.ephemerals()
                assert closed, f"{self.root}: session lost: {self.granted}"
                self.granted = None
                return
            assert again == self.granted and not self.world.closed, f"{self.root}: {again}, expected {self.granted}"
            paths = Reader(link.ok(ops.GET_EPHEMERALS, string("/")).body).strings()
        mine = sorted(self.names.get(key, key) for key in self.world.ephemerals())
        assert sorted(paths) == mine, f"{self.root}: ephemerals {sorted(paths)}, expected {mine}"

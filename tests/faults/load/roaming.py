"""A client of an ensemble under load: it loses servers, finds others, and works out what became of what it had asked.

  request ─> lost connection ─> another server: the session again, sync, all its nodes read
                                     found = what was acknowledged + the first m of those under way, for some m

The session comes first: from then on nothing that the old server has passed on may be taken any more. A close of the
session may be: it is sent once more, so that it is over either way."""

import random
import threading

from fixture import ops
from fixture.ensemble import SYNC
from fixture.jute import Reader
from fixture.link import Closed, Link

from .picture import call_all, node_of, subtree
from .wishes import SHARED
from .worker import TIMEOUT_MS, Worker

SILENCE_SECONDS = 5.0  # of a server that has been asked: it is given up
PAUSE_SECONDS = 0.02   # between two tries: somebody must be elected first


class RoamingWorker(Worker):
    def __init__(self, number, seed, on_acknowledged):
        super().__init__(number, seed, on_acknowledged)
        self.choice = random.Random(seed * 1000 + 500 + number)  # of servers; what is asked does not depend on it
        self.losses = 0
        self.done, self.not_done = 0, 0
        self.over = threading.Event()

    def work(self, places):
        try:
            while not self.over.is_set() or self.under_way:
                self._until_lost(self.choice.choice(places))
        except BaseException as failure:  # noqa: B902  the main thread raises it
            self.failure = failure
        finally:
            if self.link:
                self.link.close()

    def wants_to_end(self):
        return self.over.is_set()

    def _until_lost(self, place):
        try:
            if self.over.is_set():
                self._attach(place)  # only to find out what became of the rest
            else:
                self._work(place)
        except (Closed, OSError):
            self.losses += 1
            self.over.wait(PAUSE_SECONDS)

    def _attach(self, place):
        if self.link:
            self.link.close()
        self.link = Link(place)
        self.link.socket.settimeout(SILENCE_SECONDS)
        if self.granted is None:
            self._begin(self.link.connect(timeout=TIMEOUT_MS, last_zxid=self.last_zxid))
            return
        granted = self.link.connect(timeout=TIMEOUT_MS, session=self.granted.session, password=self.granted.password,
                                    last_zxid=self.last_zxid)
        if granted.timeout:
            assert granted == self.granted, f"{self.root}: {granted} instead of {self.granted}"
        if self.under_way:
            self._find_out(place, granted)
        else:
            assert granted.timeout, f"{self.root}: session lost: {self.granted}"

    # ---- what became of the requests under way ----

    def _find_out(self, place, granted):
        closing = self.under_way[-1].items[0].op == ops.CLOSE_SESSION
        assert granted.timeout or closing, f"{self.root}: session lost: {self.granted}"
        if granted.timeout and closing:
            self.link.call(ops.CLOSE_SESSION)
        with Link(place) as link:
            link.socket.settimeout(SILENCE_SECONDS)
            link.connect(timeout=TIMEOUT_MS, last_zxid=self.last_zxid)
            SYNC(link)
            found = {**subtree(link, [self.root]), **self._sequential_of(link)}
            link.end_session()
        done, not_done = self.reconcile(found, self.under_way.pop() if closing else None)
        self.done += done
        self.not_done += not_done
        if closing:
            self.granted = None
            self._attach(place)

    def _sequential_of(self, link):
        """Ours of the shared ones: others come and go meanwhile."""
        names = Reader(link.ok(ops.GET_CHILDREN, ops.watched(SHARED)).body).strings()
        paths = [f"{SHARED}/{name}" for name in names]
        found = {}
        for path, reply in zip(paths, call_all(link, ((ops.GET_DATA, ops.watched(p)) for p in paths))):
            if reply.err == ops.NO_NODE:
                continue
            node = node_of(reply)
            key = node.data.decode()
            if key.rsplit(".", 1)[0] == "#" + self.root:
                assert key not in found, f"{key} twice: {path}"
                assert self.names.setdefault(key, path) == path, f"{key} is {path}, but {self.names[key]} was told"
                found[key] = node
        return found

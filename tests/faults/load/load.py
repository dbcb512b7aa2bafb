"""Several workers on one server, and the audit of all that they were told."""

import itertools
import threading
import time

from fixture.ensemble import SYNC
from fixture.link import Link
from fixture.server import ask

from .picture import children_of, nodes_of, subtree
from .roaming import RoamingWorker
from .wishes import SHARED
from .worker import Worker

PROGRESS_SECONDS = 60  # no load takes this long to be answered, on however slow a machine


class Load:
    def __init__(self, server, seed, workers, worker=Worker):
        self.server = server
        self._lock = threading.Condition()
        self._acknowledged = 0
        self._write_zxids = set()
        self.highest = 0            # zxid of any reply
        self.sequential = {}        # name -> (czxid, tag): every one that was ever told or found
        self.done, self.not_done = 0, 0  # of the requests without a reply
        self.workers = [worker(n, seed, self._on_acknowledged) for n in range(workers)]
        self._threads = []

    def prepare(self):
        with Link(self.server.place) as link:
            link.connect()
            link.create(SHARED)
            for worker in self.workers:
                link.create(worker.root)
                worker.world.nodes = nodes_of(link, [worker.root])
                worker.ahead = worker.world.copy()

    # ---- the load ----

    def start(self):
        self._acknowledged = 0
        self._threads = [threading.Thread(target=w.work, args=(self._target(),), daemon=True) for w in self.workers]
        for thread in self._threads:
            thread.start()

    def _target(self):
        return self.server.place

    def wait_for(self, count):
        """Until so many requests have been acknowledged, reads among them."""
        deadline = time.monotonic() + PROGRESS_SECONDS
        with self._lock:
            while self._acknowledged < count:
                self.raise_failure()
                self._lock.wait(0.5)
                assert time.monotonic() < deadline, f"{self._acknowledged} of {count} requests answered"

    def join(self):
        """After the server has gone: the workers take what it still told them, and end."""
        for thread in self._threads:
            thread.join(PROGRESS_SECONDS)
            assert not thread.is_alive(), "a worker does not end"
        self.raise_failure()

    def raise_failure(self):
        for worker in self.workers:
            if worker.failure:
                raise worker.failure

    def _on_acknowledged(self, zxid):
        with self._lock:
            self._acknowledged += 1
            if zxid is not None:
                assert zxid not in self._write_zxids, f"zxid {zxid:#x} was given twice"
                self._write_zxids.add(zxid)
                self.highest = max(self.highest, zxid)
            self._lock.notify()

    def acknowledged_writes(self):
        return len(self._write_zxids)

    # ---- the audit ----

    def audit(self):
        """Everything acknowledged is there, and nothing else but what was under way."""
        with Link(self.server.place) as link:
            link.connect()
            SYNC(link)
            self._check_words()
            found = subtree(link, [w.root for w in self.workers])
            shared = nodes_of(link, children_of(link, [SHARED]))
            for worker in self.workers:
                self._reconcile(worker, found, shared)
            link.end_session()
        assert not found and not shared, f"nodes that nobody has made: {[*found, *shared]}"
        for worker in self.workers:
            worker.check_session(self.server.place)
        self._check_order_of_names()

    def _check_words(self):
        facts = dict(line.split("\t", 1) for line in ask(self.server.place, "mntr").splitlines())
        assert facts["zk_digest_mismatches_count"].strip() == "0", facts
        line = next(x for x in ask(self.server.place, "srvr").splitlines() if x.startswith("Zxid: "))
        zxid = int(line.split()[1], 16)
        assert zxid >= self.highest, f"the server stands at {zxid:#x}, but {self.highest:#x} was told"

    def _reconcile(self, worker, found, shared):
        """Takes from what was found what is the worker's."""
        mine = {p: found.pop(p) for p in list(found) if p.split("/")[1] == worker.root[1:]}
        for path, node in list(shared.items()):
            key = node.data.decode()
            if key.rsplit(".", 1)[0] == "#" + worker.root:
                assert key not in mine, f"{key} twice: {path}"
                assert worker.names.setdefault(key, path) == path, f"{key} is {path}, but {worker.names[key]} was told"
                mine[key] = shared.pop(path)
                self._note_name(path, node.czxid, key)
        done, not_done = worker.reconcile(mine)
        self.done += done
        self.not_done += not_done

    def _note_name(self, path, zxid, key):
        first = self.sequential.setdefault(path, (zxid, key))
        assert first == (zxid, key), f"{path} twice: {first}, {key}"

    def _check_order_of_names(self):
        """No number twice, also of nodes that are long gone, and they grow with the zxids."""
        told = itertools.chain.from_iterable(w.names.items() for w in self.workers)
        owners = {}
        for key, path in told:
            assert owners.setdefault(path, key) == key, f"{path} was given to {owners[path]} and to {key}"
        by_zxid = [path for path, _ in sorted(self.sequential.items(), key=lambda entry: entry[1][0])]
        assert by_zxid == sorted(by_zxid), f"numbers of sequential nodes out of order: {by_zxid[-30:]}"


class EnsembleLoad(Load):
    """The workers go from server to server and don't end with any."""

    def __init__(self, ensemble, seed, workers):
        super().__init__(ensemble.servers[0], seed, workers, RoamingWorker)
        self.ensemble = ensemble

    def _target(self):
        return self.ensemble.places

    def wait_for_more(self, count):
        """Requests acknowledged from now on."""
        self.wait_for(self._acknowledged + count)

    def end(self):
        for worker in self.workers:
            worker.over.set()
        self.join()
        for worker in self.workers:
            worker.over.clear()

    def audit_all(self):
        """Every server has the same: all that was acknowledged."""
        for self.server in self.ensemble.servers:
            try:
                self.audit()
            except AssertionError as failure:
                raise AssertionError(f"server {self.server.number}: {failure}") from failure

    def report(self):
        def total(name):
            return sum(getattr(w, name) for w in self.workers)
        return (f"acknowledged_writes={self.acknowledged_writes()} lost_connections={total('losses')} without_reply: "
                f"done={self.done + total('done')} not_done={self.not_done + total('not_done')} "
                f"refused={total('refused')} "
                f"sessions={total('sessions')}")

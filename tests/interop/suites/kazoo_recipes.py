"""kazoo's recipes between clients, and a held lock over a server that is killed."""

import threading

from kazoo.exceptions import LockTimeout
from kazoo.protocol.states import KazooState
from kazoo.recipe.cache import TreeCache, TreeEvent

from fixture.kazoo_case import SECONDS, Heard, KazooCase, synced
from fixture.process import eventually


class RecipeCase(KazooCase):
    def setUp(self):
        self.one, self.two = self.client(), self.client()
        self.path = f"{self.node(self.one)}/recipe"

    def background(self, work):
        """Runs it in a thread that the test waits for at its end; gives an event that says that it is through."""
        through = threading.Event()
        thread = threading.Thread(target=lambda: (work(), through.set()), daemon=True)
        thread.start()
        self.addCleanup(thread.join, SECONDS)
        return through

    def passed(self, event, what):
        self.assertTrue(event.wait(SECONDS), what)


class Locks(RecipeCase):
    def test_a_lock_is_held_by_one(self):
        ours, theirs = self.one.Lock(self.path, "one"), self.two.Lock(self.path, "two")
        with ours:
            self.assertFalse(theirs.acquire(blocking=False))
            self.assertRaises(LockTimeout, theirs.acquire, timeout=0.1)
            synced(self.two)
            self.assertEqual(["one"], theirs.contenders())
        self.assertTrue(theirs.acquire(timeout=SECONDS))
        theirs.release()

    def test_a_lock_passes_on_in_order(self):
        order = []

        def wait_for(lock, name):
            with lock:
                order.append(name)

        first = self.one.Lock(self.path, "first")
        first.acquire()
        waiting = []
        for name in ("second", "third", "fourth"):
            waiting.append(self.background(lambda name=name: wait_for(self.two.Lock(self.path, name), name)))
            eventually(lambda: len(first.contenders()) == 1 + len(waiting), SECONDS, "it queued up")
        first.release()
        for event in waiting:
            self.passed(event, "each had its turn")
        self.assertEqual(["second", "third", "fourth"], order)

    def test_readers_share_and_a_writer_does_not(self):
        reader, another = self.one.ReadLock(self.path), self.two.ReadLock(self.path)
        writer = self.two.WriteLock(self.path)
        with reader:
            with another:
                self.assertFalse(writer.acquire(blocking=False))
        self.assertTrue(writer.acquire(timeout=SECONDS))
        self.assertFalse(self.one.ReadLock(self.path).acquire(blocking=False))
        writer.release()

    def test_a_semaphore_has_so_many_leases(self):
        ours, theirs = (c.Semaphore(self.path, max_leases=2) for c in (self.one, self.two))
        third = self.one.Semaphore(self.path, "third", max_leases=2)
        ours.acquire(), theirs.acquire()
        self.assertFalse(third.acquire(blocking=False))
        theirs.release()
        self.assertTrue(third.acquire(timeout=SECONDS))

    def test_a_lock_of_a_session_that_ends_is_free(self):
        self.one.Lock(self.path).acquire()
        theirs = self.two.Lock(self.path)
        got = self.background(lambda: theirs.acquire(timeout=SECONDS))
        eventually(lambda: len(theirs.contenders()) == 2, SECONDS, "it queued up")
        self.assertFalse(got.is_set())
        self.one.stop()
        self.passed(got, "the lock is free")
        self.assertTrue(theirs.is_acquired)

    def test_a_held_lock_survives_a_killed_server(self):
        states = Heard()
        self.one.add_listener(states)
        ours, theirs = self.one.Lock(self.path), self.two.Lock(self.path)
        ours.acquire()
        got = self.background(lambda: theirs.acquire(timeout=SECONDS))
        eventually(lambda: len(ours.contenders()) == 2, SECONDS, "it queued up")
        session = self.one.client_id[0]
        self.server.restart(crash=True)
        states.until(KazooState.CONNECTED)
        self.assertEqual(session, self.one.client_id[0])
        holder = self.one.retry(self.one.exists, f"{self.path}/{ours.node}")
        self.assertEqual(session, holder.ephemeralOwner)
        self.assertFalse(got.is_set())
        ours.release()
        self.passed(got, "the lock passed on")


class Recipes(RecipeCase):
    def test_election(self):
        terms, end = Heard(), threading.Event()

        def lead(name):
            terms(name)
            end.wait(SECONDS)

        first, second = self.one.Election(self.path, "first"), self.two.Election(self.path, "second")
        self.background(lambda: first.run(lead, "first"))
        self.assertEqual("first", terms.next())
        self.background(lambda: second.run(lead, "second"))
        eventually(lambda: second.contenders() == ["first", "second"], SECONDS, "both stand")
        self.assertTrue(terms.silent())
        end.set()
        self.assertEqual("second", terms.next())

    def test_barrier(self):
        ours, theirs = self.one.Barrier(self.path), self.two.Barrier(self.path)
        ours.create()
        synced(self.two)
        self.assertFalse(theirs.wait(0.1))
        open_ = self.background(lambda: theirs.wait(SECONDS))
        ours.remove()
        self.passed(open_, "it opened")
        self.assertIsNone(self.one.exists(self.path))

    def test_double_barrier(self):
        ours, theirs = self.one.DoubleBarrier(self.path, 2, "one"), self.two.DoubleBarrier(self.path, 2, "two")
        entered = self.background(theirs.enter)
        ours.enter()
        self.passed(entered, "both are in")
        left = self.background(theirs.leave)
        ours.leave()
        self.passed(left, "both are out")

    def test_queue_by_priority(self):
        ours, theirs = self.one.Queue(self.path), self.two.Queue(self.path)
        for value, priority in ((b"b", 100), (b"c", 100), (b"a", 50)):
            ours.put(value, priority)
        synced(self.two)
        self.assertEqual([b"a", b"b", b"c", None], [theirs.get() for _ in range(4)])

    def test_locking_queue_consumes_what_was_done(self):
        ours, theirs = self.one.LockingQueue(self.path), self.two.LockingQueue(self.path)
        ours.put_all([b"a", b"b"])
        self.assertEqual(b"a", ours.get(SECONDS))
        self.assertEqual(b"b", theirs.get(SECONDS))
        self.assertTrue(ours.consume())
        self.assertTrue(theirs.release())
        self.assertEqual(b"b", ours.get(SECONDS))

    def test_party(self):
        ours, theirs = self.one.Party(self.path, "one"), self.two.Party(self.path, "two")
        ours.join(), theirs.join()
        synced(self.one)
        self.assertEqual(["one", "two"], sorted(ours))
        theirs.leave()
        synced(self.one)
        self.assertEqual(["one"], list(ours))
        self.one.stop()
        eventually(lambda: len(theirs) == 0, SECONDS, "gone with its session")

    def test_shallow_party(self):
        ours = self.one.ShallowParty(self.path, "one")
        ours.join()
        self.assertEqual(["one"], list(synced(self.two).ShallowParty(self.path, "two")))

    def test_counter_of_two_clients(self):
        ours, theirs = self.one.Counter(self.path), self.two.Counter(self.path)

        def add():
            for _ in range(25):
                theirs + 2  # an addition changes the counter itself

        done = self.background(add)
        for _ in range(25):
            ours -= 1
        self.passed(done, "the other one counted too")
        synced(self.one)
        self.assertEqual(25, ours.value)

    def test_tree_cache(self):
        cache, events = TreeCache(self.two, self.path), Heard()
        self.one.create(self.path, b"1")
        cache.listen(lambda event: events(event.event_type))
        cache.start()
        self.addCleanup(cache.close)
        events.until(TreeEvent.INITIALIZED)
        self.one.create(f"{self.path}/a", b"2")
        self.one.set(self.path, b"3")
        eventually(lambda: cache.get_data(f"{self.path}/a") and cache.get_data(self.path).data == b"3", SECONDS,
                   "it follows")
        self.one.delete(f"{self.path}/a")
        eventually(lambda: cache.get_children(self.path) == frozenset(), SECONDS, "it forgets")

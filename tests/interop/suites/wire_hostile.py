"""Hostile, broken and slow clients: their connection is closed, nobody else notices, nothing in the tree changes."""

import os
import random
import resource
import socket
import struct
import time

from fixture import ops
from fixture.case import ServerCase, by, zabra_only
from fixture.jute import Reader, i32, i64, string
from fixture.link import EVENT_XID, PING_XID, Closed, Link, connect_request, granted

MAXBUFFER = 1048575                       # jute.maxbuffer's default
MIB = 1 << 20
SESSIONLESS = 1.0                         # seconds
SEED = int(os.environ.get("ZABRA_SEED", "1"), 0)



class HostileCase(ServerCase):
    """Beside every test a well-behaved session looks on: it must keep its connection, its node and its watch."""

    def setUp(self):
        self.keeper = self.link(timeout=60000)
        self.r = self.root(self.keeper)
        self.kept = self.keeper.create(self.r + "/kept", b"data", flags=ops.EPHEMERAL)
        self.before = self.keeper.get(self.kept, True)
        self.addCleanup(self.assert_unharmed)  # runs before the links are closed

    def assert_unharmed(self):
        self.assertEqual([], self.keeper.events())
        self.assertEqual(self.before, self.keeper.get(self.kept))
        self.assertEqual(["kept"], self.keeper.children(self.r))
        newcomer = self.link()
        newcomer.set(self.kept, b"new")
        self.assertEqual([(ops.DATA_CHANGED, self.kept)], self.keeper.events())
        newcomer.end_session()

    def assert_no_room(self, **more):
        """A connection is closed as it comes, without a byte; that may show in connect already."""
        try:
            link = self.bare_link(**more)
        except ConnectionError:
            return
        self.assertTrue(link.closed())

    def resident(self):
        """The server's resident bytes."""
        with open(f"/proc/{self.server.child.process.pid}/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))


class BeforeTheSession(HostileCase):
    settings = {"nio.sessionlessCnxnTimeout": int(SESSIONLESS * 1000)}

    def test_bad_lengths(self):
        for length in (-1, -2**31, 0, MAXBUFFER + 1, 2**31 - 1):
            link = self.bare_link()
            link.send_bytes(i32(length))
            self.assertTrue(link.closed(SESSIONLESS * 0.7), length)

    def test_the_greatest_length_is_waited_for(self):
        link = self.bare_link()
        link.send_bytes(i32(MAXBUFFER))
        self.assertTrue(link.silent(SESSIONLESS * 0.5))

    def test_other_protocols(self):
        for data in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"\x00" * 160,
                     b"SSH-2.0-OpenSSH_9.2\r\n", b"\xff" * 100):
            link = self.bare_link()
            link.send_bytes(data)
            self.assertTrue(link.closed(), data)

    def test_a_first_frame_that_is_no_connect_request(self):
        for frame in (i32(1) + i32(ops.GET_DATA) + ops.watched("/"), i32(-2) + i32(ops.PING), b"\0" * 10, b"\xff" * 44,
                      i32(1) + i32(ops.CREATE) + ops.create("/by-nobody")):
            link = self.bare_link()
            link.send_frame(frame)
            try:
                link.receive_frame()  # 44 bytes of anything can be read as one: then it is refused
            except Closed:
                pass
            self.assertTrue(link.closed(), frame)
        self.assertIsNone(self.keeper.stat("/by-nobody"))

    def test_who_says_nothing_is_closed_after_the_sessionless_time(self):
        for said in (b"", b"\0\0", i32(45), i32(45) + connect_request()[:30]):
            link = self.bare_link()
            link.send_bytes(said)
            started = time.monotonic()
            self.assertTrue(link.closed(), said)
            passed = time.monotonic() - started
            self.assertGreater(passed, SESSIONLESS * 0.9)
            self.assertLess(passed, 2 * SESSIONLESS + 2)

    def test_who_drips_is_closed_all_the_same(self):
        # 3.8.0 counts from the last byte, so that anybody can hold a connection for ever.
        link = self.bare_link()
        link.send_bytes(i32(1000))
        started = time.monotonic()
        while time.monotonic() - started < 2 * SESSIONLESS + by(zabra=2, apache=0.5) and link.silent(0.2):
            link.send_bytes(b"x")
        self.assertEqual(by(zabra=True, apache=False), not link.silent(0.2))

    def test_who_resets_his_connection_at_any_point(self):
        request = i32(len(connect_request())) + connect_request()
        for number in range(200):
            link = self.bare_link()
            link.send_bytes(request[:number % (len(request) + 1)])
            link.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            link.close()

    def test_lengths_that_are_only_announced_take_no_memory(self):
        before = self.resident()
        links = [self.bare_link() for _ in range(200)]
        for link in links:
            link.send_bytes(i32(MAXBUFFER) + b"x" * 100)
        self.assertEqual(0, self.keeper.call(ops.EXISTS, ops.watched("/")).err)
        if by(zabra=True, apache=False):  # Java allocates as it is told
            self.assertLess(self.resident() - before, 64 * MIB)

    def test_random_bytes(self):
        print(f"ZABRA_SEED={SEED}", flush=True)
        dice = random.Random(SEED)
        for _ in range(300):
            link = self.bare_link()
            data = dice.randbytes(dice.randrange(1, 200))
            if dice.random() < 0.5:
                data = i32(len(data)) + data
            link.send_bytes(data)
            link.close()


class OnASession(HostileCase):
    def victim(self):
        return self.link(timeout=60000)

    def assert_session_lives(self, link):
        again = self.link(session=link.granted.session, password=link.granted.password, timeout=60000)
        self.assertEqual(link.granted.session, again.granted.session)
        again.end_session()

    def test_bad_lengths_close_without_a_word_and_the_session_lives(self):
        for data in (i32(-1), i32(-2**31), i32(0), i32(MAXBUFFER + 1), i32(2**31 - 1), b"ruok",
                     b"GET / HTTP/1.1\r\n\r\n"):
            link = self.victim()
            link.send_bytes(data)
            self.assertTrue(link.closed(), data)
            self.assert_session_lives(link)

    def test_frames_without_a_whole_header(self):
        for length in range(1, 8):
            link = self.victim()
            link.send_frame(b"\0" * length)
            self.assertTrue(link.closed(), length)
            self.assert_session_lives(link)

    def test_a_second_connect_request_is_an_unknown_op(self):
        link = self.victim()
        link.send_frame(connect_request())
        answer = link.reply()
        self.assertEqual((0, ops.UNIMPLEMENTED, -1), (answer.xid, answer.err, answer.zxid))
        self.assertTrue(link.closed())

    def test_what_came_before_a_bad_length_is_done(self):
        link = self.victim()
        path = self.root(self.keeper)
        creates = [i32(n) + i32(ops.CREATE) + ops.create(f"{path}/{n}") for n in range(20)]
        link.send_bytes(b"".join(i32(len(create)) + create for create in creates))
        self.assertEqual(list(range(20)), [link.reply().xid for _ in range(20)])
        link.send_bytes(i32(-5))
        self.assertTrue(link.closed())
        self.assertEqual(20, len(self.keeper.children(path)))

    def test_strings_and_lists_of_impossible_lengths(self):
        link = self.victim()
        for op, body in ((ops.GET_DATA, i32(-2)), (ops.GET_DATA, i32(2**31 - 1)), (ops.GET_DATA, i32(100) + b"/x"),
                         (ops.CREATE, string("/x") + i32(2**31 - 1)), (ops.CREATE, string("/x") + i32(-2)),
                         (ops.CREATE, string("/x") + string("") + i32(2**31 - 1)),
                         (ops.SET_WATCHES, i64(0) + i32(2**31 - 1)), (ops.MULTI_READ, b""),
                         (ops.SET_WATCHES2, i64(0) + i32(0) * 4 + i32(10**9)),
                         (ops.MULTI, ops.header(ops.CREATE) + string("/x")), (ops.MULTI, b"\0")):
            self.assertEqual(ops.MARSHALLING, link.call(op, body).err, (op, body))
        self.assertEqual(0, link.call(ops.EXISTS, ops.watched("/")).err)

    def test_the_greatest_frame_is_served_and_its_node_can_be_read(self):
        link = self.victim()
        path = self.root(self.keeper) + "/great"
        rest = 8 + len(ops.create(path, b""))
        data = b"x" * (MAXBUFFER - rest)
        self.assertEqual(path, link.create(path, data))
        self.assertEqual(data, link.get(path)[0])
        link.send_bytes(i32(MAXBUFFER + 1))
        self.assertTrue(link.closed())
        self.keeper.delete(path)

    def test_a_slow_sender_is_served_and_delays_nobody(self):
        link = self.victim()
        request = i32(9) + i32(ops.EXISTS) + ops.watched("/")
        for byte in i32(len(request)) + request:
            link.send_bytes(bytes([byte]))
            self.assertEqual(0, self.keeper.call(ops.EXISTS, ops.watched("/")).err)
        self.assertEqual((9, 0), (link.reply().xid, 0))

    def test_broken_requests_of_every_op(self):
        print(f"ZABRA_SEED={SEED}", flush=True)
        dice = random.Random(SEED)
        path = self.root(self.keeper) + "/x"
        valid = [(ops.CREATE, ops.create(path)), (ops.CREATE2, ops.create(path)), (ops.DELETE, ops.versioned(path)),
                 (ops.EXISTS, ops.watched(path, True)), (ops.GET_DATA, ops.watched(path)),
                 (ops.SET_DATA, ops.set_data(path, b"abc")), (ops.GET_ACL, string(path)),
                 (ops.SET_ACL, ops.set_acl(path)), (ops.GET_CHILDREN, ops.watched(path, True)),
                 (ops.GET_CHILDREN2, ops.watched(path)), (ops.SYNC, string(path)), (ops.GET_EPHEMERALS, string(path)),
                 (ops.CREATE_CONTAINER, ops.create(path, flags=ops.CONTAINER)),
                 (ops.GET_ALL_CHILDREN_NUMBER, string(path)),
                 (ops.SET_WATCHES, ops.set_watches(0, [path], [path], [path])), (ops.ADD_WATCH, ops.numbered(path, 1)),
                 (ops.SET_WATCHES2, ops.set_watches2(0, [path], [path], [path], [path], [path])), (ops.WHO_AM_I, b""),
                 (ops.CHECK_WATCHES, ops.numbered(path, 1)), (ops.REMOVE_WATCHES, ops.numbered(path, 3)),
                 (ops.MULTI, ops.multi((ops.CREATE, ops.create(path)), (ops.CHECK, ops.versioned(path)))),
                 (ops.MULTI_READ, ops.multi((ops.GET_DATA, ops.watched(path)), (ops.GET_CHILDREN, ops.watched(path))))]
        # Some of these kill 3.8.0 for good: a TTL that is none.
        valid += by(zabra=[(ops.CREATE_TTL, ops.create_ttl(path)), (ops.RECONFIG, string(None) * 3 + i64(-1))],
                    apache=[])
        link = self.victim()
        for _ in range(by(zabra=3000, apache=500)):
            op, body = dice.choice(valid)
            xid = link.send(op, self.broken(dice, body))
            while (answered := Reader(link.receive_frame()).i32()) == EVENT_XID:  # with any bytes for a path
                pass
            self.assertEqual(xid, answered)

    def broken(self, dice, body):
        body = bytearray(body)
        for _ in range(dice.randrange(1, 4)):
            at = dice.randrange(len(body) + 1)
            kind = dice.randrange(3)
            if kind == 0:
                del body[at:]
            elif kind == 1:
                body[at:at] = dice.randbytes(dice.randrange(1, 5))
            elif at < len(body):
                # Not within the path, lest it become somebody else's.
                body[at] = body[at] if chr(body[at]) in "/tx" or chr(body[at]).isdigit() else dice.randrange(256)
        return bytes(body)


class NeverReading(HostileCase):
    def deaf(self, timeout):
        link = self.bare_link(receive_buffer=4096)
        link.connect(timeout=timeout)
        return link

    def drain(self, link):
        """Reads all that was sent until the end; gives the number of bytes."""
        count = len(link._unread)
        try:
            while piece := link.socket.recv(1 << 16):
                count += len(piece)
        except ConnectionError:
            pass
        return count

    def test_one_that_asks_and_never_reads_is_paused_and_ends_with_its_session(self):
        size, asked = by(zabra=(1_000_000, 2000), apache=(100_000, 300))
        node = self.root(self.keeper) + "/great"
        self.keeper.create(node, b"x" * size)
        before = self.resident()
        link = self.deaf(timeout=2000)
        frame = i32(1) + i32(ops.GET_DATA) + ops.watched(node)
        link.send_bytes((i32(len(frame)) + frame) * asked)
        self.assertEqual(0, self.link().call(ops.EXISTS, ops.watched("/")).err)  # newcomers too
        for _ in range(100):  # others go on, at once
            started = time.monotonic()
            self.assertEqual(0, self.keeper.call(ops.EXISTS, ops.watched("/")).err)
            self.assertLess(time.monotonic() - started, 2)
        if by(zabra=True, apache=False):
            self.assertLess(self.resident() - before, 64 * MIB)
        self.wait_until_gone(link)
        self.assertLess(self.drain(link), size * asked)
        self.keeper.delete(node)

    def wait_until_gone(self, link):
        """The session has ended: nobody can take it up."""
        mark = self.keeper.call(ops.EXISTS, ops.watched(self.r)).zxid
        deadline = time.monotonic() + 12
        while self.keeper.call(ops.PING, xid=PING_XID).zxid == mark:
            self.assertLess(time.monotonic(), deadline, "the session of the deaf client never ended")
            self.keeper.silent(0.05)

    @zabra_only("3.8.0 has no limit for events that nobody takes")
    def test_one_that_never_takes_its_events_is_closed_when_too_much_waits(self):
        node = self.root(self.keeper) + "/" + "n" * 400_000
        self.keeper.create(node)
        before = self.resident()
        link = self.deaf(timeout=60000)
        link.ok(ops.ADD_WATCH, ops.numbered(node, 0))
        for _ in range(250):  # 100 MB of events
            self.keeper.set(node)
        self.assertLess(self.resident() - before, 128 * MIB)
        self.assertLess(self.drain(link), 80 * MIB)
        self.keeper.delete(node)
        again = self.link(session=link.granted.session, password=link.granted.password)
        self.assertEqual(link.granted.session, again.granted.session)


class Many(HostileCase):
    def test_two_thousand_connections_at_once(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))  # ours, not the server's: it runs already
        links = []
        for _ in range(2000):
            links.append(self.bare_link())
            links[-1].send_frame(connect_request(timeout=60000))
        sessions = {granted(link.receive_frame()).session for link in links}
        self.assertEqual(2000, len(sessions))
        for number, link in enumerate(links):
            link.send(ops.CREATE, ops.create(f"{self.r}/kept-{number}", flags=ops.EPHEMERAL))
        self.assertEqual({0}, {link.reply().err for link in links})
        self.assertEqual(2001, len(self.keeper.children(self.r)))
        for link in links:
            link.send(ops.CLOSE_SESSION)
        self.assertEqual({0}, {link.reply().err for link in links})

    def test_two_thousand_that_come_and_go(self):
        for _ in range(2000):
            Link(self.server.place).close()


class PerAddress(HostileCase):
    settings = {"maxClientCnxns": 5}

    def test_one_address_has_only_so_many_connections(self):
        links = [self.link() for _ in range(4)]  # and the keeper's
        self.assert_no_room()
        for source in ("127.0.0.2", "127.0.0.3"):
            self.bare_link(source=source).connect()
        links[0].end_session()
        self.assertTrue(links[0].closed())
        links[0].close()  # both sides have to: until then the server may still be lingering on it
        self.wait_for_room()
        links[1].end_session()
        self.assertTrue(links[1].closed())
        links[1].close()

    def wait_for_room(self):
        """The place of a connection that has ended is free again, if not at once."""
        deadline = time.monotonic() + 5
        while True:
            try:
                with Link(self.server.place) as link:
                    link.connect()
                    return link.end_session()
            except (Closed, ConnectionError):
                self.assertLess(time.monotonic(), deadline)
                self.keeper.silent(0.05)


class AllAddresses(HostileCase):
    settings = {"maxCnxns": 5}

    def test_the_server_has_only_so_many_connections(self):
        links = [self.bare_link(source=f"127.0.0.{n}") for n in range(2, 6)]
        for link in links:
            link.connect()
        self.assert_no_room(source="127.0.0.9")
        self.assertEqual(0, links[0].call(ops.EXISTS, ops.watched("/")).err)
        for link in links:
            link.end_session()
            self.assertTrue(link.closed())


class SmallBuffer(HostileCase):
    settings = {"jute.maxbuffer": 2000}

    def test_the_configured_length_counts(self):
        link = self.link()
        path = self.root(self.keeper) + "/x"
        data = b"x" * (2000 - 8 - len(ops.create(path)))
        link.create(path, data)
        self.assertEqual(data, link.get(path)[0])
        link.send_bytes(i32(2001))
        self.assertTrue(link.closed())
        self.keeper.delete(path)

    def test_answers_may_be_longer(self):
        parent = self.root(self.keeper)
        for number in range(100):
            self.keeper.create(f"{parent}/{'n' * 50}{number}")
        self.assertEqual(100, len(self.keeper.children(parent)))


class Outstanding(HostileCase):
    settings = {"globalOutstandingLimit": 10}

    def test_more_requests_than_the_limit_wait_and_none_is_refused(self):
        link, parent = self.link(), self.root(self.keeper)
        frames = [i32(n) + i32(ops.CREATE) + ops.create(f"{parent}/{n}") for n in range(1, 1001)]
        link.send_bytes(b"".join(i32(len(f)) + f for f in frames))
        self.assertEqual([(n, 0) for n in range(1, 1001)],
                         [(a.xid, a.err) for a in (link.reply() for _ in range(1000))])
        self.assertEqual(1000, Reader(self.keeper.ok(ops.GET_ALL_CHILDREN_NUMBER, string(parent)).body).i32())

    def test_two_that_send_without_end_are_both_served(self):
        links = [self.link(), self.link()]
        parent = self.root(self.keeper)
        for number, link in enumerate(links):
            frame = i32(1) + i32(ops.SET_DATA) + ops.set_data(parent, b"%d" % number)
            link.send_bytes((i32(len(frame)) + frame) * 500)
        for link in links:
            self.assertEqual({0}, {link.reply().err for _ in range(500)})
        self.assertEqual(1000, self.keeper.stat(parent).version)

"""Sessions: opened, taken up again, refused, closed and expired."""

import socket
import time

from fixture import ops
from fixture.case import ServerCase, by, zabra_only
from fixture.identity import session_password
from fixture.jute import Reader, boolean, buffer, i32, string
from fixture.link import AUTH_XID, NO_PASSWORD, Closed, Granted, connect_request, granted

TICK = 0.5                # the fixture's tickTime, in seconds
SLACK = 1.5               # how late a busy machine may be
REFUSED = Granted(0, 0, NO_PASSWORD, False)
WRONG = b"\x01" * 16


class SessionCase(ServerCase):
    def again(self, link, **more):
        """Another connection for the session of `link`."""
        return self.link(**{"session": link.granted.session, "password": link.granted.password, **more})

    def assert_refused(self, **request):
        link = self.bare_link()
        self.assertEqual(REFUSED, link.connect(**request))
        self.assertTrue(link.closed())

    def assert_alive(self, link):
        self.assertEqual(0, link.call(ops.EXISTS, ops.watched("/")).err)


class Opening(SessionCase):
    def test_the_timeout_is_kept_within_the_limits(self):
        for asked, given in ((10000, 10000), (0, 1000), (-5, 1000), (999, 1000), (1001, 1001), (60001, 60000),
                             (2**31 - 1, 60000)):
            self.assertEqual(given, self.link(timeout=asked).granted.timeout, asked)

    def test_the_read_only_byte_is_answered_if_it_was_sent(self):
        for sent, answered in ((None, None), (False, False), (True, False)):
            self.assertIs(answered, self.link(read_only=sent).granted.read_only, sent)

    def test_what_is_odd_in_a_request_and_does_not_matter(self):
        for request in ({"version": 7}, {"version": -1}, {"last_zxid": -1}, {"last_zxid": -2**63}, {"password": None},
                        {"password": b""}, {"password": b"x" * 5}, {"password": b"x" * 20}):
            link = self.link(**request)
            self.assertEqual((10000, 16), (link.granted.timeout, len(link.granted.password)), request)
            self.assert_alive(link)
        link = self.bare_link()
        link.send_frame(connect_request()[:-1] + b"\x02 and more")
        self.assertEqual(False, granted(link.receive_frame()).read_only)

    def test_ids_differ_and_carry_the_servers_number(self):
        ids = [self.link().granted.session for _ in range(20)]
        self.assertEqual(sorted(set(ids)), ids)
        self.assertEqual({1}, {number >> 56 for number in ids})

    def test_the_first_id_is_made_of_the_time(self):
        # 3.8.0 takes a clock that starts with the machine.
        milliseconds = self.link().granted.session >> 16 & (2**40 - 1)
        now = int(time.time() * 1000) & (2**40 - 1)
        self.assertEqual(by(zabra=True, apache=(milliseconds - now) % 2**40 > 2**39),
                         (now - milliseconds) % 2**40 < 600_000)

    def test_the_password_is_computed_from_the_id_as_every_zookeeper_server_does(self):
        for _ in range(5):
            given = self.link().granted
            self.assertEqual(session_password(given.session), given.password)

    def test_opening_a_session_takes_a_zxid(self):
        first = self.link()
        before = first.call(ops.PING).zxid
        self.link()
        self.assertEqual(before + 1, first.call(ops.PING).zxid)

    def test_requests_right_behind_the_connect_request_wait_for_it(self):
        link = self.bare_link()
        frames = [connect_request(), i32(AUTH_XID) + i32(ops.AUTH) + ops.auth("digest", b"u:p"),
                  i32(1) + i32(ops.CREATE) + ops.create("/behind", flags=ops.EPHEMERAL),
                  i32(2) + i32(ops.GET_DATA) + ops.watched("/behind"), i32(-2) + i32(ops.PING),
                  i32(3) + i32(ops.WHO_AM_I)]
        link.send_bytes(b"".join(i32(len(f)) + f for f in frames))
        session = granted(link.receive_frame()).session
        answers = [link.reply() for _ in range(5)]
        self.assertEqual([(AUTH_XID, 0), (1, 0), (2, 0), (-2, 0), (3, 0)], [(a.xid, a.err) for a in answers])
        reader = Reader(answers[2].body)
        reader.buffer()
        self.assertEqual(session, reader.stat().owner)

    def test_a_connect_request_may_come_byte_by_byte(self):
        link = self.bare_link()
        request = connect_request()
        for byte in i32(len(request)) + request:
            link.send_bytes(bytes([byte]))
        self.assertEqual(10000, granted(link.receive_frame()).timeout)

    def test_a_client_that_has_seen_more_than_the_server_is_closed_without_a_word(self):
        link = self.link()
        last = link.call(ops.PING).zxid
        ahead = self.bare_link()
        ahead.send_frame(connect_request(last_zxid=last + 1000))
        self.assertTrue(ahead.closed())
        ahead = self.bare_link()
        ahead.send_frame(connect_request(last_zxid=2**62, session=link.granted.session, password=link.granted.password))
        self.assertTrue(ahead.closed())
        self.assert_alive(link)
        self.assertEqual(10000, self.link(last_zxid=last).granted.timeout)

    def test_a_client_that_closes_its_side_is_closed(self):
        for request in (b"", i32(45), i32(45) + connect_request()):
            link = self.bare_link()
            link.send_bytes(request)
            link.socket.shutdown(socket.SHUT_WR)
            while link.socket.recv(4096):
                pass


class DefaultLimits(SessionCase):
    settings = {"minSessionTimeout": -1, "maxSessionTimeout": -1}

    def test_they_are_two_and_twenty_ticks(self):
        self.assertEqual([1000, 10000], [self.link(timeout=t).granted.timeout for t in (1, 10**6)])


class TakingUpAgain(SessionCase):
    def test_id_and_password_give_the_session_back_with_its_ephemerals(self):
        first = self.link()
        path = first.create(self.root(first) + "/e", flags=ops.EPHEMERAL)
        first.close()
        second = self.again(first)
        self.assertEqual(first.granted, second.granted)
        self.assertEqual(first.granted.session, second.stat(path).owner)
        self.assertEqual([path], Reader(second.ok(ops.GET_EPHEMERALS, string("/")).body).strings())

    def test_it_takes_no_zxid(self):
        first, other = self.link(), self.link()
        before = other.call(ops.PING).zxid
        self.again(first)
        self.assertEqual(before, other.call(ops.PING).zxid)

    def test_the_older_connection_is_closed_without_a_word(self):
        first = self.link()
        second = self.again(first)
        self.assertTrue(first.closed())
        self.assert_alive(second)

    def test_the_timeout_is_agreed_upon_anew(self):
        first = self.link(timeout=10000)
        self.assertEqual([15000, 1000, 60000],
                         [self.again(first, timeout=t).granted.timeout for t in (15000, 1, 10**6)])

    def test_a_wrong_password_is_refused_and_harms_nobody(self):
        # 3.8.0 closes the rightful connection before it looks at the password.
        first = self.link()
        path = first.create(self.root(first) + "/e", flags=ops.EPHEMERAL)
        for password in (WRONG, NO_PASSWORD, b"", None, first.granted.password[:15], first.granted.password + b"x"):
            self.assert_refused(session=first.granted.session, password=password)
        rightful = by(zabra=first, apache=None) or self.again(first)
        self.assert_alive(rightful)
        self.assertIsNotNone(rightful.stat(path))

    def test_an_unknown_session_is_refused(self):
        for session in (1, -1, 0x0100000000000001, self.link().granted.session + 1000):
            self.assert_refused(session=session, password=session_password(session & (2**64 - 1)))

    def test_a_refusal_has_the_read_only_byte_only_if_it_was_sent(self):
        link = self.bare_link()
        self.assertIsNone(link.connect(session=77, password=WRONG, read_only=None).read_only)

    def test_writes_under_way_are_done_before_the_new_connection_reads(self):
        # The older connection's replies are lost with it, its requests are not undone.
        first = self.link()
        root = self.root(first)
        for number in range(50):
            first.send(ops.CREATE, ops.create(f"{root}/{number}", flags=ops.EPHEMERAL))
        first.reply()
        second = self.again(first)
        names = second.children(root)
        self.assertEqual(sorted(str(n) for n in range(len(names))), sorted(names))
        self.assertEqual(len(names), len(second.children(root)))

    def test_identities_and_watches_are_the_connections(self):
        first = self.link().authenticate("digest", b"u:p")
        first.children("/", True)
        second = self.again(first)
        self.root(self.link())
        self.assertEqual([], second.events())
        reader = Reader(second.ok(ops.WHO_AM_I).body)
        self.assertEqual(1, reader.i32())

    def test_two_hundred_times(self):
        link = first = self.link()
        path = first.create(self.root(first) + "/e", flags=ops.EPHEMERAL)
        for _ in range(200):
            link = self.again(first)
            link.close()
        self.assertIsNotNone(self.again(first).stat(path))


class Closing(SessionCase):
    def test_the_reply_is_the_last_word(self):
        link, other = self.link(), self.link()
        path = link.create(self.root(other) + "/e", flags=ops.EPHEMERAL)
        before = other.call(ops.PING).zxid
        answer = link.end_session()
        self.assertEqual((0, before + 1, b""), (answer.err, answer.zxid, answer.body))
        self.assertTrue(link.closed())
        self.assertIsNone(other.stat(path))

    def test_its_ephemerals_go_in_one_transaction(self):
        link, other = self.link(), self.link()
        root = self.root(other)
        for number in range(100):
            link.create(f"{root}/{number}", flags=ops.EPHEMERAL)
        before = other.stat(root)
        zxid = link.end_session().zxid
        self.assertEqual(before._replace(cversion=before.cversion + 100, pzxid=zxid, children=0), other.stat(root))

    def test_requests_behind_it_are_not_answered_and_not_done(self):
        link, other = self.link(), self.link()
        root = self.root(other)
        xid = link.send(ops.CLOSE_SESSION)
        link.send(ops.CREATE, ops.create(root + "/late"))
        link.send(ops.PING)
        self.assertEqual(xid, link.reply().xid)
        self.assertTrue(link.closed())
        self.assertIsNone(other.stat(root + "/late"))

    def test_requests_before_it_are_done(self):
        link, other = self.link(), self.link()
        root = self.root(other)
        sent = [link.send(ops.CREATE, ops.create(f"{root}/e{n}", flags=ops.EPHEMERAL)) for n in range(20)]
        sent += [link.send(ops.CREATE, ops.create(f"{root}/p"))]
        sent += [link.send(ops.CLOSE_SESSION)]
        self.assertEqual(sent, [link.reply().xid for _ in sent])
        self.assertEqual(["p"], other.children(root))

    def test_a_closed_session_cannot_be_taken_up(self):
        link = self.link()
        link.end_session()
        self.assert_refused(session=link.granted.session, password=link.granted.password)

    def test_a_dropped_connection_ends_nothing(self):
        link, other = self.link(), self.link()
        path = link.create(self.root(other) + "/e", flags=ops.EPHEMERAL)
        link.close()
        self.assertEqual([], other.events())
        self.assertIsNotNone(other.stat(path))

    def test_a_half_closed_connection_is_closed_and_the_session_lives(self):
        link = self.link()
        path = link.create(self.root(link) + "/e", flags=ops.EPHEMERAL)
        link.socket.shutdown(socket.SHUT_WR)
        self.assertTrue(link.closed())
        self.assertIsNotNone(self.again(link).stat(path))


class Expiry(SessionCase):
    def setUp(self):
        self.watcher = self.link()
        self.r = self.root(self.watcher)

    def owner(self, timeout=1000, name="e"):
        """A session with one ephemeral that is watched, and the time of its last word."""
        link = self.link(timeout=timeout)
        self.watcher.call(ops.EXISTS, ops.watched(f"{self.r}/{name}", True))
        link.create(f"{self.r}/{name}", flags=ops.EPHEMERAL)
        self.watcher.receive()
        self.watcher.get(f"{self.r}/{name}", True)
        said = time.monotonic()
        link.call(ops.PING)
        return link, said

    def assert_told_in_time(self, said, timeout, name="e"):
        event = self.watcher.receive()
        passed = time.monotonic() - said
        self.assertEqual((ops.DELETED, f"{self.r}/{name}"), (event.type, event.path))
        self.assertGreaterEqual(passed, timeout)
        self.assertLessEqual(passed, timeout + TICK + SLACK)

    def test_a_silent_session_ends_within_a_tick_of_its_deadline_and_its_connection_without_a_word(self):
        link, said = self.owner(1000)
        self.assert_told_in_time(said, 1.0)
        self.assertTrue(link.closed())
        self.assertIsNone(self.watcher.stat(self.r + "/e"))
        self.assert_refused(session=link.granted.session, password=link.granted.password)

    def test_a_session_without_a_connection_ends_the_same_way(self):
        link, said = self.owner(2000)
        link.close()
        self.assert_told_in_time(said, 2.0)
        self.assert_refused(session=link.granted.session, password=link.granted.password)

    def test_pings_and_any_request_keep_it(self):
        link, _ = self.owner(1000)
        for number in range(8):
            self.assertTrue(link.silent(0.4))
            link.call(*((ops.PING, b""), (ops.EXISTS, ops.watched("/no")))[number % 2])
        self.assertEqual([], self.watcher.events())
        self.assert_told_in_time(time.monotonic() - 0.05, 0.95)

    def test_auth_packets_do_not_keep_it(self):
        link, said = self.owner(1000)
        ended = False
        while not ended and time.monotonic() < said + 1.0 + TICK + SLACK:
            try:
                link.authenticate("digest", b"u:p")
                ended = not link.silent(0.2)
            except (OSError, Closed):  # while we were sending
                ended = True
        self.assertTrue(ended)
        self.assert_told_in_time(said, 1.0)

    def test_bytes_of_an_unfinished_frame_do_not_keep_it(self):
        link, said = self.owner(1000)
        link.send_bytes(i32(100))
        while link.silent(0.2):
            link.send_bytes(b"x")
        self.assert_told_in_time(said, 1.0)

    def test_taking_it_up_again_counts_as_a_word(self):
        link, _ = self.owner(2000)
        link.close()
        self.assertTrue(self.watcher.silent(1.2))
        said = time.monotonic()
        self.again(link, timeout=2000).close()
        self.assert_told_in_time(said, 2.0)

    def test_the_timeout_of_the_last_connection_counts(self):
        link, _ = self.owner(30000)
        said = time.monotonic()
        self.again(link, timeout=1000).close()
        self.assert_told_in_time(said, 1.0)

    def test_all_of_a_sessions_ephemerals_go_at_one_zxid(self):
        link, said = self.owner(1000)
        for number in range(20):
            link.create(f"{self.r}/{number}", flags=ops.EPHEMERAL)
        before = self.watcher.call(ops.PING).zxid
        self.assert_told_in_time(said, 1.0)
        stat = self.watcher.stat(self.r)
        self.assertEqual((before + 1, 0), (stat.pzxid, stat.children))

    def test_others_are_not_touched(self):
        link, said = self.owner(1000)
        other = self.link(timeout=60000)
        other.create(self.r + "/other", flags=ops.EPHEMERAL)
        other.close()
        self.assert_told_in_time(said, 1.0)
        self.assertEqual(["other"], self.watcher.children(self.r))
        self.assert_alive(self.again(other))

    @zabra_only("3.8.0 counts the time that it slept itself as the client's silence")
    def test_the_servers_own_sleep_is_not_the_clients_silence(self):
        link, _ = self.owner(2000)
        link.close()
        talking = self.link(timeout=2000)
        self.server.pause()
        try:
            talking.send(ops.PING)
            self.assertTrue(talking.silent(3.5))
        finally:
            self.server.resume()
        self.assertEqual(-2, talking.reply().xid)
        self.assert_alive(self.again(link))


class Truncated(SessionCase):
    def test_requests_that_cannot_be_read_are_closed_without_a_word(self):
        whole = connect_request()
        head = whole[:24]  # all before the password
        for request in (b"", b"\0" * 10, whole[:23], whole[:27], whole[:40], head + i32(-2) + boolean(False),
                        head + i32(2**31 - 1) + buffer(b"")):
            link = self.bare_link()
            link.send_frame(request)
            self.assertTrue(link.closed(), request)
        self.assert_alive(self.link())

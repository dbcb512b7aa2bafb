"""What a restart of the server leaves: everything that was acknowledged, sessions and ephemerals among it."""

import time

from fixture import ops
from fixture.case import ServerCase, by
from fixture.jute import Reader, string
from fixture.link import SET_WATCHES_XID

TICK, SLACK = 0.5, 1.5


class RestartCase(ServerCase):
    def again(self, link, **more):
        return self.link(**{"session": link.granted.session, "password": link.granted.password, **more})

    def each_restart(self):
        """Restarts the server in both ways, one subtest each."""
        for crash in (False, True):
            with self.subTest(crash=crash):
                yield lambda crash=crash: self.server.restart(crash)


class Restarts(RestartCase):
    def test_sessions_and_their_ephemerals_outlive_the_server(self):
        for restart in self.each_restart():
            link = self.link(timeout=30000)
            path = link.create(self.root(link) + "/e", b"mine", flags=ops.EPHEMERAL)
            last = link.call(ops.PING).zxid
            restart()
            self.assertTrue(link.closed())
            again = self.again(link, timeout=30000, last_zxid=last)
            self.assertEqual(link.granted, again.granted)
            data, stat = again.get(path)
            self.assertEqual((b"mine", link.granted.session), (data, stat.owner))
            self.assertEqual([path], Reader(again.ok(ops.GET_EPHEMERALS, string("/")).body).strings())
            again.end_session()
            self.assertIsNone(self.link().stat(path))

    def test_every_acknowledged_write_is_there_with_its_whole_stat(self):
        for restart in self.each_restart():
            link = self.link()
            root = self.root(link)
            for number in range(100):
                link.create(f"{root}/{number}", b"%d" % number)
            for number in range(0, 100, 3):
                link.set(f"{root}/{number}", b"changed")
            for number in range(0, 100, 7):
                link.delete(f"{root}/{number}")
            link.ok(ops.SET_ACL, ops.set_acl(root + "/1", ((3, "world", "anyone"), (31, "ip", "1.2.3.4"))))
            link.create(root + "/null", None)
            link.ok(ops.CREATE_CONTAINER, ops.create(root + "/box", flags=ops.CONTAINER))
            link.ok(ops.CREATE_TTL, ops.create_ttl(root + "/ttl", ttl=10**9))
            link.ok(ops.MULTI, ops.multi((ops.CREATE, ops.create(root + "/m")),
                                         (ops.CREATE, ops.create(root + "/m/n"))))
            before = self.picture(link, root)
            restart()
            self.assertEqual(before, self.picture(self.link(), root))

    def picture(self, link, root):
        paths = [root] + [f"{root}/{name}" for name in link.children(root)]
        return [(path, link.get(path), Reader(link.ok(ops.GET_ACL, string(path)).body).acls()) for path in paths]

    def test_a_closed_session_stays_closed(self):
        for restart in self.each_restart():
            link = self.link()
            path = link.create(self.root(link) + "/e", flags=ops.EPHEMERAL)
            link.end_session()
            restart()
            self.assertEqual(0, self.bare_link().connect(session=link.granted.session,
                                                         password=link.granted.password).timeout)
            self.assertIsNone(self.link().stat(path))

    def test_zxids_and_numbers_of_names_go_on(self):
        for restart in self.each_restart():
            link = self.link()
            root = self.root(link)
            names = [link.create(root + "/s-", flags=ops.SEQUENTIAL) for _ in range(3)]
            link.delete(names[1])
            last = link.call(ops.DELETE, ops.versioned(root + "/no")).zxid  # a failed write's zxid counts too
            restart()
            link = self.link()
            self.assertEqual(last + 1, link.call(ops.PING).zxid)  # the new session took one
            self.assertEqual(root + "/s-0000000003", link.create(root + "/s-", flags=ops.SEQUENTIAL))

    def test_a_new_session_has_an_id_that_no_other_ever_had(self):
        ids = [self.link().granted.session for _ in range(3)]
        for restart in self.each_restart():
            restart()
            ids += [self.link().granted.session for _ in range(3)]
        self.assertEqual(len(ids), len(set(ids)))

    def test_a_restarted_server_gives_every_session_its_whole_timeout(self):
        for restart in self.each_restart():
            owner = self.link(timeout=3000)
            path = owner.create(self.root(owner) + "/e", flags=ops.EPHEMERAL)
            stopped = time.monotonic()
            restart()
            serving = time.monotonic()
            watcher = self.link()
            watcher.get(path, True)
            event = watcher.receive()
            self.assertEqual((ops.DELETED, path), (event.type, event.path))
            self.assertGreaterEqual(time.monotonic() - stopped, 3.0)
            self.assertLessEqual(time.monotonic() - serving, 3.0 + TICK + SLACK)

    def test_watches_are_restored_by_the_client_and_miss_nothing(self):
        for restart in self.each_restart():
            link, other = self.link(), self.link()
            changed, same = (link.create(self.root(link) + "/w") for _ in range(2))
            link.get(changed, True)
            seen = link.call(ops.PING).zxid
            link.close()
            other.set(changed)
            restart()
            again = self.again(link, last_zxid=seen)
            answer = again.call(ops.SET_WATCHES, ops.set_watches(seen, [changed, same]), SET_WATCHES_XID)
            self.assertEqual([(ops.DATA_CHANGED, changed)], [(e.type, e.path) for e in answer.events])
            self.link().set(same)
            self.assertEqual([(ops.DATA_CHANGED, same)], again.events())

    def test_a_client_ahead_of_a_server_that_lost_nothing_is_one_that_knows_another(self):
        for restart in self.each_restart():
            link = self.link()
            last = link.call(ops.PING).zxid
            restart()
            self.assertEqual(10000, self.link(last_zxid=last).granted.timeout)

    def test_requests_without_an_answer_are_done_whole_or_not_at_all(self):
        link = self.link()
        root = self.root(link)
        for number in range(300):
            link.send(ops.MULTI, ops.multi(*((ops.CREATE, ops.create(f"{root}/{name}{number:03}")) for name in "ab")))
        acknowledged = [link.reply() for _ in range(50)]
        self.server.restart(crash=True)
        names = self.link().children(root)
        done = len(names) // 2
        self.assertGreaterEqual(done, len(acknowledged))
        self.assertEqual([f"a{n:03}" for n in range(done)] + [f"b{n:03}" for n in range(done)], names)

    def test_twice_in_a_row_without_a_word_in_between(self):
        link = self.link()
        path = link.create(self.root(link) + "/x", b"kept")
        self.server.restart(crash=True)
        self.server.restart(crash=True)
        self.server.restart()
        self.assertEqual(b"kept", self.link().get(path)[0])


class Checkpointed(RestartCase):
    # So little log that files are rolled, and state has to be written otherwise than as a log.
    settings = {"txnLogSizeLimitInKb": 64, "snapCount": 200, "autopurge.snapRetainCount": 3}

    def test_many_restarts_with_changes_in_between(self):
        expected = {}
        owner = self.link(timeout=60000)
        root = self.root(owner)
        ephemeral = owner.create(root + "/e", flags=ops.EPHEMERAL)
        for round_ in range(by(zabra=12, apache=4)):
            link = self.link()
            for number in range(60):
                path = f"{root}/{number}"
                data = b"%d-%d-" % (round_, number) + b"x" * 500
                if path not in expected:
                    link.create(path, data)
                elif (number + round_) % 5 == 0:
                    link.delete(path)
                    del expected[path]
                    continue
                else:
                    link.set(path, data)
                expected[path] = data
            self.server.restart(crash=round_ % 2 == 0)
            link = self.link()
            self.assertEqual(sorted(p.rsplit("/", 1)[1] for p in expected) + ["e"], link.children(root))
            self.assertEqual(expected, {path: link.get(path)[0] for path in expected})
        self.assertEqual(owner.granted.session, self.again(owner).stat(ephemeral).owner)

"""Every op code a client can send: its answer, the zxid in it, the Stat it leaves."""

from fixture import ops
from fixture.case import ServerCase, by
from fixture.jute import OPEN, Reader, i32, i64, string


class Headers(ServerCase):
    def test_ping_is_answered_with_xid_minus_two_whatever_was_sent(self):
        link = self.link()
        for xid in (-2, 7, 0, -1):
            link.send(ops.PING, xid=xid)
            answer = link.reply()
            self.assertEqual((-2, 0, b""), (answer.xid, answer.err, answer.body))

    def test_xids_are_echoed_and_never_interpreted(self):
        link = self.link()
        for xid in (0, 5, 5, -2, -4, -8, -100, 2**31 - 1, -2**31, 3):
            link.send(ops.EXISTS, ops.watched("/"), xid)
            answer = link.reply()
            self.assertEqual((xid, 0), (answer.xid, answer.err))

    def test_a_write_carries_its_own_zxid_and_reads_the_last_applied(self):
        link = self.link()
        root = self.root(link)
        first = link.ok(ops.SET_DATA, ops.set_data(root, b"1")).zxid
        self.assertEqual(first + 1, link.call(ops.DELETE, ops.versioned(root, 77)).zxid)  # -103: a zxid all the same
        self.assertEqual(first + 2, link.call(ops.CREATE, ops.create("no-slash")).zxid)       # -8: too
        self.assertEqual(first + 3, link.call(ops.SET_ACL, ops.set_acl(root, None)).zxid)     # -114: too
        for op, body in ((ops.EXISTS, ops.watched(root)), (ops.GET_DATA, ops.watched("/missing")), (ops.PING, b""),
                         (ops.SYNC, string(root)), (ops.WHO_AM_I, b""), (ops.ADD_WATCH, ops.numbered(root, 0)),
                         (ops.SET_WATCHES, ops.set_watches(first)), (ops.CHECK_WATCHES, ops.numbered("/x", 3))):
            self.assertEqual(first + 3, link.call(op, body).zxid, op)
        self.assertEqual(0, link.call(ops.AUTH, ops.auth("digest", b"u:p")).zxid)
        self.assertEqual(first + 4, link.end_session().zxid)

    def test_a_write_that_cannot_be_decoded_uses_up_a_zxid_and_harms_nothing(self):
        link = self.link()
        for op in (ops.CREATE, ops.CREATE2, ops.CREATE_CONTAINER, ops.CREATE_TTL, ops.DELETE, ops.SET_DATA, ops.SET_ACL,
                   ops.MULTI):
            last = link.call(ops.PING).zxid
            answer = link.call(op, i32(100))
            self.assertEqual((ops.MARSHALLING, last + 1, b""), (answer.err, answer.zxid, answer.body), op)
        self.assertEqual(0, link.call(ops.EXISTS, ops.watched("/")).err)

    def test_a_read_that_cannot_be_decoded_gets_an_error_and_uses_no_zxid(self):
        link = self.link()
        last = link.call(ops.PING).zxid
        for op in (ops.EXISTS, ops.GET_DATA, ops.GET_CHILDREN, ops.GET_CHILDREN2, ops.GET_ACL, ops.GET_EPHEMERALS,
                   ops.GET_ALL_CHILDREN_NUMBER, ops.SET_WATCHES, ops.SET_WATCHES2, ops.ADD_WATCH, ops.CHECK_WATCHES,
                   ops.REMOVE_WATCHES, ops.MULTI_READ):
            answer = link.call(op, i32(100))
            self.assertEqual((ops.MARSHALLING, last), (answer.err, answer.zxid), op)

    def test_bytes_behind_a_complete_request_are_ignored(self):
        link = self.link()
        root = self.root(link)
        for op, body in ((ops.EXISTS, ops.watched(root)), (ops.SET_DATA, ops.set_data(root)), (ops.PING, b"")):
            self.assertEqual(0, link.call(op, body + b"more than was asked for").err)

    def test_any_byte_but_zero_is_true(self):
        link = self.link()
        root = self.root(link)
        link.ok(ops.EXISTS, string(root) + b"\x05")
        self.assertEqual([(ops.DATA_CHANGED, root)],
                         [(e.type, e.path) for e in link.call(ops.SET_DATA, ops.set_data(root)).events])

    def test_pipelined_requests_are_answered_in_order(self):
        link = self.link()
        root = self.root(link)
        sent = []
        for number in range(200):
            sent.append(link.send(ops.CREATE, ops.create(f"{root}/{number}")))
            sent.append(link.send(ops.EXISTS, ops.watched(f"{root}/{number}")))
            sent.append(link.send(ops.CREATE, ops.create(f"{root}/{number}")))
        answers = [link.reply() for _ in sent]
        self.assertEqual(sent, [a.xid for a in answers])
        self.assertEqual([0, 0, ops.NODE_EXISTS] * 200, [a.err for a in answers])
        zxids = [a.zxid for a in answers]
        self.assertEqual(sorted(zxids), zxids)


class UnknownOps(ServerCase):
    def test_an_unknown_op_gets_unimplemented_with_zxid_minus_one_and_the_end(self):
        for op in (0, -1, 10, 23, 24, 99, 108, 110, 999, 4242, -100, 2**31 - 1, -2**31):
            with self.subTest(op=op):
                link = self.link()
                answer = link.call(op)
                self.assertEqual((ops.UNIMPLEMENTED, -1, b""), (answer.err, answer.zxid, answer.body))
                self.assertTrue(link.closed())

    def test_ops_of_the_server_itself_are_not_for_clients(self):
        # 3.8.0 answers 20 with -8 and -10 with a second ConnectResponse or -5; the sane answer is that of an unknown
        # op.
        for op, body, apache in ((ops.DELETE_CONTAINER, string("/x"), ops.BAD_ARGUMENTS),
                                 (ops.CREATE_SESSION, b"", ops.MARSHALLING)):
            with self.subTest(op=op):
                link = self.link()
                self.assertEqual(by(zabra=ops.UNIMPLEMENTED, apache=apache), link.call(op, body).err)
                self.assertEqual(by(zabra=True, apache=False), link.closed(by(zabra=15, apache=0.3)))

    def test_a_client_cannot_delete_a_node_with_delete_container(self):
        link = self.link()
        root = self.root(link)
        link.call(ops.DELETE_CONTAINER, string(root))
        self.assertIsNotNone(self.link().stat(root))

    def test_check_outside_a_multi(self):
        # 3.8.0 answers failures and leaves a success without any answer; since 3.8.5 and 3.9.3: -6 and close.
        for path, apache in (("/missing", ops.NO_NODE), ("/zookeeper", None)):
            with self.subTest(path=path):
                link = self.link()
                link.send(ops.CHECK, ops.versioned(path))
                if by(zabra=False, apache=apache is None):
                    self.assertTrue(link.silent(0.3))
                    continue
                self.assertEqual(by(zabra=ops.UNIMPLEMENTED, apache=apache), link.reply().err)
                self.assertEqual(by(zabra=True, apache=False), link.closed(by(zabra=15, apache=0.3)))

    def test_reconfig_on_a_server_alone_is_disabled(self):
        answer = self.link().call(ops.RECONFIG, string("") + string("1") + string(None) + i64(-1))
        self.assertEqual((ops.RECONFIG_DISABLED, b""), (answer.err, answer.body))


class ReconfigEnabled(ServerCase):
    settings = {"reconfigEnabled": "true"}

    def test_reconfig_on_a_server_alone_is_unimplemented_and_the_connection_stays(self):
        link = self.link()
        for _ in range(2):
            answer = link.call(ops.RECONFIG, string(None) + string(None) + string("server.1=a:1:2;3") + i64(-1))
            self.assertEqual(ops.UNIMPLEMENTED, answer.err)


class Operations(ServerCase):
    def test_create_answers_the_path_and_create2_the_stat_too(self):
        link = self.link()
        root = self.root(link)
        self.assertEqual(f"{root}/a", link.create(f"{root}/a", b"data"))
        answer = link.ok(ops.CREATE2, ops.create(f"{root}/b", b"data"))
        reader = Reader(answer.body)
        self.assertEqual(f"{root}/b", reader.string())
        stat = reader.stat()
        self.assertEqual(b"", reader.rest())
        self.assertEqual((answer.zxid,) * 3, (stat.czxid, stat.mzxid, stat.pzxid))
        self.assertEqual((0, 0, 0, 0, 4, 0),
                         (stat.version, stat.cversion, stat.aversion, stat.owner, stat.length, stat.children))
        self.assertEqual(stat.ctime, stat.mtime)
        self.assertEqual(stat, link.stat(f"{root}/b"))

    def test_delete_has_no_body_and_the_parent_shows_it(self):
        link = self.link()
        root = self.root(link)
        link.create(f"{root}/a")
        before = link.stat(root)
        answer = link.delete(f"{root}/a")
        self.assertEqual(b"", answer.body)
        after = link.stat(root)
        self.assertEqual((before.cversion + 1, answer.zxid, 0), (after.cversion, after.pzxid, after.children))
        self.assertEqual((before.mzxid, before.mtime, before.version), (after.mzxid, after.mtime, after.version))

    def test_set_data_changes_only_the_nodes_own_data_fields(self):
        link = self.link()
        root = self.root(link)
        link.create(f"{root}/a", b"1")
        parent, before = link.stat(root), link.stat(f"{root}/a")
        answer = link.ok(ops.SET_DATA, ops.set_data(f"{root}/a", b"222", 0))
        after = Reader(answer.body).stat()
        self.assertEqual((answer.zxid, 1, 3), (after.mzxid, after.version, after.length))
        self.assertGreaterEqual(after.mtime, before.mtime)
        self.assertEqual((before.czxid, before.ctime, before.pzxid, 0, 0),
                         (after.czxid, after.ctime, after.pzxid, after.cversion, after.aversion))
        self.assertEqual(parent, link.stat(root))
        self.assertEqual((b"222", after), link.get(f"{root}/a"))
        self.assertEqual(2, link.set(f"{root}/a", b"222").version)  # equal data is a change too

    def test_set_acl_changes_the_aversion_alone(self):
        link = self.link()
        root = self.root(link)
        before = link.stat(root)
        acl = ((1, "world", "anyone"), (16, "world", "anyone"))
        after = Reader(link.ok(ops.SET_ACL, ops.set_acl(root, acl, 0)).body).stat()
        self.assertEqual(before._replace(aversion=1), after)
        reader = Reader(link.ok(ops.GET_ACL, string(root)).body)
        self.assertEqual([(1, "world", "anyone"), (16, "world", "anyone")], reader.acls())
        self.assertEqual((after, b""), (reader.stat(), reader.rest()))

    def test_children_with_and_without_the_stat(self):
        link = self.link()
        root = self.root(link)
        for name in "cab":
            link.create(f"{root}/{name}")
        self.assertEqual(["a", "b", "c"], link.children(root))
        reader = Reader(link.ok(ops.GET_CHILDREN2, ops.watched(root)).body)
        self.assertEqual(["a", "b", "c"], sorted(reader.strings()))
        self.assertEqual(link.stat(root), reader.stat())
        self.assertEqual(i32(0), link.ok(ops.GET_CHILDREN, ops.watched(f"{root}/a")).body)

    def test_sync_echoes_whatever_text_it_is_given(self):
        link = self.link()
        for path in ("/", "/missing", "no-slash", "", "//"):
            self.assertEqual(string(path), link.ok(ops.SYNC, string(path)).body)
        self.assertEqual(i32(-1), link.ok(ops.SYNC, string(None)).body)

    def test_all_children_number_counts_descendants(self):
        link = self.link()
        root = self.root(link)
        for path in ("/a", "/a/b", "/a/b/c", "/d"):
            link.create(root + path)
        count = lambda path: Reader(link.ok(ops.GET_ALL_CHILDREN_NUMBER, string(path)).body).i32()  # noqa: E731
        self.assertEqual((4, 2, 0), (count(root), count(f"{root}/a"), count(f"{root}/d")))
        everything = count("/")
        link.create(f"{root}/e")
        self.assertEqual(everything + 1, count("/"))

    def test_get_ephemerals_lists_the_own_ones_by_plain_prefix(self):
        link, other = self.link(), self.link()
        root = self.root(link)
        for name in ("c", "cx", "d"):
            link.create(f"{root}/{name}", flags=ops.EPHEMERAL)
        other.create(f"{root}/others", flags=ops.EPHEMERAL)
        mine = [f"{root}/c", f"{root}/cx", f"{root}/d"]
        of = lambda prefix: sorted(Reader(link.ok(ops.GET_EPHEMERALS, string(prefix)).body).strings())  # noqa: E731
        for prefix in ("/", "", None, "  ", root):
            self.assertEqual(mine, of(prefix), prefix)
        self.assertEqual(mine[:2], of(f"{root}/c"))
        self.assertEqual([], of("nope"))

    def test_whoami_lists_every_identity_of_the_connection(self):
        link = self.link()
        for text in (b"a:b", b"a:c", b"nocolon", b""):
            link.authenticate("digest", text)
        link.authenticate("digest", b"a:b")  # a set: no second entry
        reader = Reader(link.ok(ops.WHO_AM_I).body)
        ids = sorted((reader.string(), reader.string()) for _ in range(reader.i32()))
        self.assertEqual([("digest", ""), ("digest", "a"), ("digest", "a"), ("digest", "nocolon"), ("ip", "127.0.0.1")],
                         ids)

    def test_null_and_empty_data_are_kept_apart(self):
        link = self.link()
        root = self.root(link)
        for path, data in ((f"{root}/null", None), (f"{root}/empty", b"")):
            link.create(path, data)
            self.assertEqual((data, 0), (link.get(path)[0], link.get(path)[1].length))
        link.set(f"{root}/empty", None)
        link.set(f"{root}/null", b"")
        self.assertEqual((None, b""), (link.get(f"{root}/empty")[0], link.get(f"{root}/null")[0]))

    def test_null_paths(self):
        link = self.link()
        for op, body, err in ((ops.EXISTS, ops.watched(None), -5), (ops.GET_DATA, ops.watched(None), -5),
                              (ops.GET_CHILDREN, ops.watched(None), -5), (ops.GET_ACL, string(None), -5),
                              (ops.GET_ALL_CHILDREN_NUMBER, string(None), -5), (ops.CREATE, ops.create(None), -5),
                              (ops.DELETE, ops.versioned(None), -5), (ops.SET_DATA, ops.set_data(None), -8),
                              (ops.SET_ACL, ops.set_acl(None), -8), (ops.ADD_WATCH, ops.numbered(None, 0), 0)):
            self.assertEqual(err, link.call(op, body).err, op)

    def test_null_and_empty_acl_lists_are_invalid(self):
        link = self.link()
        root = self.root(link)
        for count in (-1, 0, -2):  # -2 is read as an empty list too
            body = string(f"{root}/x") + string("") + i32(count) + i32(0)
            self.assertEqual(ops.INVALID_ACL, link.call(ops.CREATE, body).err, count)
            self.assertEqual(ops.INVALID_ACL, link.call(ops.SET_ACL, string(root) + i32(count) + i32(-1)).err, count)
        body = string(f"{root}/x") + string("") + i32(2**31 - 1) + i32(0)
        self.assertEqual(ops.MARSHALLING, link.call(ops.CREATE, body).err)

    def test_the_empty_path_reads_the_root(self):
        link = self.link()
        self.assertEqual(link.stat("/"), link.stat(""))
        self.assertEqual(link.children("/"), link.children(""))
        self.assertEqual(link.get("/"), link.get(""))
        for op, body in ((ops.DELETE, ops.versioned("")), (ops.SET_DATA, ops.set_data("")),
                         (ops.CREATE, ops.create(""))):
            self.assertEqual(ops.BAD_ARGUMENTS, link.call(op, body).err, op)

    def test_reads_validate_no_paths(self):
        link = self.link()
        for path in ("foo", "/zookeeper/", "//", "/..", b"/\xff\xfe"):
            for op in (ops.EXISTS, ops.GET_DATA, ops.GET_CHILDREN, ops.GET_CHILDREN2):
                self.assertEqual(ops.NO_NODE, link.call(op, ops.watched(path)).err, (op, path))
        self.assertEqual(ops.BAD_ARGUMENTS, link.call(ops.EXISTS, ops.watched("/a\0b")).err)
        self.assertEqual(ops.NO_NODE, link.call(ops.GET_DATA, ops.watched("/a\0b")).err)

    def test_great_values_come_back_whole(self):
        link = self.link()
        root = self.root(link)
        data = bytes(range(256)) * 4000
        link.create(f"{root}/big", data)
        self.assertEqual(data, link.get(f"{root}/big")[0])

    def test_deep_and_long_paths(self):
        link = self.link()
        root = self.root(link)
        path = root
        for _ in range(300):
            path += "/d"
            link.create(path)
        self.assertEqual(300, Reader(link.ok(ops.GET_ALL_CHILDREN_NUMBER, string(root)).body).i32())
        long = f"{root}/{'n' * 300000}"
        self.assertEqual(long, link.create(long))


class FirstStart(ServerCase):
    """The nodes of an empty server (reference 7.4); nothing but reads happens before."""

    def test_the_reserved_nodes(self):
        link = self.link()
        zeroes = dict(czxid=0, mzxid=0, ctime=0, mtime=0, version=0, owner=0, length=0, pzxid=0)
        for path, cversion, children, aversion, acl in (
                ("/", -1, 1, 0, 31), ("/zookeeper", -2, 2, 0, 31), ("/zookeeper/config", 0, 0, -1, 1),
                ("/zookeeper/quota", 0, 0, 0, 31)):
            data, stat = link.get(path)
            self.assertEqual(b"", data, path)
            self.assertEqual({**zeroes, "cversion": cversion, "children": children, "aversion": aversion},
                             stat._asdict(), path)
            self.assertEqual([(acl, "world", "anyone")], Reader(link.ok(ops.GET_ACL, string(path)).body).acls())
        self.assertEqual(3, Reader(link.ok(ops.GET_ALL_CHILDREN_NUMBER, string("/")).body).i32())
        for path in ("/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"):
            self.assertEqual(ops.BAD_ARGUMENTS, link.call(ops.DELETE, ops.versioned(path)).err, path)
        self.assertEqual(ops.NO_AUTH, link.call(ops.SET_DATA, ops.set_data("/zookeeper/config")).err)
        link.create("/a")
        self.assertEqual((0, 2), (link.stat("/").cversion, link.stat("/").children))
        for path in ("/", "/zookeeper", "/zookeeper/quota"):
            link.set(path, b"data")
            link.ok(ops.SET_ACL, ops.set_acl(path, OPEN))
        link.create("/zookeeper/x")

"""multi and multiRead, and sequential names with them."""

from fixture import ops
from fixture.case import ServerCase, by
from fixture.jute import Reader, i32, i64, string

KINDS_OF_CREATE = (ops.CREATE, ops.CREATE2, ops.CREATE_CONTAINER)


class Multi(ServerCase):
    def multi(self, link, *items):
        answer = link.call(ops.MULTI, ops.multi(*items))
        self.assertEqual(0, answer.err)
        return answer.zxid, ops.multi_results(answer.body)

    def errors(self, link, *items):
        """The codes of a multi that fails: every item answers with type -1 and its code twice."""
        _, results = self.multi(link, *items)
        for kind, err, code in results:
            self.assertEqual((-1, code), (kind, err))
        return [code for _, _, code in results]

    def test_every_kind_of_item_at_once(self):
        link = self.link()
        root = self.root(link)
        zxid, results = self.multi(
            link, (ops.CREATE, ops.create(f"{root}/a", b"1")), (ops.CREATE2, ops.create(f"{root}/b", b"22")),
            (ops.CREATE_CONTAINER, ops.create(f"{root}/c", flags=ops.CONTAINER)),
            (ops.CREATE_TTL, ops.create_ttl(f"{root}/t")), (ops.SET_DATA, ops.set_data(f"{root}/a", b"333", 0)),
            (ops.CHECK, ops.versioned(f"{root}/a", 1)), (ops.DELETE, ops.versioned(f"{root}/b", 0)))
        create2 = by(zabra=ops.CREATE2, apache=ops.CREATE)  # [3.9+]: create2 answers as create2
        self.assertEqual([1, create2, 15, 15, 5, 13, 2], [kind for kind, _, _ in results])
        self.assertEqual([0] * 7, [err for _, err, _ in results])
        values = [value for _, _, value in results]
        self.assertEqual(f"{root}/a", values[0])
        self.assertEqual([f"{root}/c", f"{root}/t"], [v[0] for v in values[2:4]])
        for stat in (values[2][1], values[3][1], values[4]):
            self.assertEqual((zxid, 0), (stat.mzxid, stat.owner))
        after = link.stat(root)
        self.assertEqual((zxid, 5, 3), (after.pzxid, after.cversion, after.children))
        self.assertEqual(after.mtime, link.stat(root).mtime)
        self.assertEqual(link.stat(f"{root}/a").mtime, link.stat(f"{root}/c").ctime)  # one time for all

    def test_a_result_shows_the_state_right_after_its_item(self):
        link = self.link()
        root = self.root(link)
        _, results = self.multi(link, (ops.SET_DATA, ops.set_data(root, b"1")), (ops.CREATE, ops.create(f"{root}/a")),
                                (ops.SET_DATA, ops.set_data(root, b"22")), (ops.DELETE, ops.versioned(f"{root}/a")))
        first, second = results[0][2], results[2][2]
        self.assertEqual((1, 0, 0, 1), (first.version, first.cversion, first.children, first.length))
        self.assertEqual((2, 1, 1, 2), (second.version, second.cversion, second.children, second.length))
        self.assertEqual(2, link.stat(root).cversion)

    def test_items_see_the_effects_of_earlier_ones(self):
        link = self.link()
        root = self.root(link)
        self.multi(link, (ops.CREATE, ops.create(f"{root}/a")), (ops.CREATE, ops.create(f"{root}/a/b")),
                   (ops.SET_DATA, ops.set_data(f"{root}/a/b", b"x", 0)), (ops.CHECK, ops.versioned(f"{root}/a/b", 1)))
        self.assertEqual(b"x", link.get(f"{root}/a/b")[0])
        self.assertEqual([0, 0, ops.NOT_EMPTY],
                         self.errors(link, (ops.CREATE, ops.create(f"{root}/n")),
                                     (ops.CREATE, ops.create(f"{root}/n/m")), (ops.DELETE, ops.versioned(f"{root}/n"))))

    def test_a_failure_undoes_everything_and_marks_what_follows(self):
        link = self.link()
        root = self.root(link)
        before = link.stat(root)
        zxid = link.call(ops.PING).zxid
        answer = link.call(ops.MULTI, ops.multi(
            (ops.CREATE, ops.create(f"{root}/a")), (ops.SET_DATA, ops.set_data(root, b"x")),
            (ops.CHECK, ops.versioned(root, 99)), (ops.DELETE, ops.versioned("/missing/x")),
            (ops.CREATE, ops.create("bad"))))
        self.assertEqual((0, zxid + 1), (answer.err, answer.zxid))
        self.assertEqual([0, 0, ops.BAD_VERSION, ops.RUNTIME_INCONSISTENCY, ops.RUNTIME_INCONSISTENCY],
                         [code for _, _, code in ops.multi_results(answer.body)])
        self.assertEqual((before, (b"", before)), (link.stat(root), link.get(root)))

    def test_each_error_an_item_can_have(self):
        link = self.link()
        root = self.root(link)
        link.create(f"{root}/e", flags=ops.EPHEMERAL)
        secret = self.root(link, acl=((1, "world", "anyone"),))
        for item, code in (
                ((ops.CREATE, ops.create("bad")), ops.BAD_ARGUMENTS),
                ((ops.CREATE, ops.create(f"{root}/x", acl=())), ops.INVALID_ACL),
                ((ops.CREATE, ops.create("/missing/x")), ops.NO_NODE),
                ((ops.CREATE, ops.create(f"{secret}/x")), ops.NO_AUTH),
                ((ops.CREATE, ops.create(f"{root}/e")), ops.NODE_EXISTS),
                ((ops.CREATE, ops.create(f"{root}/e/x")), ops.NO_CHILDREN_FOR_EPHEMERALS),
                ((ops.DELETE, ops.versioned(root)), ops.NOT_EMPTY),
                ((ops.DELETE, ops.versioned(f"{root}/e", 9)), ops.BAD_VERSION),
                ((ops.SET_DATA, ops.set_data(secret)), ops.NO_AUTH),
                ((ops.CHECK, ops.versioned("/missing")), ops.NO_NODE),
                ((ops.CHECK, ops.versioned("/missing/")), ops.BAD_ARGUMENTS),
                ((ops.CHECK, ops.versioned(root, -2)), ops.BAD_VERSION)):
            self.assertEqual([code], self.errors(link, item), item)

    def test_an_empty_multi_succeeds_and_takes_a_zxid(self):
        link = self.link()
        last = link.call(ops.PING).zxid
        self.assertEqual((last + 1, []), self.multi(link))

    def test_what_may_not_stand_in_a_multi_spoils_all_of_it(self):
        link = self.link()
        root = self.root(link)
        create = (ops.CREATE, ops.create(f"{root}/x"))
        for item in ((ops.SET_ACL, ops.set_acl(root)), (ops.EXISTS, ops.watched(root)), (ops.SYNC, string(root)),
                     (ops.MULTI, ops.multi()), (ops.DELETE_CONTAINER, string(root)), (ops.GET_DATA, ops.watched(root)),
                     (ops.GET_CHILDREN, ops.watched(root)), (ops.CREATE_SESSION, i32(1)), (99, b"")):
            answer = link.call(ops.MULTI, ops.multi(create, item))
            self.assertEqual((ops.MARSHALLING, b""), (answer.err, answer.body), item)
        for body in (b"", ops.header(ops.CREATE) + create[1], ops.multi((ops.GET_DATA, ops.watched(root)))):
            answer = link.call(ops.MULTI, body)
            self.assertEqual((ops.MARSHALLING, b""), (answer.err, answer.body))
        self.assertEqual([], link.children(root))

    def test_only_the_done_flag_ends_the_list(self):
        link = self.link()
        root = self.root(link)
        item = ops.header(ops.CREATE, err=77) + ops.create(f"{root}/x")
        answer = link.call(ops.MULTI, item + ops.header(55, True, 3) + b"behind the end")
        self.assertEqual((0, [(1, 0, f"{root}/x")]), (answer.err, ops.multi_results(answer.body)))

    def test_flags_that_an_item_may_not_have(self):
        link = self.link()
        root = self.root(link)
        for op in KINDS_OF_CREATE:
            for flags in (ops.TTL, ops.SEQUENTIAL_TTL):
                answer = link.call(ops.MULTI, ops.multi((op, ops.create(f"{root}/x", flags=flags))))
                self.assertEqual((ops.MARSHALLING, b""), (answer.err, answer.body), (op, flags))
            answer = link.call(ops.MULTI, ops.multi((op, ops.create(f"{root}/x", flags=7))))
            # 3.8.0 answers -8 in the results; [3.9+] the whole request is refused
            self.assertEqual(by(zabra=ops.MARSHALLING, apache=0), answer.err, op)

    def test_sequential_names_in_a_multi(self):
        link = self.link()
        root = self.root(link)
        three = [(ops.CREATE, ops.create(f"{root}/s-", flags=ops.SEQUENTIAL)) for _ in range(3)]
        names = lambda results: [value for _, _, value in results]  # noqa: E731
        self.assertEqual([f"{root}/s-000000000{n}" for n in range(3)], names(self.multi(link, *three)[1]))
        self.errors(link, *three, (ops.CHECK, ops.versioned(root, 9)))  # its numbers are given back
        self.assertEqual([f"{root}/s-000000000{n}" for n in range(3, 6)], names(self.multi(link, *three)[1]))

    def test_an_ephemeral_of_a_multi_belongs_to_the_session(self):
        link = self.link()
        root = self.root(link)
        self.multi(link, (ops.CREATE, ops.create(f"{root}/e", flags=ops.EPHEMERAL)))
        self.assertEqual(link.granted.session, link.stat(f"{root}/e").owner)
        link.end_session()
        self.assertIsNone(self.link().stat(f"{root}/e"))

    def test_a_multi_of_a_thousand_items(self):
        link = self.link()
        root = self.root(link)
        _, results = self.multi(link, *[(ops.CREATE, ops.create(f"{root}/{n}")) for n in range(1000)])
        self.assertEqual((1000, 1000), (len(results), link.stat(root).children))


class MultiRead(ServerCase):
    def test_each_item_has_its_own_result(self):
        link = self.link()
        root = self.root(link)
        link.set(root, b"data")
        secret = link.create(f"{root}/secret", acl=((2, "world", "anyone"),))
        answer = link.call(ops.MULTI_READ, ops.multi(
            (ops.GET_DATA, ops.watched(root)), (ops.GET_DATA, ops.watched("/missing")),
            (ops.GET_DATA, ops.watched(secret)), (ops.GET_CHILDREN, ops.watched(root)),
            (ops.GET_CHILDREN, ops.watched("/missing"))))
        self.assertEqual((0, link.call(ops.PING).zxid), (answer.err, answer.zxid))
        self.assertEqual([(4, 0, (b"data", link.stat(root))), (-1, ops.NO_NODE, ops.NO_NODE),
                          (-1, ops.NO_AUTH, ops.NO_AUTH), (8, 0, ["secret"]), (-1, ops.NO_NODE, ops.NO_NODE)],
                         ops.multi_results(answer.body))

    def test_its_watch_flag_sets_no_watch(self):
        link = self.link()
        root = self.root(link)
        link.ok(ops.MULTI_READ, ops.multi((ops.GET_DATA, ops.watched(root, True)),
                                          (ops.GET_CHILDREN, ops.watched(root, True))))
        for kind in (1, 2, 3):
            self.assertEqual(ops.NO_WATCHER, link.call(ops.REMOVE_WATCHES, ops.numbered(root, kind)).err)
        link.set(root)
        self.assertEqual([], link.events())

    def test_empty_and_forbidden_items(self):
        link = self.link()
        root = self.root(link)
        self.assertEqual([], ops.multi_results(link.ok(ops.MULTI_READ, ops.multi()).body))
        for items in (((ops.EXISTS, ops.watched(root)),), ((ops.GET_CHILDREN2, ops.watched(root)),),
                      ((ops.CREATE, ops.create(f"{root}/x")),),
                      ((ops.GET_DATA, ops.watched(root)), (ops.DELETE, ops.versioned(root)))):
            self.assertEqual(ops.MARSHALLING, link.call(ops.MULTI_READ, ops.multi(*items)).err, items)
        self.assertEqual([], link.children(root))


class SequentialNames(ServerCase):
    def test_the_number_counts_every_create_under_the_parent(self):
        link = self.link()
        root = self.root(link)
        name = lambda prefix, **more: link.create(f"{root}/{prefix}", **more)[len(root) + 1:]  # noqa: E731
        sequential = dict(flags=ops.SEQUENTIAL)
        self.assertEqual("a0000000000", name("a", **sequential))
        self.assertEqual("b-0000000001", name("b-", **sequential))
        self.assertEqual("0000000002", name("", **sequential))
        link.delete(f"{root}/b-0000000001")              # never goes down
        name("plain")                                    # counts: 3
        name("e", flags=ops.EPHEMERAL)                   # counts: 4
        link.call(ops.CREATE, ops.create(f"{root}/plain"))  # fails: does not count
        link.set(root)
        self.assertEqual("e0000000005", name("e", flags=ops.EPHEMERAL_SEQUENTIAL))
        stat = link.stat(root)
        self.assertEqual(6, (stat.cversion + stat.children) // 2)

    def test_a_recreated_parent_begins_at_zero(self):
        link = self.link()
        root = self.root(link)
        for _ in range(2):
            link.create(f"{root}/p")
            self.assertEqual(f"{root}/p/s0000000000", link.create(f"{root}/p/s", flags=ops.SEQUENTIAL))
            link.delete(f"{root}/p/s0000000000")
            link.delete(f"{root}/p")

    def test_a_name_that_is_taken_stays_an_error_until_another_create(self):
        link = self.link()
        root = self.root(link)
        link.create(f"{root}/s0000000001")
        for _ in range(2):
            self.assertEqual(ops.NODE_EXISTS, link.call(ops.CREATE, ops.create(f"{root}/s", flags=ops.SEQUENTIAL)).err)
        link.create(f"{root}/other")
        self.assertEqual(f"{root}/s0000000002", link.create(f"{root}/s", flags=ops.SEQUENTIAL))

    def test_create_ttl_and_container_can_be_sequential(self):
        link = self.link()
        root = self.root(link)
        reader = Reader(link.ok(ops.CREATE_TTL, ops.create_ttl(f"{root}/t", flags=ops.SEQUENTIAL_TTL)).body)
        self.assertEqual(f"{root}/t0000000000", reader.string())
        reader = Reader(link.ok(ops.CREATE_CONTAINER, ops.create(f"{root}/c", flags=ops.SEQUENTIAL)).body)
        self.assertEqual(f"{root}/c0000000001", reader.string())
        self.assertEqual(ops.MARSHALLING, link.call(ops.CREATE_TTL, ops.create(f"{root}/t")).err)  # no ttl behind it
        body = ops.create(f"{root}/t", flags=ops.TTL) + i64(0)
        self.assertEqual(ops.BAD_ARGUMENTS, link.call(ops.CREATE_TTL, body).err)

"""Quotas: limits below /zookeeper/quota, the usage that the server keeps beside them, and what a hard limit refuses."""

from fixture import ops
from fixture.case import ServerCase, zabra_only

QUOTA, EXCEEDED = "/zookeeper/quota", ops.QUOTA_EXCEEDED


class QuotaCase(ServerCase):
    def setUp(self):
        self.link_ = self.link()
        self.r = self.root(self.link_)

    def quota(self, path, limits, stats="count=0,bytes=0"):
        """As zkCli's setquota does it: each level, then the limits, then the usage."""
        at = QUOTA
        for name in path.strip("/").split("/"):
            at += "/" + name
            self.link_.call(ops.CREATE, ops.create(at))
        self.link_.create(at + "/zookeeper_limits", limits.encode())
        if stats is not None:
            self.link_.create(at + "/zookeeper_stats", stats.encode())

    def usage(self, path):
        return self.link_.get(QUOTA + path + "/zookeeper_stats")[0].decode()

    def create(self, path, data=b""):
        return self.link_.call(ops.CREATE, ops.create(path, data)).err

    def set(self, path, data, version=-1):
        return self.link_.call(ops.SET_DATA, ops.set_data(path, data, version)).err


class Usage(QuotaCase):
    def test_a_new_quota_counts_at_once_what_is_there(self):
        self.link_.set(self.r, b"12345")
        self.link_.create(self.r + "/a", b"123")
        self.link_.create(self.r + "/a/b", b"1")
        self.quota(self.r, "count=10,bytes=100")
        self.assertEqual("count=3,bytes=9", self.usage(self.r))

    def test_every_change_is_counted(self):
        self.quota(self.r, "count=10,bytes=100")
        a, b = self.r + "/a", self.r + "/a/b"
        for change, arguments, expected in ((self.create, (a, b"1234"), (2, 4)), (self.set, (a, b"12"), (2, 2)),
                                            (self.set, (self.r, b"123"), (2, 5)), (self.create, (b, None), (3, 5)),
                                            (self.set, (b, b"1"), (3, 6)), (self.link_.delete, (b,), (2, 5)),
                                            (self.link_.delete, (a,), (1, 3))):
            change(*arguments)
            self.assertEqual("count=%d,bytes=%d" % expected, self.usage(self.r))

    def test_ephemerals_containers_and_multis_count_too(self):
        self.quota(self.r, "count=10,bytes=100")
        other = self.link()
        other.create(self.r + "/e", b"12", flags=ops.EPHEMERAL)
        self.link_.ok(ops.CREATE_CONTAINER, ops.create(self.r + "/c", b"1", flags=ops.CONTAINER))
        self.link_.ok(ops.MULTI, ops.multi((ops.CREATE, ops.create(self.r + "/m", b"1")),
                                           (ops.SET_DATA, ops.set_data(self.r, b"1"))))
        self.assertEqual("count=4,bytes=5", self.usage(self.r))
        other.end_session()
        self.assertEqual("count=3,bytes=3", self.usage(self.r))
        failed = self.link_.call(ops.MULTI, ops.multi((ops.CREATE, ops.create(self.r + "/x", b"1")),
                                                      (ops.CHECK, ops.versioned("/no"))))
        self.assertEqual(ops.NO_NODE, ops.multi_results(failed.body)[1][1])
        self.assertEqual("count=3,bytes=3", self.usage(self.r))

    def test_only_the_deepest_quota_counts(self):
        self.link_.create(self.r + "/a")
        self.quota(self.r, "count=10")
        self.quota(self.r + "/a", "count=10")
        self.create(self.r + "/a/x", b"1")
        self.create(self.r + "/y", b"22")
        self.assertEqual(("count=3,bytes=2", "count=2,bytes=1"), (self.usage(self.r), self.usage(self.r + "/a")))

    def test_a_sibling_whose_name_begins_alike_does_not_count(self):
        self.link_.create(self.r + "/a")
        self.quota(self.r + "/a", "count=10")
        self.create(self.r + "/ab")
        self.create(self.r + "/ab/c")
        self.assertEqual("count=1,bytes=0", self.usage(self.r + "/a"))

    def test_the_server_rewrites_the_usage_without_a_trace(self):
        self.quota(self.r, "count=10")
        stats = QUOTA + self.r + "/zookeeper_stats"
        watcher = self.link()
        _, before = watcher.get(stats, True)
        last = self.link_.ok(ops.CREATE, ops.create(self.r + "/a")).zxid
        self.assertEqual([], watcher.events())
        data, after = watcher.get(stats)
        self.assertEqual(b"count=2,bytes=0", data)
        self.assertEqual(before._replace(length=len(data)), after)
        self.assertEqual(last, self.link_.call(ops.PING).zxid)

    def test_a_quota_on_a_node_that_is_missing_begins_with_it(self):
        path = self.r + "/later"
        self.quota(path, "count=10")
        self.link_.create(path, b"123")
        self.assertEqual("count=1,bytes=3", self.usage(path))

    def test_usage_is_right_after_a_restart(self):
        self.quota(self.r, "count=10,bytes=100")
        self.create(self.r + "/a", b"12345")
        for crash in (True, False):
            self.server.restart(crash)
            self.link_ = self.link()
            self.assertEqual("count=2,bytes=5", self.usage(self.r))
        self.create(self.r + "/b", b"1")
        self.assertEqual("count=3,bytes=6", self.usage(self.r))

    def test_without_enforcement_no_limit_refuses(self):
        self.quota(self.r, "count=1,bytes=1=;byteHardLimit=1;countHardLimit=1")
        self.assertEqual((0, 0), (self.create(self.r + "/a", b"123"), self.set(self.r, b"12345")))

    @zabra_only("each of these is logged and kills 3.8.0 for good")
    def test_nodes_that_make_no_sense_there_harm_nothing(self):
        self.link_.create(QUOTA + "/zookeeper_limits", b"count=1,bytes=1")
        self.link_.create(QUOTA + "/zookeeper_stats", b"count=0,bytes=0")
        self.quota(self.r, "count=10", stats=None)
        self.link_.create(QUOTA + self.r + "/zookeeper_stats", b"no numbers at all")
        self.assertEqual(0, self.create(self.r + "/a"))
        self.link_.set(QUOTA + self.r + "/zookeeper_stats", b"\xff\x00")
        self.assertEqual(0, self.create(self.r + "/b"))
        self.assertEqual("count=3,bytes=0", self.usage(self.r))
        self.server.restart(crash=True)
        self.link_ = self.link()
        self.assertEqual(0, self.create(self.r + "/c"))
        for path in (QUOTA + "/zookeeper_limits", QUOTA + "/zookeeper_stats"):
            self.link_.delete(path)


class Enforced(QuotaCase):
    settings = {"enforceQuota": "true"}

    def test_a_soft_limit_refuses_nothing(self):
        self.quota(self.r, "count=1,bytes=1")
        self.assertEqual((0, 0), (self.create(self.r + "/a", b"123"), self.set(self.r, b"12345")))
        self.assertEqual("count=2,bytes=8", self.usage(self.r))

    def test_a_hard_limit_of_nodes(self):
        self.quota(self.r, "count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=3")
        self.assertEqual([0, 0, EXCEEDED], [self.create(f"{self.r}/{n}") for n in range(3)])
        self.link_.delete(self.r + "/0")
        self.assertEqual(0, self.create(self.r + "/1/x"))
        self.assertEqual("count=3,bytes=0", self.usage(self.r))

    def test_a_hard_limit_of_bytes(self):
        self.quota(self.r, "count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=-1")
        self.assertEqual(0, self.create(self.r + "/a", b"x" * 10))
        self.assertEqual((EXCEEDED, 0), (self.create(self.r + "/b", b"x"), self.create(self.r + "/c")))
        self.assertEqual((EXCEEDED, 0), (self.set(self.r + "/a", b"x" * 11), self.set(self.r + "/a", b"y" * 10)))
        self.assertEqual((0, 0), (self.set(self.r + "/a", b"x" * 4), self.create(self.r + "/d", b"x" * 6)))

    def test_above_the_limit_an_equal_length_passes_and_a_shrinking_one_that_stays_above_does_not(self):
        self.link_.create(self.r + "/a", b"x" * 20)
        self.quota(self.r, "count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=-1")
        self.assertEqual((0, EXCEEDED, 0), tuple(self.set(self.r + "/a", b"y" * n) for n in (20, 15, 10)))

    def test_it_is_the_last_of_creates_checks(self):
        e = self.link_.create(self.r + "/e", flags=ops.EPHEMERAL)
        self.quota(self.r, "count=-1,bytes=-1=;countHardLimit=2")
        self.assertEqual((ops.NODE_EXISTS, ops.NO_CHILDREN_FOR_EPHEMERALS, EXCEEDED),
                         (self.create(e), self.create(e + "/x"), self.create(self.r + "/y")))

    def test_in_set_data_it_comes_before_the_version(self):
        self.quota(self.r, "count=-1,bytes=-1=;byteHardLimit=3")
        self.assertEqual((EXCEEDED, ops.BAD_VERSION), (self.set(self.r, b"1234", 77), self.set(self.r, b"123", 77)))

    def test_a_refusal_takes_a_zxid_and_changes_nothing(self):
        self.quota(self.r, "count=-1,bytes=-1=;countHardLimit=1")
        last, before = self.link_.call(ops.PING).zxid, self.link_.stat(self.r)
        answer = self.link_.call(ops.CREATE, ops.create(self.r + "/x"))
        self.assertEqual((EXCEEDED, last + 1, b""), (answer.err, answer.zxid, answer.body))
        self.assertEqual((before, "count=1,bytes=0"), (self.link_.stat(self.r), self.usage(self.r)))

    def test_every_way_to_create_is_checked(self):
        self.quota(self.r, "count=-1,bytes=-1=;countHardLimit=1")
        path = self.r + "/x"
        for op, body in ((ops.CREATE, ops.create(path, flags=ops.EPHEMERAL)), (ops.CREATE2, ops.create(path)),
                         (ops.CREATE_CONTAINER, ops.create(path, flags=ops.CONTAINER)),
                         (ops.CREATE_TTL, ops.create_ttl(path)), (ops.CREATE, ops.create(path, flags=ops.SEQUENTIAL))):
            self.assertEqual(EXCEEDED, self.link_.call(op, body).err, op)
        results = ops.multi_results(self.link_.call(ops.MULTI, ops.multi((ops.CREATE, ops.create(path)))).body)
        self.assertEqual([(-1, EXCEEDED, EXCEEDED)], results)

    def test_a_change_of_the_limits_counts_at_once_and_their_end_too(self):
        self.quota(self.r, "count=-1,bytes=-1=;countHardLimit=1")
        limits = QUOTA + self.r + "/zookeeper_limits"
        self.assertEqual(EXCEEDED, self.create(self.r + "/a"))
        self.link_.set(limits, b"count=-1,bytes=-1=;countHardLimit=2")
        self.assertEqual((0, EXCEEDED), (self.create(self.r + "/a"), self.create(self.r + "/b")))
        self.link_.delete(limits)
        self.assertEqual((0, 0), (self.create(self.r + "/b"), self.create(self.r + "/c")))

    def test_limits_without_usage_refuse_nothing(self):
        self.quota(self.r, "count=-1,bytes=-1=;countHardLimit=1", stats=None)
        self.assertEqual(0, self.create(self.r + "/a"))

    def test_forms_of_the_limits(self):
        for number, text in enumerate(("countHardLimit=1", "countHardLimit=1;;,bytes=-1", "count=5;countHardLimit=1",
                                       "count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=1")):
            path = self.link_.create(f"{self.r}/{number}")
            self.quota(path, text)
            self.assertEqual(EXCEEDED, self.create(path + "/x"), text)

    def test_limits_that_cannot_be_read(self):
        path = self.link_.create(self.r + "/p")
        self.quota(path, "nothing readable")
        self.assertEqual(ops.MARSHALLING, self.create(path + "/x"))
        self.link_.delete(QUOTA + path + "/zookeeper_limits")
        self.assertEqual(0, self.create(path + "/x"))

    def test_limits_hold_after_a_restart(self):
        self.quota(self.r, "count=-1,bytes=-1=;countHardLimit=2")
        self.create(self.r + "/a")
        self.server.restart(crash=True)
        self.link_ = self.link()
        self.assertEqual(EXCEEDED, self.create(self.r + "/b"))

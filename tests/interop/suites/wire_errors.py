"""Which error wins when several apply (reference, section 5), and the rules for paths (section 8).

Each row breaks two or more rules at once; the error is that of the rule checked first."""

from fixture import ops
from fixture.case import ServerCase, by, zabra_only
from fixture.jute import OPEN, string
from fixture.ops import (BAD_ARGUMENTS, BAD_VERSION, INVALID_ACL, NO_AUTH, NO_CHILDREN_FOR_EPHEMERALS, NO_NODE,
                         NODE_EXISTS, NOT_EMPTY, UNIMPLEMENTED)

BAD_ACLS = {
    "empty": (), "unknown scheme": ((31, "nosuch", "x"),), "world but not anyone": ((31, "world", "you"),),
    "auth without an id": ((31, "auth", ""),), "second entry bad": (*OPEN, (1, "ip", "300.0.0.1")),
    "super": ((31, "super", ""),),
}
BAD_ACL = ()


class Precedence(ServerCase):
    def setUp(self):
        self.link_ = self.link()
        self.root_ = self.root(self.link_)
        # /open stands in the root; /locked gives READ only, /locked/child stands below it; /e is ephemeral
        for path in ("/open", "/open/child", "/locked", "/locked/child"):
            self.link_.create(self.root_ + path)
        self.link_.create(self.root_ + "/e", flags=ops.EPHEMERAL)
        self.link_.ok(ops.SET_ACL, ops.set_acl(self.root_ + "/locked", ((1, "world", "anyone"),)))

    def check(self, op, rows):
        for body, err, why in rows:
            with self.subTest(why):
                self.assertEqual(err, self.link_.call(op, body).err)

    def path(self, tail):
        return self.root_ + tail

    def test_create(self):
        p = self.path
        self.check(ops.CREATE, [
            (ops.create("bad", acl=BAD_ACL, flags=7), BAD_ARGUMENTS, "flags before all"),
            (ops.create("bad", acl=BAD_ACL), BAD_ARGUMENTS, "no slash before the list"),
            (ops.create("", acl=BAD_ACL), BAD_ARGUMENTS, "empty path before the list"),
            (ops.create(p("/a\0b"), acl=BAD_ACL), BAD_ARGUMENTS, "NUL before the list"),
            (ops.create(p("/x/"), acl=BAD_ACL), INVALID_ACL, "the list before a trailing slash"),
            (ops.create("//x", acl=BAD_ACL), INVALID_ACL, "the list before an empty component"),
            (ops.create("/", acl=BAD_ACL), INVALID_ACL, "the list before the root"),
            (ops.create(p("/missing/x"), acl=BAD_ACL), INVALID_ACL, "the list before a missing parent"),
            (ops.create(p("/locked/x"), acl=BAD_ACL), INVALID_ACL, "the list before the permission"),
            (ops.create(p("/open"), acl=BAD_ACL), INVALID_ACL, "the list before an existing node"),
            (ops.create(p("/missing/x/")), NO_NODE, "a missing parent before bad characters"),
            (ops.create(p("/missing/\x01")), NO_NODE, "a missing parent before bad characters"),
            (ops.create(p("/b//x")), NO_NODE, "the parent is what stands before the last slash"),
            (ops.create(p("/locked/\x01")), NO_AUTH, "the permission before bad characters"),
            (ops.create(p("/locked/child")), NO_AUTH, "the permission before an existing node"),
            (ops.create("/"), NODE_EXISTS, "the root exists"),
            (ops.create("//"), BAD_ARGUMENTS, "two slashes"),
            (ops.create(p("/open/")), BAD_ARGUMENTS, "a trailing slash"),
            (ops.create(p("/e/x/y")), NO_NODE, "a missing parent below an ephemeral"),
            (ops.create(p("/e/x")), NO_CHILDREN_FOR_EPHEMERALS, "an ephemeral has no children"),
            (ops.create(p("/e/.")), BAD_ARGUMENTS, "bad characters before an ephemeral parent"),
            (ops.create(p("/e/s"), flags=ops.EPHEMERAL_SEQUENTIAL), NO_CHILDREN_FOR_EPHEMERALS, "nor sequential ones"),
            (ops.create("foo", flags=ops.SEQUENTIAL), BAD_ARGUMENTS, "sequential without a slash"),
            (ops.create("", flags=ops.SEQUENTIAL), BAD_ARGUMENTS, "sequential on nothing"),
            (ops.create(p("/open"), flags=7), BAD_ARGUMENTS, "unknown flags"),
            (ops.create(p("/open"), flags=-1), BAD_ARGUMENTS, "negative flags"),
        ])
        self.assertEqual(p("/open/0000000001"), self.link_.create(p("/open/"), flags=ops.SEQUENTIAL))
        self.assertEqual(p("/open/.0000000002"), self.link_.create(p("/open/."), flags=ops.SEQUENTIAL))

    def test_create_with_a_bad_list(self):
        self.check(ops.CREATE, [(ops.create(self.path("/x"), acl=acl), INVALID_ACL, why)
                                for why, acl in BAD_ACLS.items()])

    def test_flags_by_op_code(self):
        p = self.path("/x")
        for op in (ops.CREATE, ops.CREATE2, ops.CREATE_CONTAINER):
            self.check(op, [(ops.create(p, flags=f), BAD_ARGUMENTS, f"op {op} flags {f}")
                            for f in (ops.TTL, ops.SEQUENTIAL_TTL, 7, -1)])
        self.check(ops.CREATE_TTL, [
            (ops.create_ttl(p, flags=f, ttl=ttl), BAD_ARGUMENTS, f"flags {f} ttl {ttl}")
            for f, ttl in ((5, 0), (5, -1), (5, 2**40), (6, 0), (6, 2**40), (0, 1), (1, 1), (2, 1), (3, 1), (4, 1),
                           (7, 1), (0, 0))])
        self.link_.ok(ops.CREATE_TTL, ops.create_ttl(p, ttl=2**40 - 1))

    @zabra_only("such a transaction can't be applied: it kills 3.8.0 for good")
    def test_create_ttl_without_a_ttl_flag_is_refused(self):
        p = self.path("/x")
        self.check(ops.CREATE_TTL, [(ops.create_ttl(p, flags=f, ttl=ttl), BAD_ARGUMENTS, f"flags {f} ttl {ttl}")
                                    for f in range(5) for ttl in (-1, -5, -2**63)])

    def test_delete(self):
        p = self.path
        self.check(ops.DELETE, [
            (ops.versioned("", 7), BAD_ARGUMENTS, "empty path"),
            (ops.versioned("no-slash"), BAD_ARGUMENTS, "no slash"),
            (ops.versioned(p("/a\0b")), BAD_ARGUMENTS, "NUL"),
            (ops.versioned("/zookeeper", 7), BAD_ARGUMENTS, "reserved"),
            (ops.versioned(p("/missing/x")), NO_NODE, "no parent"),
            (ops.versioned(p("/open/")), NO_NODE, "other path rules are not applied"),
            (ops.versioned(p("/locked/missing")), NO_AUTH, "the permission before the node"),
            (ops.versioned(p("/locked/child"), 7), NO_AUTH, "the permission before the version"),
            (ops.versioned(p("/missing"), 7), NO_NODE, "the node before the version"),
            (ops.versioned(p("/open"), 7), BAD_VERSION, "the version before the children"),
            (ops.versioned(p("/open"), -2), BAD_VERSION, "-1 alone is any"),
            (ops.versioned(p("/open"), 0), NOT_EMPTY, "children"),
        ])
        self.link_.delete(p("/open/child"), 0)

    def test_set_data(self):
        p = self.path
        self.check(ops.SET_DATA, [
            (ops.set_data(p("/missing/")), BAD_ARGUMENTS, "path rules before the node"),
            (ops.set_data("missing"), BAD_ARGUMENTS, "no slash"),
            (ops.set_data(p("/missing"), version=7), NO_NODE, "the node before the version"),
            (ops.set_data(p("/locked"), version=7), NO_AUTH, "the permission before the version"),
            (ops.set_data(p("/open"), version=7), BAD_VERSION, "version"),
            (ops.set_data(p("/open"), version=-2), BAD_VERSION, "-1 alone is any"),
        ])
        self.assertEqual(1, self.link_.set(p("/open"), version=0).version)

    def test_set_acl(self):
        p = self.path
        self.check(ops.SET_ACL, [
            (ops.set_acl(p("/missing/"), BAD_ACL), BAD_ARGUMENTS, "path rules before the list"),
            (ops.set_acl(p("/missing"), BAD_ACL), INVALID_ACL, "the list before the node"),
            (ops.set_acl(p("/locked"), BAD_ACL), INVALID_ACL, "the list before the permission"),
            (ops.set_acl(p("/missing"), version=7), NO_NODE, "the node before the version"),
            (ops.set_acl(p("/locked"), version=7), NO_AUTH, "the permission before the version"),
            (ops.set_acl(p("/open"), version=7), BAD_VERSION, "version"),
        ])
        self.link_.set(p("/open"))  # raises the version, not the aversion
        self.check(ops.SET_ACL, [(ops.set_acl(p("/open"), version=1), BAD_VERSION, "it is the aversion that counts")])
        self.link_.ok(ops.SET_ACL, ops.set_acl(p("/open"), version=0))

    def test_reads(self):
        hidden = self.link_.create(self.path("/hidden"), acl=((2 | 4 | 8 | 16, "world", "anyone"),))
        nothing = self.link_.create(self.path("/nothing"), acl=((4, "world", "anyone"),))
        # [3.8.4+, 3.9.2+]: exists needs READ on a node that exists. Debian's 3.8.0 answers.
        self.check(ops.EXISTS, [(ops.watched(hidden), by(zabra=NO_AUTH, apache=0), "exists"),
                                (ops.watched(self.path("/missing")), NO_NODE, "exists of nothing")])
        for op in (ops.GET_DATA, ops.GET_CHILDREN, ops.GET_CHILDREN2):
            self.check(op, [(ops.watched(hidden), NO_AUTH, f"op {op} without READ"),
                            (ops.watched(f"{hidden}/missing"), NO_NODE, f"op {op} of nothing")])
        self.check(ops.GET_ALL_CHILDREN_NUMBER,
                   [(string(hidden), NO_AUTH, "without READ"), (string("/missing"), NO_NODE, "nothing")])
        self.check(ops.GET_ACL, [(string(hidden), 0, "ADMIN is enough"),
                                 (string(nothing), NO_AUTH, "neither READ nor ADMIN"),
                                 (string(self.path("/locked")), 0, "READ is enough"),
                                 (string("/missing"), NO_NODE, "nothing")])

    def test_unknown_numbers(self):
        for op, numbers in ((ops.ADD_WATCH, (2, -1, 99)), (ops.CHECK_WATCHES, (0, 6, -1)),
                            (ops.REMOVE_WATCHES, (0, 6, -1))):
            self.check(op, [(ops.numbered("/", n), ops.MARSHALLING, f"op {op} with {n}") for n in numbers])


class ExtendedTypesOff(ServerCase):
    settings = {"extendedTypesEnabled": "false"}

    def test_ttl_flags_are_unimplemented_but_unknown_flags_come_first(self):
        link = self.link()
        for op, body in ((ops.CREATE, ops.create("bad", flags=ops.TTL)),
                         (ops.CREATE2, ops.create("/x", flags=ops.SEQUENTIAL_TTL)),
                         (ops.CREATE_CONTAINER, ops.create("/x", flags=ops.TTL)),
                         (ops.CREATE_TTL, ops.create_ttl("/x", ttl=-1)),
                         (ops.CREATE_TTL, ops.create_ttl("bad", acl=()))):
            self.assertEqual(UNIMPLEMENTED, link.call(op, body).err, op)
        self.assertEqual(BAD_ARGUMENTS, link.call(ops.CREATE_TTL, ops.create_ttl("/x", flags=7)).err)
        self.assertEqual(0, link.call(ops.EXISTS, ops.watched("/")).err)


class Paths(ServerCase):
    BAD = ("/x/", "/x//y", "//x", "/./x", "/../x", "/x/.", "/x/..", "/a\x01", "/a\x1f", "/a\x7f", "/a\u009f",
           "/a\ue000", "/a\uf8ff",
           "/a\ufff0", "/a\uffff", "/a\ufffd", "/a\U0001f600", b"/a\xff\xfe", b"/a\xed\xa0\x80", b"/a\xc0\xaf", "x", "")
    GOOD = ("a b", "\u00a0", "\uf900", "\uffef", "...", ".x", "..x", "x.", "\u00e9\u4e2d", "%", "a\\b", "zookeeper")

    def test_names_that_no_write_takes(self):
        link = self.link()
        for path in self.BAD:
            for op, body in ((ops.SET_DATA, ops.set_data(path)), (ops.SET_ACL, ops.set_acl(path))):
                self.assertEqual(BAD_ARGUMENTS, link.call(op, body).err, (op, path))
            results = ops.multi_results(link.call(ops.MULTI, ops.multi((ops.CHECK, ops.versioned(path)))).body)
            self.assertEqual([(-1, BAD_ARGUMENTS, BAD_ARGUMENTS)], results, path)

    def test_names_that_create_refuses(self):
        link = self.link()
        root = self.root(link)
        link.create(f"{root}/x")
        for path in self.BAD[8:-2]:
            whole = root.encode() + path if isinstance(path, bytes) else root + path
            self.assertEqual(BAD_ARGUMENTS, link.call(ops.CREATE, ops.create(whole)).err, path)
        for path in ("/x/", "/x/.", "/x/..", "//"):
            err = NO_NODE if path == "//" else BAD_ARGUMENTS  # "//": its parent, "<root>/", is no node
            self.assertEqual(err, link.call(ops.CREATE, ops.create(root + path)).err, path)

    def test_names_that_are_fine(self):
        link = self.link()
        root = self.root(link)
        for name in self.GOOD:
            path = f"{root}/{name}"
            self.assertEqual(path, link.create(path))
            self.assertEqual(1, link.set(path).version)
        self.assertEqual(sorted(self.GOOD), link.children(root))

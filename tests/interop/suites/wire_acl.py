"""Identities and permissions: the schemes, what each operation needs, how lists are put right and shown."""

from fixture import ops
from fixture.case import ServerCase, by
from fixture.identity import digest
from fixture.jute import ADMIN, ALL, CREATE, DELETE, OPEN, READ, WRITE, Reader, buffer, i32, string
from fixture.link import AUTH_XID

INVALID_ACL, NO_AUTH = ops.INVALID_ACL, ops.NO_AUTH
SUPER = "super:test"


class AclCase(ServerCase):
    def setUp(self):
        self.admin = self.link()
        self.r = self.root(self.admin)

    def node(self, name, *acl):
        return self.admin.create(f"{self.r}/{name}", b"data", acl=acl)

    def acl(self, path, link=None):
        return Reader((link or self.admin).ok(ops.GET_ACL, string(path)).body).acls()

    def err(self, link, op, body):
        return link.call(op, body).err

    def who(self, link):
        reader = Reader(link.ok(ops.WHO_AM_I).body)
        return sorted((reader.string(), reader.string()) for _ in range(reader.i32()))

    def can_read(self, link, path):
        err = self.err(link, ops.GET_DATA, ops.watched(path))
        self.assertIn(err, (0, NO_AUTH))
        return err == 0


class Schemes(AclCase):
    def test_the_hash_of_a_digest_is_zookeepers(self):
        self.assertEqual("super:D/InIHSb7yEEbrWz8b9l71RjZJU=", digest("super:test"))
        self.assertEqual("joe:VAXy9ajBTglP5dEFbkRFkF33wJ4=", digest("joe:pw"))

    def test_world(self):
        path = self.node("w", (READ, "world", "anyone"))
        link = self.link()
        self.assertTrue(self.can_read(link, path))
        self.assertEqual(NO_AUTH, self.err(link, ops.SET_DATA, ops.set_data(path)))

    def test_digest_lets_in_who_knows_the_password(self):
        path = self.node("d", (ALL, "digest", digest("joe:pw")))
        link = self.link()
        for text, readable in ((None, False), ("joe:other", False), ("jim:pw", False), ("joe", False),
                               ("joe:pw", True)):
            if text is not None:
                link.authenticate("digest", text.encode())
            self.assertEqual(readable, self.can_read(link, path), text)

    def test_a_password_may_have_colons_and_any_letters(self):
        for number, text in enumerate(("joe:a:b", ":nobody", "j\u00f6:p\u00e4ss", "joe:")):
            path = self.node(f"n{number}", (ALL, "digest", digest(text)))
            self.assertTrue(self.can_read(self.link().authenticate("digest", text.encode()), path), text)

    def test_identities_add_up_and_end_with_the_connection(self):
        paths = [self.node(user, (READ, "digest", digest(f"{user}:pw"))) for user in "ab"]
        first = self.link()
        for user in "ab":
            first.authenticate("digest", f"{user}:pw".encode())
        self.assertEqual([True, True], [self.can_read(first, p) for p in paths])
        again = self.link(session=first.granted.session, password=first.granted.password)
        self.assertEqual([False, False], [self.can_read(again, p) for p in paths])

    def test_ip(self):
        for number, (address, readable) in enumerate((
                ("127.0.0.1", True), ("127.0.0.2", False), ("127.0.0.0/8", True), ("127.255.255.255/8", True),
                ("127.0.0.0/31", True), ("127.0.0.2/31", False), ("10.0.0.0/8", False), ("1.2.3.4/0", True),
                ("127.0.0.1/32", True))):
            path = self.node(f"ip{number}", (READ, "ip", address))
            self.assertEqual(readable, self.can_read(self.link(), path), address)

    def test_ip_is_the_address_that_the_connection_comes_from(self):
        path = self.node("ip", (READ, "ip", "127.0.0.77"))
        self.assertFalse(self.can_read(self.link(), path))
        other = self.bare_link(source="127.0.0.77")
        other.connect()
        self.assertTrue(self.can_read(other, path))
        self.assertEqual([("ip", "127.0.0.77")], self.who(other))

    def test_ids_that_are_valid(self):
        for scheme, name in (("world", "anyone"), ("digest", "u:x"), ("digest", ":x"), ("ip", "127.0.0.1"),
                             ("ip", "127.0.0.0/8"), ("ip", "1.2.3.4/0"), ("ip", "1.2.3.4/32")):
            self.assertEqual(0, self.err(self.admin, ops.SET_ACL, ops.set_acl(self.node(
                f"{scheme}{name.replace('/', '_')}", *OPEN), ((READ, scheme, name),))), (scheme, name))

    def test_ids_that_are_not(self):
        for scheme, name in (("world", "everyone"), ("world", ""), ("digest", "u"), ("digest", "u:"),
                             ("digest", "u:x:y"), ("digest", ""), ("digest", ":"), ("ip", "127.0.0.0/33"),
                             ("ip", "127.0.0.0/-1"), ("ip", "300.0.0.1"), ("ip", "1.2.3"), ("ip", "1.2.3.4/x"),
                             ("ip", ""), ("ip", "1.2.3.4.5"), ("super", ""), ("super", "x"), ("nosuch", "x"), ("", ""),
                             ("sasl", "bob"), ("x509", "CN=x"), (None, "anyone")):
            for op, body in ((ops.CREATE, ops.create(self.r + "/x", acl=((READ, scheme, name),))),
                             (ops.SET_ACL, ops.set_acl(self.r, ((READ, scheme, name),)))):
                self.assertEqual(INVALID_ACL, self.err(self.admin, op, body), (scheme, name))

    def test_a_null_id(self):
        # 3.8.0 stumbles over it; it is an invalid list.
        for scheme in ("world", "digest"):
            body = ops.create(self.r + "/x", acl=((READ, scheme, None),))
            self.assertEqual(by(zabra=INVALID_ACL, apache=ops.MARSHALLING), self.err(self.admin, ops.CREATE, body),
                             scheme)

    def test_ip_of_version_six(self):
        # Valid from 3.9.5 on.
        acl = ((READ, "ip", "::1"), (ALL, "world", "anyone"))
        self.assertEqual(by(zabra=0, apache=INVALID_ACL),
                         self.err(self.admin, ops.CREATE, ops.create(self.r + "/six", acl=acl)))


class Lists(AclCase):
    def test_permission_bits_are_kept_as_they_came(self):
        for number, bits in enumerate((0, 63, 255, -1, 2**31 - 1)):
            path = self.node(f"b{number}", (bits, "world", "anyone"), (ADMIN | READ, "world", "anyone"))
            self.assertEqual([(bits, "world", "anyone"), (ADMIN | READ, "world", "anyone")], self.acl(path))

    def test_unknown_bits_grant_nothing(self):
        path = self.node("u", (32 | 64, "world", "anyone"))
        self.assertFalse(self.can_read(self.link(), path))

    def test_exact_duplicates_are_dropped_and_the_order_kept(self):
        a, b, c = (READ, "world", "anyone"), (ALL, "ip", "1.2.3.4"), (ADMIN, "world", "anyone")
        path = self.node("dup", b, a, b, c, a)
        self.assertEqual([b, a, c], self.acl(path))
        self.admin.ok(ops.SET_ACL, ops.set_acl(path, (c, a, c)))
        self.assertEqual([c, a], self.acl(path))

    def test_one_bad_entry_spoils_the_list(self):
        bad = ((ALL, "world", "anyone"), (READ, "digest", "bad"))
        self.assertEqual(INVALID_ACL, self.err(self.admin, ops.CREATE, ops.create(self.r + "/x", acl=bad)))
        self.assertEqual(INVALID_ACL, self.err(self.admin, ops.SET_ACL, ops.set_acl(self.r, bad)))
        self.assertEqual(list(OPEN), self.acl(self.r))

    def test_auth_becomes_every_identity_that_was_proven(self):
        link = self.link()
        self.assertEqual(INVALID_ACL, self.err(link, ops.CREATE, ops.create(self.r + "/x", acl=((ALL, "auth", ""),))))
        link.authenticate("digest", b"a:1").authenticate("digest", b"b:2")
        link.create(self.r + "/x", acl=((READ | ADMIN, "auth", "whatever"),))
        expected = [(READ | ADMIN, "digest", digest("a:1")), (READ | ADMIN, "digest", digest("b:2"))]
        self.assertEqual(expected, sorted(self.acl(self.r + "/x", link)))

    def test_auth_twice_is_expanded_twice(self):
        link = self.link().authenticate("digest", b"a:1")
        link.create(self.r + "/x", acl=((READ, "auth", ""), (ADMIN, "auth", ""), (READ, "auth", "")))
        self.assertEqual([(READ, "digest", digest("a:1")), (ADMIN, "digest", digest("a:1"))],
                         self.acl(self.r + "/x", link))

    def test_auth_with_an_address_only_is_invalid(self):
        link = self.link().authenticate("ip", b"")
        self.assertEqual(INVALID_ACL, self.err(link, ops.SET_ACL, ops.set_acl(self.r, ((ALL, "auth", ""),))))

    def test_a_child_does_not_inherit(self):
        path = self.node("p", (CREATE, "world", "anyone"))
        self.admin.create(path + "/c")
        self.assertEqual(list(OPEN), self.acl(path + "/c"))
        self.assertTrue(self.can_read(self.link(), path + "/c"))

    def test_hashes_are_shown_to_the_administrator_only(self):
        entries = [(ALL, "digest", digest("joe:pw")), (READ, "world", "anyone"), (READ, "ip", "1.2.3.4"),
                   (READ, "digest", ":abc")]
        path = self.node("red", *entries)
        redacted = [(ALL, "digest", "joe:x"), *entries[1:3], (READ, "digest", ":x")]
        self.assertEqual(redacted, self.acl(path))
        self.assertEqual(entries, self.acl(path, self.link().authenticate("digest", b"joe:pw")))

    def test_admin_without_read_sees_the_whole_list(self):
        entries = [(ADMIN, "world", "anyone"), (ALL, "digest", digest("joe:pw"))]
        self.assertEqual(entries, self.acl(self.node("adm", *entries)))


class Permissions(AclCase):
    # What each operation needs: with exactly this bit it works, with all the others it does not.
    def bits(self, allowed, op, body_of, child=None):
        for bits in (READ, WRITE, CREATE, DELETE, ADMIN):
            path = self.node(f"op{op}-{bits}", (bits, "world", "anyone"), (ALL, "digest", digest("maker:pw")))
            if child:
                self.link().authenticate("digest", b"maker:pw").create(path + child)
            expected = 0 if bits & allowed else NO_AUTH
            self.assertEqual(expected, self.err(self.link(), op, body_of(path)), (op, bits))

    def test_create_needs_create_on_the_parent(self):
        for op, body in ((ops.CREATE, ops.create), (ops.CREATE2, ops.create), (ops.CREATE_TTL, ops.create_ttl),
                         (ops.CREATE_CONTAINER, lambda p: ops.create(p, flags=ops.CONTAINER))):
            self.bits(CREATE, op, lambda path, body=body: body(path + "/x"))

    def test_delete_needs_delete_on_the_parent_and_nothing_on_the_node(self):
        self.bits(DELETE, ops.DELETE, lambda path: ops.versioned(path + "/x"), child="/x")
        path = self.node("locked", (ADMIN, "digest", digest("nobody:pw")))
        self.link().delete(path)

    def test_set_data_needs_write(self):
        self.bits(WRITE, ops.SET_DATA, ops.set_data)

    def test_set_acl_needs_admin(self):
        self.bits(ADMIN, ops.SET_ACL, ops.set_acl)

    def test_reads_need_read(self):
        for op in (ops.GET_DATA, ops.GET_CHILDREN, ops.GET_CHILDREN2):
            self.bits(READ, op, ops.watched)
        self.bits(READ, ops.GET_ALL_CHILDREN_NUMBER, string)

    def test_get_acl_needs_read_or_admin(self):
        self.bits(READ | ADMIN, ops.GET_ACL, string)

    def test_exists_needs_read_on_a_node_that_exists(self):
        # From 3.8.4 and 3.9.2 on; in 3.8.0 it needs nothing.
        self.bits(by(zabra=READ, apache=ALL), ops.EXISTS, ops.watched)

    def test_these_need_nothing(self):
        path = self.node("n", (0, "world", "anyone"))
        link = self.link()
        for op, body in ((ops.SYNC, string(path)), (ops.ADD_WATCH, ops.numbered(path, 0)),
                         (ops.CHECK_WATCHES, ops.numbered(path, 3)), (ops.REMOVE_WATCHES, ops.numbered(path, 3)),
                         (ops.SET_WATCHES, ops.set_watches(2**62, [path], [], [path])),
                         (ops.GET_EPHEMERALS, string(path)), (ops.WHO_AM_I, b""), (ops.PING, b"")):
            self.assertEqual(0, self.err(link, op, body), op)

    def test_items_of_a_multi_need_what_they_need_alone(self):
        path = self.node("m", (0, "world", "anyone"))
        for item in ((ops.CREATE, ops.create(path + "/x")), (ops.SET_DATA, ops.set_data(path)),
                     (ops.CHECK, ops.versioned(path)), (ops.DELETE, ops.versioned(path + "/x"))):
            results = ops.multi_results(self.admin.call(ops.MULTI, ops.multi(item)).body)
            self.assertEqual([(-1, NO_AUTH, NO_AUTH)], results, item[0])
        body = self.admin.ok(ops.MULTI_READ, ops.multi((ops.GET_DATA, ops.watched(path)),
                                                       (ops.GET_DATA, ops.watched("/")),
                                                       (ops.GET_CHILDREN, ops.watched(path)))).body
        self.assertEqual([NO_AUTH, 0, NO_AUTH], [err for _, err, _ in ops.multi_results(body)])

    def test_a_change_of_the_list_counts_for_the_next_request_already(self):
        path = self.node("p", (ADMIN | READ, "world", "anyone"))
        link = self.link()
        link.send(ops.SET_ACL, ops.set_acl(path, ((ALL, "digest", digest("x:y")),)))
        link.send(ops.GET_DATA, ops.watched(path))
        link.send(ops.SET_ACL, ops.set_acl(path))
        answers = [link.reply().err for _ in range(3)]
        # 3.8.0 judges a write by the list before last while the last one is still on its way.
        self.assertEqual([0, NO_AUTH, by(zabra=NO_AUTH, apache=answers[2])], answers)

    def test_any_one_matching_entry_is_enough(self):
        path = self.node("o", (WRITE, "world", "anyone"), (READ, "ip", "9.9.9.9"), (READ, "digest", digest("a:b")))
        link = self.link().authenticate("digest", b"a:b")
        self.assertTrue(self.can_read(link, path))
        self.assertEqual(0, self.err(link, ops.SET_DATA, ops.set_data(path)))

    def test_the_reserved_nodes(self):
        self.assertEqual([(READ, "world", "anyone")], self.acl("/zookeeper/config"))
        self.assertEqual(NO_AUTH, self.err(self.admin, ops.SET_DATA, ops.set_data("/zookeeper/config")))
        self.assertEqual(NO_AUTH, self.err(self.admin, ops.CREATE, ops.create("/zookeeper/config/x")))
        for path in ("/", "/zookeeper", "/zookeeper/quota"):
            self.assertEqual(list(OPEN), self.acl(path))


class AuthPackets(AclCase):
    def test_the_answer_has_no_zxid_and_echoes_the_xid(self):
        link = self.link()
        for xid in (AUTH_XID, 9, 0, 99):
            link.send(ops.AUTH, ops.auth("digest", b"u:p"), xid)
            answer = link.reply()
            self.assertEqual((xid, 0, 0, b""), (answer.xid, answer.zxid, answer.err, answer.body))

    def test_odd_digests(self):
        link = self.link()
        for text in (b"nocolon", b"", b":", b"a:b:c"):
            link.authenticate("digest", text)
        self.assertEqual([("digest", ""), ("digest", ""), ("digest", "a"), ("digest", "nocolon"), ("ip", "127.0.0.1")],
                         self.who(link))

    def test_the_type_is_ignored_and_ip_adds_nothing(self):
        link = self.link()
        self.assertEqual(0, self.err(link, ops.AUTH, ops.auth("digest", b"u:p", kind=77)))
        self.assertEqual(0, self.err(link, ops.AUTH, ops.auth("ip", b"8.8.8.8")))
        self.assertEqual([("digest", "u"), ("ip", "127.0.0.1")], self.who(link))

    def test_failures_are_answered_and_close_and_the_session_lives_on(self):
        for scheme, data in (("nosuch", b"x"), (None, b"x"), ("world", b"anyone"), ("auth", b""), ("super", b""),
                             ("sasl", b""), ("x509", b""), ("digest", None)):
            with self.subTest(scheme=scheme):
                link = self.link()
                answer = link.call(ops.AUTH, ops.auth(scheme, data), AUTH_XID)
                self.assertEqual((ops.AUTH_FAILED, 0, b""), (answer.err, answer.zxid, answer.body))
                self.assertTrue(link.closed())
                again = self.link(session=link.granted.session, password=link.granted.password)
                self.assertEqual(link.granted.session, again.granted.session)

    def test_a_truncated_packet_closes_without_an_answer(self):
        for body in (b"", i32(0), i32(0) + string("digest"), i32(0) + string("digest") + i32(5) + b"u:p",
                     i32(0) + i32(-2) + buffer(b"")):
            link = self.link()
            link.send(ops.AUTH, body, AUTH_XID)
            self.assertTrue(link.closed(), body)

    def test_requests_behind_it_have_the_identity(self):
        path = self.node("d", (ALL, "digest", digest("joe:pw")))
        link = self.link()
        link.send(ops.AUTH, ops.auth("digest", b"joe:pw"), AUTH_XID)
        link.send(ops.GET_DATA, ops.watched(path), 5)
        self.assertEqual([(AUTH_XID, 0), (5, 0)], [(a.xid, a.err) for a in (link.reply(), link.reply())])

    def test_sasl_that_is_not_configured_is_answered_with_a_null_token(self):
        link = self.link()
        for token in (b"", b"anything"):
            answer = link.call(ops.SASL, buffer(token))
            self.assertEqual((0, 0, i32(-1)), (answer.err, answer.zxid, answer.body))
        self.assertEqual([("ip", "127.0.0.1")], self.who(link))


class Super(AclCase):
    settings = {"DigestAuthenticationProvider.superDigest": digest(SUPER)}

    def test_the_super_user_may_everything(self):
        path = self.node("locked", (0, "world", "anyone"))
        link = self.link().authenticate("digest", SUPER.encode())
        self.assertEqual([("digest", "super"), ("ip", "127.0.0.1"), ("super", "")], self.who(link))
        for op, body in ((ops.GET_DATA, ops.watched(path)), (ops.SET_DATA, ops.set_data(path)),
                         (ops.EXISTS, ops.watched(path)),
                         (ops.CREATE, ops.create(path + "/x")), (ops.DELETE, ops.versioned(path + "/x")),
                         (ops.GET_CHILDREN, ops.watched(path)), (ops.GET_ACL, string(path)),
                         (ops.SET_DATA, ops.set_data("/zookeeper/config"))):
            self.assertEqual(0, self.err(link, op, body), op)
        self.assertEqual(0, self.err(link, ops.SET_ACL, ops.set_acl(path)))
        self.assertTrue(self.can_read(self.link(), path))

    def test_the_super_user_sees_hashes(self):
        path = self.node("h", (READ, "digest", digest("joe:pw")))
        self.assertEqual([(READ, "digest", digest("joe:pw"))],
                         self.acl(path, self.link().authenticate("digest", SUPER.encode())))

    def test_auth_means_his_digest_not_super(self):
        link = self.link().authenticate("digest", SUPER.encode())
        link.create(self.r + "/x", acl=((ALL, "auth", ""),))
        self.assertEqual([(ALL, "digest", digest(SUPER))], self.acl(self.r + "/x", link))

    def test_another_password_is_not_super(self):
        path = self.node("locked", (0, "world", "anyone"))
        link = self.link().authenticate("digest", b"super:guess")
        self.assertFalse(self.can_read(link, path))
        self.assertEqual([("digest", "super"), ("ip", "127.0.0.1")], self.who(link))

    def test_super_hears_of_hidden_nodes(self):
        path = self.node("locked", (WRITE, "world", "anyone"))
        link = self.link().authenticate("digest", SUPER.encode())
        link.get(path, True)
        self.admin.set(path)
        self.assertEqual([(ops.DATA_CHANGED, path)], link.events())


class SkipAcl(AclCase):
    settings = {"skipACL": "yes"}

    def test_nothing_is_checked_but_lists_must_be_valid(self):
        path = self.node("locked", (0, "world", "anyone"), (READ, "digest", digest("joe:pw")))
        link = self.link()
        self.assertTrue(self.can_read(link, path))
        self.assertEqual(0, self.err(link, ops.SET_DATA, ops.set_data(path)))
        self.assertEqual([(0, "world", "anyone"), (READ, "digest", digest("joe:pw"))], self.acl(path, link))
        self.assertEqual(INVALID_ACL, self.err(link, ops.SET_ACL, ops.set_acl(path, ())))

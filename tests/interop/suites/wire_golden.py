"""The recorded conversations of the protocol reference, replayed on one connection, byte for byte.

Masked are only session ids with their passwords, and times. In the traces of Apache ZooKeeper 3.8.0 a notification
carries zxid -1; since 3.9.0 it is the zxid of the transaction, which is what Zabra sends: by() marks each such
place."""

import re
import struct

from fixture import ops
from fixture.case import ServerCase, by
from fixture.link import Link, Closed

MINUS_ONE = "ffffffffffffffff"


def compact(text):
    """Hex of an annotated trace line: labels (name=, Stat{ }), bars and blanks go."""
    return re.sub(r"[A-Za-z.0-9]+=|Stat\{|\}|\||\s", "", text)


class Conversation(ServerCase):
    """One test: the order of the lines is the point."""

    def say(self, text):
        self.link_.send_bytes(bytes.fromhex(compact(text)))

    def hear(self, text):
        """The next frame must be this; `T` stands for a time, 8 bytes, `I` for the session id, `P` for a password."""
        wanted = compact(text.replace("<T>", "T" * 16).replace("<I>", "I" * 16).replace("<P>", "P" * 32))
        frame = self.link_.receive_frame()
        got = (struct.pack(">i", len(frame)) + frame).hex()
        masked = "".join(w if w in "TIP" else g for w, g in zip(wanted, got)) + got[len(wanted):]
        self.assertEqual(wanted, masked, text)
        return bytes.fromhex(got)

    def hear_end(self):
        self.assertTrue(self.link_.closed())

    def open(self):
        self.link_ = Link(self.server.place)
        self.addCleanup(self.link_.close)

    def first_session(self):
        """The traces' session is the server's second: zxids 1 and 2 are used up."""
        with Link(self.server.place) as link:
            link.connect(timeout=10000)
            link.end_session()

    def test_the_conversation_of_section_10(self):
        self.first_session()
        self.open()
        # 10.1 connect
        self.say("""0000002d 00000000 0000000000000000 00002710 0000000000000000 00000010
                    00000000000000000000000000000000 00""")
        answer = self.hear("00000025 00000000 00002710 <I> 00000010 <P> 00")
        session, password = answer[12:20].hex(), answer[24:40].hex()
        self.assertEqual("01", session[:2], "the top byte is the server's id, 1 on a server alone")
        # 10.2 create /a "hi"
        self.say("""len=00000033 xid=00000001 op=00000001 path=00000002 2f61 data=00000002 6869 acl.n=00000001
                    perms=0000001f scheme=00000005 776f726c64 id=00000006 616e796f6e65 flags=00000000""")
        self.hear("len=00000016 xid=00000001 zxid=0000000000000004 err=00000000 path=00000002 2f61")
        # 10.3 getData with a watch
        self.say("0000000f 00000002 00000004 00000002 2f61 01")
        self.hear("""0000005a 00000002 0000000000000004 00000000 00000002 6869 0000000000000004 0000000000000004 <T> <T>
                     00000000 00000000 00000000 0000000000000000 00000002 00000000 0000000000000004""")
        # 10.4 exists of a missing node
        self.say("00000010 00000003 00000003 00000003 2f6e6f 00")
        self.hear("00000010 00000003 0000000000000004 ffffff9b")
        # 10.5 getChildren2 of the root; the children's order is not defined
        self.say("0000000e 00000004 0000000c 00000001 2f 00")
        reply = self.link_.reply()
        self.assertEqual((4, 4, 0), (reply.xid, reply.zxid, reply.err))
        reader = ops.Reader(reply.body)
        self.assertEqual(["a", "zookeeper"], sorted(reader.strings()))
        self.assertEqual((0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4), tuple(reader.stat()))
        # 10.6 setData: the own watch fires first
        self.say("00000019 00000005 00000005 00000002 2f61 00000003 627965 00000000")
        fired = by(zabra="0000000000000005", apache=MINUS_ONE)  # [3.9+]: the transaction's zxid
        self.hear(f"0000001e ffffffff {fired} 00000000 00000003 00000003 00000002 2f61")
        self.hear("""00000054 00000005 0000000000000005 00000000 0000000000000004 0000000000000005 <T> <T> 00000001
                     00000000 00000000 0000000000000000 00000003 00000000 0000000000000004""")
        # 10.7 multi that succeeds
        self.say("""0000006d 00000006 0000000e | 00000001 00 ffffffff 00000004 2f612f62 ffffffff 00000001 0000001f
                    00000005 776f726c64 00000006 616e796f6e65 00000001 | 0000000d 00 ffffffff 00000002 2f61 00000001 |
                    00000002 00 ffffffff 00000004 2f612f62 ffffffff | ffffffff 01 ffffffff""")
        self.hear("""0000003c 00000006 0000000000000006 00000000 | 00000001 00 00000000 00000004 2f612f62 |
                     0000000d 00 00000000 | 00000002 00 00000000 | ffffffff 01 ffffffff""")
        # 10.8 multi that fails at its second item: the header's err is 0
        self.say("""0000006d 00000007 0000000e | 00000001 00 ffffffff 00000004 2f612f62 00000000 00000001 0000001f
                    00000005 776f726c64 00000006 616e796f6e65 00000000 | 0000000d 00 ffffffff 00000002 2f61 00000009 |
                    00000002 00 ffffffff 00000004 2f612f62 ffffffff | ffffffff 01 ffffffff""")
        self.hear("""00000040 00000007 0000000000000007 00000000 | ffffffff 00 00000000 00000000 |
                     ffffffff 00 ffffff99 ffffff99 | ffffffff 00 fffffffe fffffffe | ffffffff 01 ffffffff""")
        # 10.9 multiRead; again the order of the root's children is not defined
        self.say("""00000041 00000008 00000016 | 00000004 00 ffffffff 00000002 2f61 00 | 00000008 00 ffffffff 00000001
                    2f 00 | 00000004 00 ffffffff 00000003 2f6e6f 00 | ffffffff 01 ffffffff""")
        reply = self.link_.reply()
        self.assertEqual((8, 7, 0), (reply.xid, reply.zxid, reply.err))
        (k1, e1, (data, stat)), (k2, e2, children), missing = ops.multi_results(reply.body)
        self.assertEqual((4, 0, b"bye", 8, 0), (k1, e1, data, k2, e2))
        self.assertEqual((4, 5, 1, 2, 0, 0, 3, 0, 6), stat[:2] + stat[4:])
        self.assertEqual(["a", "zookeeper"], sorted(children))
        self.assertEqual((-1, ops.NO_NODE, ops.NO_NODE), missing)
        # 10.10 a failed write uses up its zxid
        self.say("""00000031 00000009 00000001 00000002 2f61 00000000 00000001 0000001f 00000005 776f726c64 00000006
                    616e796f6e65 00000000""")
        self.hear("00000010 00000009 0000000000000008 ffffff92")
        # 10.11 create2, ephemeral sequential
        self.say("""00000034 0000000a 0000000f 00000005 2f612f732d 00000000 00000001 0000001f 00000005 776f726c64
                    00000006 616e796f6e65 00000003""")
        self.hear(f"""00000067 0000000a 0000000000000009 00000000 0000000f 2f612f732d30303030303030303031
                      0000000000000009 0000000000000009 <T> <T> 00000000 00000000 00000000 {session} 00000000 00000000
                      0000000000000009""")
        # 10.12 ping
        self.say("00000008 fffffffe 0000000b")
        self.hear("00000010 fffffffe 0000000000000009 00000000")
        # 10.13 auth
        self.say("0000001d fffffffc 00000064 00000000 00000006 646967657374 00000003 753a70")
        self.hear("00000010 fffffffc 0000000000000000 00000000")
        # 10.14 setWatches: the immediate event has zxid -1 in every release
        self.say("""00000029 fffffff8 00000065 0000000000000000 00000001 00000002 2f61 00000001 00000003 2f6e6f
                    00000000""")
        self.hear(f"0000001e ffffffff {MINUS_ONE} 00000000 00000003 00000003 00000002 2f61")
        self.hear("00000010 fffffff8 0000000000000009 00000000")
        # 10.15 sync
        self.say("0000000d 0000000b 00000009 00000001 2f")
        self.hear("00000015 0000000b 0000000000000009 00000000 00000001 2f")
        # 10.16 whoAmI; the order of the ids is not defined
        self.say("00000008 0000000c 0000006b")
        reply = self.link_.reply()
        self.assertEqual((12, 9, 0), (reply.xid, reply.zxid, reply.err))
        reader = ops.Reader(reply.body)
        ids = sorted((reader.string(), reader.string()) for _ in range(reader.i32()))
        self.assertEqual([("digest", "u"), ("ip", "127.0.0.1")], ids)
        # 10.17 closeSession
        self.say("00000008 0000000d fffffff5")
        self.hear("00000010 0000000d 000000000000000a 00000000")
        self.hear_end()
        # 10.18 the closed session is refused
        self.open()
        self.say(f"0000002d 00000000 0000000000000000 00002710 {session} 00000010 {password} 00")
        self.hear("00000025 00000000 00000000 0000000000000000 00000010 00000000000000000000000000000000 00")
        self.hear_end()
        # 10.19 an unknown op code
        self.open()
        self.link_.connect()
        self.say("00000008 00000001 00000063")
        self.hear(f"00000010 00000001 {MINUS_ONE} fffffffa")
        self.hear_end()


class Frames(ServerCase):
    """The single frames of section 30."""

    settings = {"enforceQuota": "true"}

    def setUp(self):
        self.link_ = self.link()

    def exchange(self, request, answer):
        """Sends hex, expects hex; `Z` is any zxid, `S` any Stat, both whole fields."""
        self.link_.send_bytes(bytes.fromhex(compact(request)))
        self.expect(answer)

    def expect(self, answer):
        wanted = compact(answer.replace("<Z>", "Z" * 16).replace("<S>", "S" * 136))
        frame = self.link_.receive_frame()
        got = (struct.pack(">i", len(frame)) + frame).hex()
        masked = "".join(w if w in "ZS" else g for w, g in zip(wanted, got)) + got[len(wanted):]
        self.assertEqual(wanted, masked)

    def fresh(self, path, data=b"x"):
        with Link(self.server.place) as other:
            other.connect()
            if other.stat(path) is not None:
                for child in other.children(path):
                    other.delete(f"{path}/{child}")
                other.delete(path)
            other.create(path, data)

    def event(self, kind, path, zxid):
        body = f"{kind:08x} 00000003 {len(path):08x} {path.encode().hex()}"
        shown = f"{zxid:016x}" if zxid >= 0 else MINUS_ONE
        self.expect(f"{28 + len(path):08x} ffffffff {shown} 00000000 {body}")

    def test_notifications_have_the_recorded_form(self):
        self.fresh("/gv")
        self.link_.get("/gv", watch=True)
        self.link_.children("/gv", watch=True)
        self.link_.call(ops.EXISTS, ops.watched("/gv/n", True))
        with Link(self.server.place) as other:
            other.connect()
            zxid = by(zabra=other.set("/gv", b"y").mzxid, apache=-1)
            self.event(ops.DATA_CHANGED, "/gv", zxid)
            other.create("/gv/n")
            zxid = by(zabra=other.stat("/gv/n").czxid, apache=-1)
            self.event(ops.CREATED, "/gv/n", zxid)
            self.event(ops.CHILDREN_CHANGED, "/gv", zxid)
            self.link_.call(ops.EXISTS, ops.watched("/gv/n", True))
            zxid = by(zabra=other.delete("/gv/n").zxid, apache=-1)
            self.event(ops.DELETED, "/gv/n", zxid)

    def test_set_watches2(self):
        self.fresh("/gv")
        self.link_.create("/gv/c")
        self.link_.create("/gv/c/x")
        self.exchange("""0000004f fffffff8 00000069 0000000000000001 00000001 00000003 2f6776 00000001 00000005
                         2f67762f65 00000001 00000005 2f67762f63 00000001 00000005 2f67762f70 00000001 00000005
                         2f67762f72""",
                      f"0000001f ffffffff {MINUS_ONE} 00000000 00000003 00000003 00000003 2f6776")
        self.expect(f"00000021 ffffffff {MINUS_ONE} 00000000 00000004 00000003 00000005 2f67762f63")
        self.expect("00000010 fffffff8 <Z> 00000000")
        self.link_.delete("/gv/c/x")
        self.link_.call(ops.PING)

    def test_set_watches_when_nothing_changed(self):
        self.fresh("/gv")
        self.exchange("00000023 fffffff8 00000065 0000010000000000 00000001 00000003 2f6776 00000000 00000000",
                      "00000010 fffffff8 <Z> 00000000")

    def test_add_check_and_remove_watches(self):
        self.fresh("/gv")
        self.exchange("00000013 00000005 0000006a 00000003 2f6776 00000001", "00000014 00000005 <Z> 00000000 00000000")
        self.exchange("00000016 00000006 00000012 00000006 2f67762f7a7a 00000003", "00000010 00000006 <Z> ffffff87")
        self.exchange("00000013 00000007 00000012 00000003 2f6776 00000003", "00000010 00000007 <Z> 00000000")
        self.exchange("00000013 00000008 00000011 00000003 2f6776 00000001", "00000010 00000008 <Z> ffffff87")

    def test_auth(self):
        self.exchange("00000020 fffffffc 00000064 00000000 00000006 646967657374 00000006 6a6f653a7077",
                      "00000010 fffffffc 0000000000000000 00000000")
        self.exchange("0000001a fffffffc 00000064 00000000 00000006 6e6f73756368 00000000",
                      "00000010 fffffffc 0000000000000000 ffffff8d")
        self.assertTrue(self.link_.closed())

    def test_get_acl_without_admin_hides_the_digest(self):
        self.fresh("/gv")
        self.link_.create("/gv/a", acl=((1, "world", "anyone"), (31, "digest", "u:h")))
        self.exchange("00000011 0000000a 00000006 00000005 2f67762f61",
                      """00000084 0000000a <Z> 00000000 00000002 00000001 00000005 776f726c64 00000006 616e796f6e65
                         0000001f 00000006 646967657374 00000003 753a78 <S>""")

    def test_sasl_without_a_login_section_answers_a_null_token(self):
        self.exchange("0000000c 00000001 00000066 00000000", "00000014 00000001 0000000000000000 00000000 ffffffff")
        self.link_.call(ops.PING)

    def test_get_ephemerals_and_all_children_number(self):
        self.fresh("/gv")
        self.link_.create("/gv/e", flags=ops.CONTAINER)
        self.link_.create("/gv/p")
        self.link_.create("/gv/e1", flags=ops.EPHEMERAL)
        self.exchange("0000000f 0000000c 00000067 00000003 2f6776",
                      "0000001e 0000000c <Z> 00000000 00000001 00000006 2f67762f6531")
        self.exchange("0000000f 0000000d 00000068 00000003 2f6776", "00000014 0000000d <Z> 00000000 00000003")

    def test_create_above_a_hard_quota(self):
        self.fresh("/gv")
        self.link_.create("/zookeeper/quota/gv")
        self.link_.create("/zookeeper/quota/gv/zookeeper_limits", b"count=-1,bytes=-1=;countHardLimit=1")
        self.link_.create("/zookeeper/quota/gv/zookeeper_stats", b"count=0,bytes=0")
        last = self.link_.call(ops.PING).zxid
        self.exchange("""00000034 0000000e 00000001 00000005 2f67762f71 00000000 00000001 0000001f 00000005 776f726c64
                         00000006 616e796f6e65 00000000""", f"00000010 0000000e {last + 1:016x} ffffff83")
        for node in ("/gv/zookeeper_limits", "/gv/zookeeper_stats", "/gv"):
            self.link_.delete("/zookeeper/quota" + node)

    def test_create_ttl_and_container_answer_with_a_stat(self):
        self.fresh("/gv")
        self.exchange("""0000003c 0000000f 00000015 00000005 2f67762f74 00000000 00000001 0000001f 00000005 776f726c64
                         00000006 616e796f6e65 00000005 000000000000ea60""",
                      "0000005d 0000000f <Z> 00000000 00000005 2f67762f74 <S>")
        self.exchange("""00000035 00000010 00000013 00000006 2f67762f6374 00000000 00000001 0000001f 00000005 776f726c64
                         00000006 616e796f6e65 00000004""", "0000005e 00000010 <Z> 00000000 00000006 2f67762f6374 <S>")

    def test_the_configuration_node_of_a_server_alone(self):
        self.exchange("0000001e 00000001 00000004 00000011 2f7a6f6f6b65657065722f636f6e666967 00",
                      f"00000058 00000001 <Z> 00000000 00000000 {'0' * 80} ffffffff {'0' * 48}")

    def test_an_expired_session_reads_all_zero(self):
        self.link_.close()
        self.link_ = self.bare_link()
        self.exchange(f"0000002d 00000000 0000000000000000 00002710 0100000000000001 00000010 {'01' * 16} 00",
                      f"00000025 00000000 00000000 0000000000000000 00000010 {'0' * 32} 00")
        self.assertTrue(self.link_.closed())

"""Four-letter words: who may ask, and the lines that monitors parse."""

import re
import socket

from fixture import ops
from fixture.case import ServerCase, by
from fixture.link import Closed
from fixture.server import Server, ask

BUILT = r"built on \d{4}-\d\d-\d\d \d\d:\d\d UTC"
VERSION = by(zabra=rf"3\.9\.5-zabra-[\w.]+-\w+, {BUILT}", apache=rf"3\.8\.0-\S+, {BUILT}")
FLOAT = r"\d+\.\d{1,4}"
SRVR = (rf"Zookeeper version: {VERSION}", rf"Latency min/avg/max: \d+/{FLOAT}/\d+", r"Received: \d+", r"Sent: \d+",
        r"Connections: \d+", r"Outstanding: \d+", r"Zxid: 0x[0-9a-f]+", r"Mode: standalone", r"Node count: \d+")
OTHER_WORDS = "cons crst dirs dump gtmk hash srst wchc wchp wchs".split()


class WordCase(ServerCase):
    def ask(self, word, **more):
        return ask(self.server.place, word, **more)

    def assert_lines(self, patterns, text):
        """Line by line; every line ends with a line feed."""
        self.assertTrue(text.endswith("\n"), text)
        lines = text[:-1].split("\n")
        for pattern, line in zip(patterns, lines):
            self.assertRegex(line, f"^(?:{pattern})$")
        self.assertEqual(len(patterns), len(lines), text)

    def fields(self, word, separator):
        return dict(line.split(separator, 1) for line in self.ask(word).splitlines() if separator in line)


class Answers(WordCase):
    def test_ruok(self):
        self.assertEqual("imok", self.ask("ruok"))

    def test_isro(self):
        self.assertEqual("rw", self.ask("isro"))

    def test_srvr(self):
        self.assert_lines(SRVR, self.ask("srvr"))

    def test_srvr_counts(self):
        before = self.fields("srvr", ": ")
        link = self.link()
        for number in range(10):
            link.create(f"/srvr{number}")
        last = link.call(ops.PING).zxid
        after = self.fields("srvr", ": ")
        self.assertEqual(f"0x{last:x}", after["Zxid"])
        self.assertEqual(10, int(after["Node count"]) - int(before["Node count"]))
        self.assertEqual(1, int(after["Connections"]) - int(before["Connections"]))
        for key in ("Received", "Sent"):
            self.assertGreaterEqual(int(after[key]) - int(before[key]), 12, key)  # connect, creates, ping
        least, average, most = (float(n) for n in after["Latency min/avg/max"].split("/"))
        self.assertTrue(least <= average <= most)

    def test_stat_lists_the_clients_between_the_version_and_the_rest(self):
        link = self.link()
        host, port = link.socket.getsockname()
        link.call(ops.PING)
        text = self.ask("stat")
        clients = [line for line in text.splitlines() if line.startswith(" ")]
        client = r" /127\.0\.0\.1:\d+\[[0-9a-f]+\]\(queued=\d+,recved=\d+,sent=\d+\)"
        self.assert_lines((SRVR[0], "Clients:", *[client] * len(clients), "", *SRVR[1:]), text)
        own = [line for line in clients if line.startswith(f" /{host}:{port}[")]
        self.assertEqual(1, len(own), text)
        self.assertRegex(own[0], by(zabra=r"\(queued=0,recved=2,sent=2\)$", apache=r"\(queued=[01],recved=2,sent=2\)$"))

    def test_conf(self):
        directory = re.escape(self.server.directory)
        self.assert_lines((
            rf"clientPort={self.server.port}", r"secureClientPort=-1", rf"dataDir={directory}/data/version-2",
            r"dataDirSize=\d+", rf"dataLogDir={directory}/data/version-2", r"dataLogSize=\d+", r"tickTime=500",
            r"maxClientCnxns=0", r"minSessionTimeout=1000", r"maxSessionTimeout=60000", r"clientPortListenBacklog=-1",
            r"serverId=\d+"), self.ask("conf"))

    def test_envi(self):
        text = self.ask("envi")
        lines = text.splitlines()
        self.assertEqual("Environment:", lines[0])
        self.assertRegex(lines[1], f"^zookeeper\\.version={VERSION}$")
        values = dict(line.split("=", 1) for line in lines[1:])
        self.assertEqual("Linux", values["os.name"])
        self.assertEqual(by(zabra=socket.gethostname(), apache=values["host.name"]), values["host.name"])
        for key in ("java.version", "os.arch", "os.version", "user.name", "user.home", "user.dir"):
            self.assertTrue(values[key], key)
        self.assertRegex(values["os.memory.free"], r"^\d+MB$")
        # What kazoo makes of it.
        self.assertEqual(by(zabra=(3, 9, 5), apache=(3, 8, 0)),
                         tuple(int(n) for n in re.search(r"zookeeper\.version=(\d+)\.(\d+)\.(\d+)", text).groups()))

    def test_monitors_lines(self):
        text = self.ask("mntr")
        lines = text.splitlines()
        self.assertRegex(lines[0], f"^zk_version\t{VERSION}$")
        self.assertEqual("zk_server_state\tstandalone", lines[1])
        for line in lines[1:]:
            self.assertRegex(line, r"^zk_\w+\t[\w.\-]+$")  # exactly what Telegraf and the exporters take
        keys = [line.split("\t")[0] for line in lines]
        self.assertEqual(len(keys), len(set(keys)))
        self.assertTrue(text.endswith("\n"))

    def test_monitors_classic_keys(self):
        values = self.fields("mntr", "\t")
        for key in """packets_received packets_sent num_alive_connections outstanding_requests znode_count watch_count
                      ephemerals_count
                      approximate_data_size open_file_descriptor_count max_file_descriptor_count min_latency max_latency
                      last_client_response_size max_client_response_size min_client_response_size uptime global_sessions
                      local_sessions auth_failed_count outstanding_tls_handshake non_mtls_remote_conn_count
                      non_mtls_local_conn_count""".split():
            self.assertRegex(values[f"zk_{key}"], r"^-?\d+$", key)
        for key in ("avg_latency", "connection_drop_probability"):
            self.assertRegex(values[f"zk_{key}"], rf"^{FLOAT}$", key)
        self.assertNotIn("zk_followers", values)  # of a leader only

    def test_the_classic_keys_come_within_the_first_two_kilobytes(self):
        # Old checks read no further. Apache's order comes from a hash map.
        text = self.ask("mntr")
        head = text[:2048] if by(zabra=True, apache=False) else text
        for key in ("zk_avg_latency", "zk_outstanding_requests", "zk_znode_count", "zk_watch_count",
                    "zk_ephemerals_count", "zk_approximate_data_size", "zk_open_file_descriptor_count",
                    "zk_max_file_descriptor_count", "zk_num_alive_connections", "zk_packets_received",
                    "zk_packets_sent"):
            self.assertIn(f"\n{key}\t", head)

    def test_monitors_figures_move_with_what_they_count(self):
        def figures():
            values = self.fields("mntr", "\t")
            return [int(values[f"zk_{key}"])
                    for key in ("znode_count", "ephemerals_count", "watch_count", "global_sessions",
                                "num_alive_connections", "approximate_data_size", "auth_failed_count")]

        before = figures()
        link = self.link()
        link.create("/mntr", b"12345")
        link.create("/mntr/e", b"123", flags=ops.EPHEMERAL)
        link.get("/mntr", True)
        link.children("/mntr", True)
        link.ok(ops.ADD_WATCH, ops.numbered("/mntr/e", 0))  # in both tables
        failed = self.link()
        failed.call(ops.AUTH, ops.auth("nosuch", b""))
        self.assertTrue(failed.closed())
        names = len("/mntr") + len("/mntr/e")
        # Apache does not count a scheme that it does not know.
        self.assertEqual([2, 1, 4, 2, 1, names + 8, by(zabra=1, apache=0)], [b - a for a, b in zip(before, figures())])

    def test_a_fresh_tree_has_five_nodes(self):
        values = ask(self.fresh().place, "mntr")
        self.assertIn("\nzk_znode_count\t5\n", values)
        self.assertIn("\nzk_approximate_data_size\t44\n", values)

    def fresh(self):
        server = Server()
        self.addCleanup(server.close)
        return server.start()


class Manners(WordCase):
    def test_a_probe_that_closes_its_side_first_gets_its_answer(self):
        for word, expected in (("ruok", "imok"), ("isro", "rw"), ("srvr", "Zookeeper version: "),
                               ("mntr", "zk_version")):
            for _ in range(5):
                self.assertTrue(self.ask(word, half_close=True).startswith(expected), word)

    def test_what_follows_the_word_does_not_matter(self):
        for rest in ("\n", "\r\n", " and more than that", "x" * 5000):
            self.assertEqual("imok", self.ask("ruok" + rest))

    def test_a_word_may_come_in_pieces(self):
        link = self.bare_link()
        for letter in b"ruok":
            link.send_bytes(bytes([letter]))
            self.assertTrue(link.silent(0.05) or letter == ord("k"))
        self.assertEqual(b"imok", self.rest(link))

    def test_each_answer_ends_the_connection(self):
        for word in (b"ruok", b"srvr", b"mntr", b"stat", b"conf", b"envi", b"isro"):
            link = self.bare_link()
            link.send_bytes(word)
            self.assertTrue(self.rest(link))

    def rest(self, link):
        text = b""
        while True:
            try:
                text += link._read(1)
            except Closed:
                return text

    def test_letters_that_are_no_word_are_a_length_and_close_without_a_word(self):
        for letters in (b"abcd", b"RUOK", b"Ruok", b"reqs", b"kill", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                        b"\x16\x03\x01\x02\x00\x01"):
            link = self.bare_link()
            link.send_bytes(letters)
            self.assertTrue(link.closed(), letters)

    def test_on_a_session_a_word_is_a_length_too(self):
        link = self.link()
        link.send_bytes(b"ruok")
        self.assertTrue(link.closed())

    def test_words_make_no_session_and_take_no_zxid(self):
        link = self.link()
        before = link.call(ops.PING).zxid
        for word in ("ruok", "srvr", "stat", "mntr", "conf", "envi", "isro"):
            self.ask(word)
        self.assertEqual(before, link.call(ops.PING).zxid)

    def test_words_that_this_version_does_not_have_are_never_answered_with_something_made_up(self):
        for word in OTHER_WORDS:
            answer = self.ask(word)
            if by(zabra=True, apache=False):
                self.assertRegex(answer, rf"^[^\n]*\b{word}\b[^\n]* not [^\n]*\n$")


class DefaultWhitelist(WordCase):
    settings = {"4lw.commands.whitelist": "srvr"}

    def test_srvr_is_answered(self):
        self.assert_lines(SRVR, self.ask("srvr"))

    def test_any_other_word_is_refused_in_one_sentence(self):
        for word in ["ruok", "stat", "mntr", "conf", "envi", "isro", *OTHER_WORDS]:
            self.assertEqual(f"{word} is not executed because it is not in the whitelist.\n", self.ask(word))


class OwnWhitelist(WordCase):
    settings = {"4lw.commands.whitelist": "ruok, mntr ,srvr"}

    def test_the_listed_ones_are_answered_and_no_other(self):
        self.assertEqual("imok", self.ask("ruok"))
        self.assertTrue(self.ask("mntr").startswith("zk_version\t"))
        self.assertEqual("stat is not executed because it is not in the whitelist.\n", self.ask("stat"))

#!/usr/bin/python3
"""Runs `zabra bench` as people do: against a real server, its own echo server, and servers that do it wrong.

  bench_run.py --zabra build/release/zabra
  bench_run.py --zabra build/release/zabra -k fill       only tests whose name has "fill"
"""

import json
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

sys.dont_write_bytecode = True

import command_case  # noqa: E402
from fixture import options  # noqa: E402
from fixture.link import Link  # noqa: E402
from fixture.process import Child, eventually  # noqa: E402
from fixture.server import Server, free_port  # noqa: E402

SECONDS_MAX = 60
QUICK = ["--duration", "1", "--warm-up", "0.1", "--connections", "8", "--keys", "200", "--quiet"]
LATENCY = {"count", "mean", "p50", "p90", "p99", "p99.9", "max"}


def bench(*arguments):
    """Runs it to its end: exit code, stdout, stderr."""
    ended = subprocess.run([options.zabra, "bench", *map(str, arguments)], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=SECONDS_MAX)
    return ended.returncode, ended.stdout, ended.stderr


class BenchCase(unittest.TestCase):
    def run_well(self, *arguments):
        """The report of a run in which all must be right; of a longer one where the machine was too slow for any
        reply."""
        for longer in [], ["--duration", 5], ["--duration", 30]:
            report = self.report_of(*arguments, *longer)
            if report["completed"]:
                return report
        self.fail(f"no reply in all the time: {report}")

    def report_of(self, *arguments):
        code, out, err = bench(*arguments, "--json")
        self.assertEqual((0, ""), (code, err), out)
        report = json.loads(out)
        self.assertEqual({"total": 0}, report["wrong"])
        self.assertNotIn("failure", report)
        return report

    def fails(self, *arguments):
        """The failure of a run that ends with 1, and all its lines."""
        code, out, err = bench(*arguments, "--json")
        self.assertEqual(1, code, out + err)
        return json.loads(out).get("failure", ""), err


class AgainstAServer(BenchCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    def children(self, path):
        with Link(self.server.place) as link:
            link.connect()
            return link.children(path)

    def test_each_timed_mode_runs_and_leaves_nothing(self):
        kinds = {"read": {"read"}, "write": {"write"}, "mixed": {"read", "write"}, "create": {"create"}}
        for mode, expected in kinds.items():
            with self.subTest(mode):
                report = self.run_well(self.server.address, "--mode", mode, *QUICK)
                self.assertEqual(expected, set(report["latency_us_by_kind"]))
                self.assertGreater(report["seconds"], report["options"]["duration_s"] - 0.2)
                self.assertEqual([], self.children("/zabra-bench"))

    def test_the_report_has_the_fields_that_are_promised(self):
        report = self.run_well(self.server.address, *QUICK, "--server-pid", self.server.child.process.pid)
        self.assertEqual({"zabra", "commit", "options", "seconds", "completed", "ops_per_s", "latency_us",
                          "latency_us_by_kind", "unsent", "wrong", "generator_cpu_us_per_op", "server_cpu_us_per_op",
                          "server_rss_anon_bytes"}, set(report))
        self.assertEqual({"servers": self.server.address, "mode": "mixed", "connections": 8, "outstanding": 16,
                          "size": 100, "children": 1000, "rate": 0.0, "read_ratio": 0.9, "keys": 200, "duration_s": 1.0,
                          "warm_up_s": 0.1, "seed": 1}, report["options"])
        for latency in (report["latency_us"], *report["latency_us_by_kind"].values()):
            self.assertEqual(LATENCY, set(latency))
            rising = [latency[name] for name in ("p50", "p90", "p99", "p99.9", "max")]
            self.assertEqual(sorted(rising), rising)
        self.assertEqual(report["latency_us"]["count"], sum(k["count"] for k in report["latency_us_by_kind"].values()))
        self.assertAlmostEqual(report["completed"] / report["seconds"], report["ops_per_s"], delta=1)
        self.assertGreater(report["server_rss_anon_bytes"], 1 << 20)

    def test_a_mix_keeps_its_ratio(self):
        by_kind = self.run_well(self.server.address, *QUICK, "--read-ratio", "0.5")["latency_us_by_kind"]
        reads, writes = by_kind["read"]["count"], by_kind["write"]["count"]
        self.assertAlmostEqual(0.5, reads / (reads + writes), delta=0.05)

    def test_values_of_any_size_come_back(self):
        for size in (0, 7, 8, 50_000):
            with self.subTest(size):
                self.run_well(self.server.address, *QUICK, "--duration", "0.3", "--keys", "20", "--size", size)

    def test_a_fixed_rate_is_kept(self):
        report = self.run_well(self.server.address, *QUICK, "--rate", "500")
        self.assertLess(report["ops_per_s"], 550)  # a slow machine sends less, and says what it did not send
        wanted = 500 * report["options"]["duration_s"]
        self.assertAlmostEqual(wanted, report["latency_us"]["count"] + report["unsent"], delta=1)

    def test_fill_stays_and_verify_finds_it(self):
        layout = ["--connections", 4, "--count", 2500, "--children", 100, "--root", "/filled", "--quiet"]
        self.assertEqual(2525, self.run_well(self.server.address, "--mode", "fill", *layout)["completed"])
        self.assertEqual(2500, self.run_well(self.server.address, "--mode", "verify", *layout)["completed"])
        self.assertEqual([f"p{n:08}" for n in range(25)], sorted(self.children("/filled")))
        self.server.restart(crash=True)
        self.run_well(self.server.address, "--mode", "verify", *layout)
        with self.subTest("a value that was changed is found"):
            with Link(self.server.place) as link:
                link.connect()
                link.set("/filled/p00000007/n0000042", b"x" * 100)
            code, out, err = bench(self.server.address, "--mode", "verify", *layout)
            self.assertEqual(1, code)
            self.assertIn("WRONG REPLIES 1: wrong content 1\n", out)
            self.assertIn("wrong reply: wrong content: getData /filled/p00000007/n0000042", err)
        with self.subTest("a node that is gone is found"):
            with Link(self.server.place) as link:
                link.connect()
                link.delete("/filled/p00000007/n0000042")
            self.assertIn("wrong error 1\n", bench(self.server.address, "--mode", "verify", *layout)[1])

    def test_keep_leaves_the_nodes(self):
        self.run_well(self.server.address, *QUICK, "--root", "/kept", "--keep", "--duration", "0.2")
        self.assertEqual(1, len(self.children("/kept")))

    def test_the_text_has_a_line_of_progress_each_second(self):
        code, out, err = bench(self.server.address, *QUICK[:-1], "--duration", "2")
        self.assertEqual(0, code, out + err)
        self.assertRegex(out, r"\Amixed 8 x 16, 100 B, 90 % reads: [\d,]+ ops/s over 2\.0\d s\nall .*\nread .*\n"
                              r"write .*\nwrong replies 0\ngenerator CPU .*\n\Z")
        self.assertGreaterEqual(len(re.findall(r"^ +\d+ s +[\d,]+ ops/s  p50 .* wrong 0", err, re.M)), 2, err)

    def test_a_server_that_dies_fails_the_run(self):
        server = Server().start()
        self.addCleanup(server.close)
        command = [options.zabra, "bench", server.address, *QUICK[:-1], "--duration", "30", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            self.addCleanup(running.kill)
            running.stderr.readline()  # of progress
            server.kill()
            out, err = running.communicate(timeout=SECONDS_MAX)
        self.assertEqual(1, running.returncode, out + err)
        failure = json.loads(out)["failure"]
        self.assertRegex(failure, r"connection \d: (closed by the server|broken: .+)")


class WithTheServersOwnLimits(BenchCase):
    def test_too_many_connections_name_the_limit(self):
        server = Server({"maxClientCnxns": 60}).start()
        self.addCleanup(server.close)
        failure, _ = self.fails(server.address, "--quiet", "--duration", "0.2", "--warm-up", "0", "--keys", "10")
        self.assertRegex(failure, r"connection \d+: .*maxClientCnxns.*60")
        # Those that were served are closed, which the server may learn a moment later.
        sixty = [server.address, "--quiet", "--duration", "0.2", "--warm-up", "0", "--keys", "100", "-c", "60"]
        eventually(lambda: bench(*sixty)[0] == 0, SECONDS_MAX, "60 connections are served", pause=0.1)


class AgainstTheEchoServer(BenchCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="zabra-bench-")
        self.addCleanup(self.directory.cleanup)

    def echo(self, *arguments):
        """Its address."""
        log = f"{self.directory.name}/echo.log"
        child = Child([options.zabra, "bench", "--echo-server", "0", *arguments], log)
        self.addCleanup(child.kill)
        def address():
            with open(log) as text:
                told = re.search(r"on (127\.0\.0\.1:\d+)\n", text.read())
            return told and told.group(1)
        return eventually(address, SECONDS_MAX, "the echo server names its port")

    def test_every_mode_that_needs_no_memory_runs(self):
        address = self.echo()
        for mode in ("read", "write", "mixed", "create"):
            with self.subTest(mode):
                self.run_well(address, "--mode", mode, *QUICK)
        self.run_well(address, "--mode", "fill", "--count", 5000, "-c", 4, "--quiet")
        self.run_well(address, "--mode", "verify", "--count", 5000, "-c", 4, "--quiet")

    def test_its_values_have_the_size_that_it_was_given(self):
        address = self.echo("--size", "300", "--children", "10")
        self.run_well(address, "--mode", "read", *QUICK, "--size", 300, "--children", 10)
        _, err = self.fails(address, "--mode", "read", *QUICK, "--size", 299, "--children", 10)
        self.assertIn("wrong reply: wrong length", err)


class ALyingServer(threading.Thread):
    """Grants sessions and answers requests until `lie` changes an answer: lie(op code, xid, reply) -> bytes, None
    closes."""

    def __init__(self, lie):
        super().__init__(daemon=True)
        self.lie, self.zxid = lie, 1
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.start()

    def run(self):
        link, _ = self.listener.accept()
        with link, link.makefile("rb") as frames:
            self.frame(frames)
            link.sendall(struct.pack(">iiiqi16sb", 37, 0, 30000, 77, 16, bytes(16), 0))
            while request := self.frame(frames):
                xid, op = struct.unpack_from(">ii", request)
                reply = self.lie(op, xid, self.reply(xid, op, request[8:]))
                if reply is None:
                    return
                link.sendall(struct.pack(">i", len(reply)) + reply)

    @staticmethod
    def frame(frames):
        head = frames.read(4)
        return frames.read(struct.unpack(">i", head)[0]) if len(head) == 4 else None

    def reply(self, xid, op, body):
        self.zxid += 1
        header = struct.pack(">iqi", xid, self.zxid, 0)
        if op == 1:  # create: the path
            return header + body[:4 + struct.unpack_from(">i", body)[0]]
        if op == 5:  # setData: its Stat
            return header + struct.pack(">qqqqiiiqiiq", 1, self.zxid, 0, 0, 1, 0, 0, 0, 0, 0, 1)
        return header


class AgainstServersThatLie(BenchCase):
    """One connection, one request at a time, values of no bytes: what a server does wrong is told and counted."""

    def run_against(self, lie):
        arguments = ["--mode", "write", "--size", 0, "--keys", 1, "-c", 1, "-o", 1, "-w", 0, "-d", 0.2, "--quiet",
                     "--keep"]
        code, out, err = bench(ALyingServer(lie).address, *arguments, "--json")
        return code, json.loads(out), err

    def on_set_data(self, change):
        """A lie in the first reply to a setData alone."""
        told = []
        def lie(op, _xid, reply):
            if op != 5 or told:
                return reply
            told.append(True)
            return change(reply)
        return lie

    def test_one_that_does_not_lie_is_right(self):
        code, report, err = self.run_against(lambda op, xid, reply: reply)
        self.assertEqual((0, 0, ""), (code, report["wrong"]["total"], err))

    def test_each_lie_is_caught_by_its_name(self):
        lies = {
            "wrong error": lambda reply: reply[:12] + struct.pack(">i", -101),
            "zxid went back": lambda reply: reply[:4] + bytes(8) + reply[12:],
            "wrong stat": lambda reply: reply[:24] + bytes(8) + reply[32:],  # mzxid
            "malformed": lambda reply: reply[:-1],
        }
        for verdict, change in lies.items():
            with self.subTest(verdict):
                code, report, err = self.run_against(self.on_set_data(change))
                self.assertEqual(1, code)
                self.assertEqual({"total": 1, verdict: 1}, report["wrong"])
                self.assertNotIn("failure", report)
                self.assertTrue(err.startswith(f"wrong reply: {verdict}: setData "), err)

    def test_after_a_wrong_xid_nothing_can_be_matched(self):
        code, report, _ = self.run_against(self.on_set_data(lambda reply: struct.pack(">i", 9999) + reply[4:]))
        self.assertEqual((1, {"total": 1, "wrong xid": 1}), (code, report["wrong"]))
        self.assertEqual("connection 0: its replies can't be matched any more", report["failure"])

    def test_a_wrong_path_of_the_nodes_to_be_made_ends_the_run_before_it_begins(self):
        code, report, err = self.run_against(lambda op, xid, reply: reply[:-1] + b"x" if op == 1 else reply)
        self.assertEqual(1, code)
        self.assertIn("making the root: 2 wrong replies", report["failure"])
        self.assertIn("wrong reply: wrong path: create /zabra-bench ", err)

    def test_a_connection_that_is_closed_fails_the_run(self):
        code, report, _ = self.run_against(self.on_set_data(lambda reply: None))
        self.assertEqual(1, code)
        self.assertRegex(report["failure"], r"connection 0: (closed by the server|broken: .+)")


class AskedWrongly(BenchCase):
    def test_bad_options_end_with_two_and_one_line(self):
        for arguments in (["--mode", "no"], ["--connections", "0"], ["--no-such"], ["host:port"], ["--root", "x"]):
            with self.subTest(arguments):
                code, out, err = bench(*arguments)
                self.assertEqual((2, ""), (code, out))
                self.assertRegex(err, r"\Azabra bench: [^\n]+\n\Z")

    def test_help_is_told_on_stdout(self):
        code, out, err = bench("--help")
        self.assertEqual((0, ""), (code, err))
        self.assertIn("--outstanding", out)

    def test_a_server_that_is_not_there_fails_the_run(self):
        port = free_port()
        failure, _ = self.fails(f"127.0.0.1:{port}", *QUICK)
        self.assertEqual(f"127.0.0.1:{port}: Connection refused", failure)

    def test_an_echo_port_in_use_is_said(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            code, _, err = bench("--echo-server", taken.getsockname()[1])
        self.assertEqual(1, code)
        self.assertRegex(err, r"\Azabra bench: port \d+: Address already in use\n\Z")


if __name__ == "__main__":
    sys.exit(command_case.main(__doc__))

#!/usr/bin/python3
"""Runs `zabra status` as people do: against an ensemble that loses servers, one server, Apache ZooKeeper, and nobody.

  status_run.py --zabra build/release/zabra
"""

import json
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

import command_case  # noqa: E402
from fixture import options  # noqa: E402
from fixture.ensemble import Ensemble, OneHost  # noqa: E402
from fixture.server import Server, free_port  # noqa: E402

SECONDS_MAX = 60


def status(*arguments):
    """Exit code, stdout, stderr."""
    ended = subprocess.run([options.zabra, "status", *map(str, arguments)], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=SECONDS_MAX)
    return ended.returncode, ended.stdout, ended.stderr


def rows(*arguments):
    code, out, err = status(*arguments, "--json")
    assert err == "", err
    told = json.loads(out)
    assert told["well"] == (code == 0), out
    return told["servers"]


class WithClientPorts(OneHost):
    """Each server's line says where its clients go."""

    def peer_address(self, number, seen_by):
        host, port = self.place(number)
        return f"{super().peer_address(number, seen_by)};{host}:{port}"


class Status(unittest.TestCase):
    def server(self):
        server = Server()
        self.addCleanup(server.close)
        return server.start()

    def ensemble(self, network):
        ensemble = Ensemble(3, network=network)
        self.addCleanup(ensemble.close)
        ensemble.start()
        return ensemble

    def test_one_server_is_enough_to_find_the_others(self):
        ensemble = self.ensemble(WithClientPorts(3))
        seen = rows(ensemble.servers[0].address)
        self.assertEqual([1, 2, 3], [server["server"] for server in seen])
        self.assertEqual(["follower", "follower", "leader"], sorted(server["role"] for server in seen))
        self.assertEqual(1, len({server["epoch"] for server in seen}))

    def test_a_server_that_is_gone_has_its_row_and_the_exit_code_says_so(self):
        ensemble = self.ensemble(WithClientPorts(3))
        ensemble.servers[0].kill()
        code, out, _ = status(ensemble.address)
        self.assertEqual(1, code, out)
        self.assertRegex(out, r"(?m)^1 +127\.0\.0\.1:\d+ +Connection refused +- +- +- +- +-$")
        self.assertEqual(4, len(out.splitlines()))

    def test_without_client_ports_in_the_configuration_all_are_named(self):
        ensemble = self.ensemble(OneHost(3))
        alone = rows(ensemble.servers[0].address)
        self.assertEqual(["is not where it was looked for: name its address"] * 2,
                         [server["fault"] for server in alone if "fault" in server])
        ensemble.servers[0].kill()
        self.assertEqual([2, 3, None], [server.get("server") for server in rows(ensemble.address)])

    def test_one_server_alone(self):
        (seen,) = rows(self.server().address)
        self.assertEqual(("standalone", 0), (seen["role"], seen["lag"]))

    def test_apache_zookeeper_is_asked_in_its_own_word(self):
        options.oracle = True
        self.addCleanup(setattr, options, "oracle", False)
        (seen,) = rows(self.server().address)
        self.assertEqual(("standalone", "0x0"), (seen["role"], seen["zxid"]))
        self.assertNotIn("since", seen)

    def test_nobody_there(self):
        code, out, _ = status(f"127.0.0.1:{free_port()}")
        self.assertEqual(1, code)
        self.assertIn("Connection refused", out)

    def test_bad_arguments_end_with_2_and_one_line(self):
        for arguments in (["h:0"], ["h:x"], ["--patience", "0"], ["--no-such"]):
            code, out, err = status(*arguments)
            self.assertEqual((2, "", 1), (code, out, len(err.splitlines())), arguments)
            self.assertTrue(err.startswith("zabra status: "), err)


if __name__ == "__main__":
    sys.exit(command_case.main(__doc__))

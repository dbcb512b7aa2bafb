"""Starts that must fail: with the right exit code, one clear line, and without touching what is there."""

import os
import unittest

from fixture.link import Link
from fixture.server import Server
from load.ends import end_of_start, fingerprint

UNEXPECTED, USAGE, DATA_DIRECTORY = 1, 2, 3


class RefusedStarts(unittest.TestCase):
    def made(self, settings=None):
        server = Server(settings)
        self.addCleanup(server.close)
        return server

    def assert_refused(self, server, code, *said):
        """It says why on standard error in one line, which begins as all of them do."""
        ended, text = end_of_start(server)
        self.assertEqual(code, ended, text)
        lines = [line for line in text.splitlines() if line.startswith("zabra server: ")]
        self.assertEqual(1, len(lines), text)
        for part in said:
            self.assertIn(part, lines[0])

    def test_a_second_server_on_the_same_data(self):
        first = self.made().start()
        with Link(first.place) as link:
            link.connect()
            link.create("/x", b"mine")
            second = self.made({"dataDir": f"{first.directory}/data"})
            self.assert_refused(second, DATA_DIRECTORY, f"{first.directory}/data/version-2", "in use by another server")
            self.assertEqual(b"mine", link.get("/x")[0])
            link.set("/x", b"still taken")
        first.kill()  # a killed server holds nothing any more
        second.start()
        with Link(second.place) as link:
            link.connect()
            self.assertEqual(b"still taken", link.get("/x")[0])

    def test_a_second_server_on_the_same_log(self):
        directory = self.made().directory
        first = self.made({"dataLogDir": f"{directory}/log"}).start()
        second = self.made({"dataLogDir": f"{directory}/log"})
        self.assert_refused(second, DATA_DIRECTORY, f"{directory}/log/version-2", "in use by another server")
        self.assertTrue(first.running())

    def test_a_port_that_is_taken(self):
        first = self.made().start()
        second = self.made({"clientPort": first.port})
        self.assert_refused(second, UNEXPECTED, str(first.port), "in use")
        self.assertTrue(first.running())

    def test_bad_configuration(self):
        for settings, said in (({"tickTime": "soon"}, "tickTime"), ({"secureClientPort": 2281}, "secureClientPort"),
                               ({"ssl.keyStore.location": "/k"}, "ssl.keyStore.location"),
                               ({"clientPort": 70000}, "clientPort"),
                               ({"minSessionTimeout": 9000, "maxSessionTimeout": 3000}, "SessionTimeout")):
            with self.subTest(said):
                server = self.made(settings)
                self.assert_refused(server, USAGE, f"{server.conf}:", said)
                self.assertEqual([], os.listdir(f"{server.directory}/data"))

    def test_a_data_directory_that_cannot_be_made(self):
        server = self.made()
        with open(f"{server.directory}/file", "w"):
            pass
        server.settings["dataDir"] = f"{server.directory}/file/data"
        ended, text = end_of_start(server)
        self.assertIn(ended, (USAGE, DATA_DIRECTORY), text)
        self.assertIn(f"{server.directory}/file", text)

    def test_data_of_apache_zookeeper_is_not_touched(self):
        for name in ("snapshot.0", "snapshot.1f3", "log.1"):
            with self.subTest(name):
                server = self.made()
                version = f"{server.directory}/data/version-2"
                os.makedirs(version)
                with open(f"{version}/{name}", "wb") as file:
                    file.write(b"ZKSN somebody else's")
                before = fingerprint(version)
                self.assert_refused(server, DATA_DIRECTORY, name, "checkpoint.pointer")
                after = fingerprint(version)
                after.pop(f"{version}/zabra.lock", None)
                self.assertEqual(before, after)

"""kill -9 of a server whose client connections have threads of their own."""

import unittest

from load.killing import Killing


class KillNineIoThreads(Killing, unittest.TestCase):
    kills = 10
    more = {"ioThreads": 2}

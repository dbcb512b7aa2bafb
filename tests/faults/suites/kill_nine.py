"""kill -9, fifty times."""

import unittest

from load.killing import Killing


class KillNine(Killing, unittest.TestCase):
    kills = 50

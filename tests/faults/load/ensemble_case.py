"""What the suites about ensembles share: servers, a load that goes on through the faults, and the audit of every server
at the end."""

import random
import unittest

from fixture import options
from fixture.ensemble import Ensemble
from fixture.link import Closed, Link

from .load import EnsembleLoad
from .seed import seed

WORKERS = 6


class EnsembleCase(unittest.TestCase):
    settings = {}

    def begin(self, size=3, workers=WORKERS, ensemble=None, **settings):
        """Starts servers and load."""
        self.seed = seed()
        self.random = random.Random(self.seed)
        self.ensemble = ensemble or Ensemble(size, {**self.settings, **settings})
        self.addCleanup(self.ensemble.close)
        self.ensemble.start()
        self.load = EnsembleLoad(self.ensemble, self.seed, workers)
        self.load.prepare()
        self.load.start()

    def link(self, server, **request):
        """A session at that server; closed (not ended) after the test."""
        link = Link(server.place)
        self.addCleanup(link.close)
        link.connect(**request)
        return link

    def rounds(self, short, long):
        return long if options.long else short

    def told(self, what, story, *arguments):
        """Runs a part; if it fails, with what one wants to know then."""
        try:
            return story(*arguments)
        except (AssertionError, Closed, OSError) as failure:
            raise AssertionError(f"{what}, ZABRA_SEED={self.seed}: {failure}\n{self.ensemble.logs()}") from failure

    def end(self):
        """Every server is back, the load ends, all have the same, and end cleanly."""
        self.ensemble.start()
        self.load.end()
        self.load.audit_all()
        print(self.load.report(), flush=True)
        self.assertGreater(self.load.acknowledged_writes(), 0)
        self.assertEqual([0] * len(self.ensemble.servers), self.ensemble.stop())

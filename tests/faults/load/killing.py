"""A server under load, killed with SIGKILL again and again at random moments; after each start everything is
checked."""

import os
import random
import re
import threading

from fixture.server import Server

from .load import Load
from .seed import seed

# So small that files are rolled, checkpoints stored and old files purged while the server is being killed.
SETTINGS = {"preAllocSize": 64, "txnLogSizeLimitInKb": 512, "autopurge.purgeInterval": "300ms",
            "autopurge.snapRetainCount": 3}
WORKERS = 6


class Killing:
    """Not a test of its own: a suite gives `kills` and `more`, the settings besides."""

    kills = 0
    more = {}

    def test_nothing_that_was_acknowledged_is_lost(self):
        self.seed = seed()
        self.random = random.Random(self.seed)
        self.server = Server({**SETTINGS, **self.more})
        self.addCleanup(self.server.close)
        self.server.start()
        self.load = Load(self.server, self.seed, WORKERS)
        self.load.prepare()
        self.stored, self.files = set(), set()
        for number in range(self.kills):
            self.told(number)
        self.end()

    def told(self, number):
        """The round, and if it fails what one wants to know then."""
        try:
            self.round()
        except AssertionError as failure:
            raise AssertionError(f"kill {number}, ZABRA_SEED={self.seed}: {failure}\nthe end of the server's log:\n"
                                 f"{self.server.log_text()[-2000:]}") from failure

    def round(self):
        self.load.start()
        self.load.wait_for(self.random.randrange(1, 900))
        self.wait(0.02)
        self.server.kill()
        self.load.join()
        self.look_at_files()
        if self.random.random() < 0.2:
            self.kill_at_start()
        self.server.start()
        self.load.audit()

    def wait(self, seconds_max):
        """The random moment itself."""
        threading.Event().wait(self.random.random() * seconds_max)

    def kill_at_start(self):
        """Recovery, too, is killed: it must find the same again."""
        self.server.launch()
        self.wait(0.1)
        self.server.kill()

    def look_at_files(self):
        directory = f"{self.server.directory}/data/version-2"
        self.files |= {name for name in os.listdir(directory) if name.startswith("log.")}
        with open(f"{directory}/checkpoint.pointer") as pointer:
            self.stored.add(re.search(r"^stored (\S+)", pointer.read(), re.M)[1])

    def end(self):
        self.assertEqual(0, self.server.stop())
        self.look_at_files()
        kept = {name for name in os.listdir(f"{self.server.directory}/data/version-2") if name.startswith("log.")}
        self.server.start()
        self.load.audit()
        load = self.load
        self.report(kept)
        # That the run was worth something.
        self.assertGreaterEqual(len(self.stored), min(4, self.kills // 5), "checkpoints, each found at another kill")
        self.assertGreaterEqual(len(self.files), self.kills + 5, "log files: more than one for each start")
        self.assertGreaterEqual(len(self.files - kept), 3, "purged log files")
        self.assertGreater(load.acknowledged_writes(), 50 * self.kills)
        self.assertGreater(load.done, 0, "requests without a reply that were done")
        self.assertGreater(load.not_done, 0, "requests without a reply that were not done")
        self.assertEqual(0, self.server.stop())

    def report(self, kept):
        load, text = self.load, self.server.log_text()
        print(f"kills={self.kills} acknowledged_writes={load.acknowledged_writes()} without_reply: done={load.done} "
              f"not_done={load.not_done}; checkpoints>={len(self.stored)} log_files={len(self.files)} "
              f"purged={len(self.files - kept)} torn_tails={text.count('torn tail of the log cut')} "
              f"sessions={sum(w.sessions for w in load.workers)}", flush=True)

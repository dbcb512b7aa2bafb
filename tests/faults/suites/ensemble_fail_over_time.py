"""From kill -9 of the leader to the next acknowledged write of a client that tries the survivors without rest."""

import statistics
import time

from fixture.link import Closed, Link
from fixture.process import eventually
from load.ensemble_case import EnsembleCase

SECONDS_MAX = 10.0     # says that it works; how fast it is stands in the line that is printed
SILENCE_SECONDS = 0.5  # of a survivor that takes a connection and can't serve yet


class EnsembleFailOverTime(EnsembleCase):
    def write(self, places):
        """The first of them that acknowledges one."""
        for place in places:
            try:
                with Link(place) as link:
                    link.socket.settimeout(SILENCE_SECONDS)
                    link.connect()
                    link.set("/next", b"%d" % place[1])
                    link.end_session()
                    return True
            except (Closed, OSError):
                continue
        return False

    def fail_over(self):
        leader = self.ensemble.leader()
        survivors = [server.place for server in self.ensemble.others(leader)]
        leader.kill()
        killed = time.monotonic()
        eventually(lambda: self.write(survivors), SECONDS_MAX, "no write is acknowledged", pause=0.002)
        taken = time.monotonic() - killed
        leader.start()
        return taken

    def test_a_write_is_acknowledged_soon_after_the_leader_is_gone(self):
        self.begin(workers=1)
        with Link(self.ensemble.places[0]) as link:
            link.connect()
            link.create("/next")
        times = []
        for number in range(self.rounds(short=5, long=20)):
            self.load.wait_for_more(50)
            times.append(self.told(f"kill {number}", self.fail_over))
        print(f"kill -9 of the leader to the next acknowledged write, {len(times)} kills: median "
              f"{statistics.median(times) * 1000:.0f} ms, worst {max(times) * 1000:.0f} ms", flush=True)
        self.told("at the end", self.end)

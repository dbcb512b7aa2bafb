"""From kill -9 of the leader to the next acknowledged write of a client that tries the survivors without rest."""

import statistics

from fixture.fail_over import seconds_to_a_write
from fixture.link import Link
from load.ensemble_case import EnsembleCase

SECONDS_MAX = 10.0  # says that it works; how fast it is stands in the line that is printed


class EnsembleFailOverTime(EnsembleCase):
    def fail_over(self):
        leader = self.ensemble.leader()
        survivors = [server.place for server in self.ensemble.others(leader)]
        leader.kill()
        taken = seconds_to_a_write(survivors, "/next", SECONDS_MAX)
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

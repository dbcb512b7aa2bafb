"""kill -9 of leaders, of followers, of all: what was acknowledged is on every server."""

from load.ensemble_case import EnsembleCase

# The load, each time, between two kills and while a minority is down.
PROGRESS = 300


class EnsembleKillLeader(EnsembleCase):
    def kill_and_restart(self, victims, others_go_on):
        for victim in victims:
            victim.kill()
        if others_go_on:
            self.load.wait_for_more(self.random.randrange(1, PROGRESS))
        self.random.shuffle(victims)
        for victim in victims:
            victim.launch()
        self.load.wait_for_more(self.random.randrange(1, PROGRESS))

    def leader(self, more=0):
        leader = self.ensemble.leader()
        return [leader, *self.random.sample(self.ensemble.others(leader), more)]

    def followers(self, count):
        return self.random.sample(self.ensemble.others(self.ensemble.leader()), count)

    def run_rounds(self, rounds):
        for number, round_ in enumerate(rounds):
            self.load.wait_for_more(self.random.randrange(1, PROGRESS))
            self.told(f"round {number}", round_)
            self.told(f"after round {number}", self.ensemble.start)
        self.told("at the end", self.end)
        load = self.load
        done = load.done + sum(w.done for w in load.workers)
        self.assertGreater(done, 0, "requests without a reply that were done")
        self.assertGreater(sum(w.losses for w in load.workers), 0)

    def test_of_three_servers_leaders_followers_and_all(self):
        self.begin(size=3)
        each = [lambda: self.kill_and_restart(self.leader(), True),
                lambda: self.kill_and_restart(self.followers(1), True),
                lambda: self.kill_and_restart(self.leader(), True),
                lambda: self.kill_and_restart(list(self.ensemble.servers), False)]
        self.run_rounds(each * self.rounds(short=2, long=25))

    def test_of_five_servers_two_and_all(self):
        self.begin(size=5)
        each = [lambda: self.kill_and_restart(self.leader(more=1), True),
                lambda: self.kill_and_restart(self.followers(2), True),
                lambda: self.kill_and_restart(list(self.ensemble.servers), False)]
        self.run_rounds(each * self.rounds(short=1, long=10))

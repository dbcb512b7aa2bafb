"""Servers in networks of their own that lose each other, one way or both."""

from load.network import a_network
from load.partitioned import Partitioned


class EnsemblePartitions(Partitioned):
    def network(self, size):
        return a_network(size)

    def test_of_three_what_is_connected_goes_on_and_what_is_not_serves_nobody(self):
        self.tell_stories(self.stories() * self.rounds(short=1, long=6))

    def test_of_five_the_greater_half_goes_on(self):
        self.tell_stories(self.stories_of_five() * self.rounds(short=1, long=10), size=5)

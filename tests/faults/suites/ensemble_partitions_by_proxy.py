"""The same behind proxies: what a machine without namespaces runs is tried on every machine."""

from load.network import Proxies
from load.partitioned import Partitioned


class EnsemblePartitionsByProxy(Partitioned):
    def network(self, size):
        print("network: proxies of the test's own", flush=True)
        return Proxies(size)

    def test_what_is_connected_goes_on_and_what_is_not_serves_nobody(self):
        stories = self.stories()
        self.tell_stories(self.rounds(short=stories[::3], long=stories * 6))

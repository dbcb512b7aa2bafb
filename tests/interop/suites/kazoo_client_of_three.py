"""kazoo on an ensemble of three servers, whose leader is killed under it."""

from fixture.case import OnThree
from suites import kazoo_client


class Nodes(OnThree, kazoo_client.Nodes):
    pass


class Watches(OnThree, kazoo_client.Watches):
    pass


class Acls(OnThree, kazoo_client.Acls):
    pass


class Killed(OnThree, kazoo_client.Killed):
    may_be_late = True  # at another server the client may be back before a close has reached the leader

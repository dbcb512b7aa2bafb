"""The C client on an ensemble of three servers, whose leader is killed under it."""

from fixture.case import OnThree
from suites import c_client


class CClient(OnThree, c_client.CClient):
    pass

"""zkCli.sh on an ensemble of three servers. Exit codes of single commands have nothing to do with it."""

from fixture.case import OnThree
from suites import zkcli


class Session(OnThree, zkcli.Session):
    pass

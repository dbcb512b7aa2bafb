"""Curator on an ensemble of three servers: its calls, its recipes, and recipes in use while the leader is killed and
comes back."""

from fixture.case import OnThree
from suites import curator


class Curator(OnThree, curator.Curator):
    pass

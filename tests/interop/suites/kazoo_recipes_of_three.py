"""kazoo's recipes between clients of an ensemble of three servers, and a held lock over a leader that is killed."""

from fixture.case import OnThree
from suites import kazoo_recipes


class Locks(OnThree, kazoo_recipes.Locks):
    pass


class Recipes(OnThree, kazoo_recipes.Recipes):
    pass

"""Curator 5.4: its calls, its recipes between two clients, and recipes in use while the server is killed and comes
back."""

from fixture.program import ProgramCase, java

CHECKS = """
framework.parents_are_containers framework.create_or_set framework.ttl_and_stat framework.protection
framework.delete_with_children framework.transaction framework.in_background framework.watches_added_and_removed
framework.namespace
recipe.leader_latch recipe.leader_selector recipe.mutex recipe.mutex_passes_to_the_next recipe.read_write_lock
recipe.semaphore recipe.semaphore_mutex_and_multi_lock recipe.persistent_node recipe.persistent_ttl_node
recipe.group_member recipe.barrier recipe.double_barrier recipe.shared_count recipe.atomic_long recipe.cache
survive.set_up survive.kill_and_start survive.session survive.mutex_is_still_held survive.semaphore_is_still_leased
survive.leader_latch_has_one_leader survive.leader_selector_has_one_leader survive.mutex_passes_to_who_waited
survive.barrier_opens_for_who_waited survive.persistent_node survive.group_member survive.shared_count survive.cache
""".split()


class Curator(ProgramCase):
    settings = {"znode.container.checkIntervalMs": 300}

    def test_curators_calls_and_recipes(self):
        self.run_checks(java("zabra.CuratorClient", self.server.address), CHECKS, seconds=120)

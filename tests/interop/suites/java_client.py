"""Apache's own Java client (3.8.0): every op code, watch kind and ACL scheme that it can send."""

from fixture.program import SUPER, ProgramCase, java

CHECKS = """
node.create node.create_with_stat node.create_async node.create_errors node.sequential node.ephemeral node.container
node.container_with_stat node.ttl node.ttl_sequential node.exists node.get_and_set
node.null_data_stays_null node.delete node.children node.children_with_stat node.all_children_number node.get_ephemerals
node.sync node.config node.reconfig_is_disabled node.chroot node.unicode_path
multi.all_kinds multi.container_and_ttl multi.fails_as_a_whole multi.empty multi.transaction multi.reads
watch.data watch.exists watch.child watch.persistent watch.persistent_recursive watch.of_the_session
watch.own_change_before_its_answer watch.data_and_child_report_a_deletion_once watch.multi watch.remove_one
watch.remove_data watch.remove_children watch.remove_persistent watch.remove_persistent_recursive
watch.remove_what_is_not_there
acl.world acl.get_and_set_with_aversion acl.auth acl.auth_without_identity acl.digest acl.digest_is_masked_without_admin
acl.ip acl.super acl.each_permission acl.no_events_without_read acl.unknown_schemes_are_invalid acl.who_am_i
acl.auth_of_an_unknown_scheme_fails acl.sasl_is_answered_without_a_token
session.read_only_allowed_on_a_full_server session.taken_over_with_id_and_password session.wrong_password_is_refused
session.closed_is_expired_for_whoever_comes_back session.watches_return_with_the_connection
session.lasting_watches_return_with_the_connection session.idle_is_kept_alive_by_pings session.survives_a_killed_server
""".split()


class JavaClient(ProgramCase):
    settings = {"znode.container.checkIntervalMs": 300, "DigestAuthenticationProvider.superDigest": SUPER}

    def test_every_operation_of_the_client(self):
        self.run_checks(java("zabra.JavaClient", self.server.address), CHECKS, seconds=120)

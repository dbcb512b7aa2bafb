"""Debian's C client (libzookeeper-mt 3.8.0): every operation that it can send."""

from fixture.program import SUPER, ProgramCase, client

CHECKS = """
node.create_and_delete node.create2 node.sequential node.ephemeral node.container node.ttl node.get_and_set
node.children node.sync node.config_and_reconfig multi.succeeds multi.fails_as_a_whole acl.get_and_set
acl.digest_auth_and_super acl.auth_of_an_unknown_scheme_fails watch.data watch.exists watch.child
watch.data_and_child_report_a_deletion_once
watch.of_the_session watch.remove_one watch.remove_all session.read_only_allowed_on_a_full_server
session.taken_over_with_id_and_password session.unknown_is_refused session.survives_a_killed_server
""".split()


class CClient(ProgramCase):
    settings = {"znode.container.checkIntervalMs": 300, "DigestAuthenticationProvider.superDigest": SUPER}

    def test_every_operation_of_the_client(self):
        self.run_checks([client("c_client"), self.server.address], CHECKS, seconds=100)

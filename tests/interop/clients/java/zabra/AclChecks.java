package zabra;

import static zabra.Checks.check;
import static zabra.Checks.equal;
import static zabra.Checks.equalBytes;
import static zabra.Checks.thrown;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.Configuration;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.ClientInfo;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;

/** Permissions by world, auth, digest, ip and super; who a connection is. */
final class AclChecks {
    private static final byte[] DATA = "data".getBytes();
    private static final String JOE = "joe:VAXy9ajBTglP5dEFbkRFkF33wJ4=";  // of "joe:pw"
    private final Clients clients;
    private final ZooKeeper client;

    AclChecks(Clients clients) throws Exception {
        this.clients = clients;
        client = clients.open();
    }

    void run() {
        check("acl.world", this::world);
        check("acl.get_and_set_with_aversion", this::getAndSet);
        check("acl.auth", this::auth);
        check("acl.auth_without_identity", this::authWithoutIdentity);
        check("acl.digest", this::digest);
        check("acl.digest_is_masked_without_admin", this::masked);
        check("acl.ip", this::ip);
        check("acl.super", this::superUser);
        check("acl.each_permission", this::eachPermission);
        check("acl.no_events_without_read", this::noEventsWithoutRead);
        check("acl.unknown_schemes_are_invalid", this::unknownSchemes);
        check("acl.who_am_i", this::whoAmI);
        check("acl.auth_of_an_unknown_scheme_fails", this::authFails);
        check("acl.sasl_is_answered_without_a_token", this::sasl);
    }

    /** Not List.of(): the client asks whether the list holds null, which that does not answer. */
    private static List<ACL> acl(int perms, String scheme, String id) {
        return Arrays.asList(new ACL(perms, new Id(scheme, id)));
    }

    private ZooKeeper as(String user) throws Exception {
        ZooKeeper opened = clients.open();
        opened.addAuthInfo("digest", user.getBytes());
        return opened;
    }

    private String child(ZooKeeper creator, List<ACL> acl) throws Exception {
        return creator.create(Clients.node(client) + "/n", DATA, acl, CreateMode.PERSISTENT);
    }

    private void refusedToRead(ZooKeeper reader, String path) {
        thrown(KeeperException.NoAuthException.class, () -> reader.getData(path, false, null));
    }

    private void world() throws Exception {
        String path = child(client, Ids.READ_ACL_UNSAFE);
        equalBytes("data", client.getData(path, false, null));
        thrown(KeeperException.NoAuthException.class, () -> client.setData(path, DATA, -1));
        thrown(KeeperException.NoAuthException.class, () -> client.setACL(path, Ids.OPEN_ACL_UNSAFE, -1));
    }

    private void getAndSet() throws Exception {
        String path = child(client, Ids.OPEN_ACL_UNSAFE);
        Stat stat = new Stat();
        equal(Ids.OPEN_ACL_UNSAFE, client.getACL(path, stat));
        equal(0, stat.getAversion());
        List<ACL> more = Arrays.asList(new ACL(Perms.READ | Perms.ADMIN, Ids.ANYONE_ID_UNSAFE),
                                 new ACL(Perms.WRITE, new Id("ip", "10.0.0.0/8")));
        equal(1, client.setACL(path, more, 0).getAversion());
        equal(more, client.getACL(path, stat));
        equal(1, stat.getAversion());
        equal(0, stat.getVersion());
        thrown(KeeperException.BadVersionException.class, () -> client.setACL(path, more, 0));
        thrown(KeeperException.NoNodeException.class, () -> client.setACL(path + "/no", more, -1));
        thrown(KeeperException.NoNodeException.class, () -> client.getACL(path + "/no", stat));
    }

    private void auth() throws Exception {
        ZooKeeper joe = as("joe:pw");
        String path = child(joe, Ids.CREATOR_ALL_ACL);
        equal(acl(Perms.ALL, "digest", JOE), joe.getACL(path, new Stat()));
        equalBytes("data", joe.getData(path, false, null));
        refusedToRead(client, path);
    }

    private void authWithoutIdentity() throws Exception {
        thrown(KeeperException.InvalidACLException.class, () -> child(client, Ids.CREATOR_ALL_ACL));
    }

    private void digest() throws Exception {
        String path = child(client, acl(Perms.ALL, "digest", JOE));
        refusedToRead(client, path);
        refusedToRead(as("joe:wrong"), path);
        equalBytes("data", as("joe:pw").getData(path, false, null));
    }

    private void masked() throws Exception {
        List<ACL> list = Arrays.asList(new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE),
                                       new ACL(Perms.ALL, new Id("digest", JOE)));
        String path = child(client, list);
        equal("joe:x", client.getACL(path, new Stat()).get(1).getId().getId());
        equal(list, as("joe:pw").getACL(path, new Stat()));
    }

    private void ip() throws Exception {
        String ours = child(client, acl(Perms.ALL, "ip", "127.0.0.1"));
        equalBytes("data", client.getData(ours, false, null));
        String net = child(client, acl(Perms.READ, "ip", "127.0.0.0/8"));
        equalBytes("data", client.getData(net, false, null));
        refusedToRead(client, child(client, acl(Perms.ALL, "ip", "10.0.0.1")));
        thrown(KeeperException.InvalidACLException.class, () -> child(client, acl(Perms.ALL, "ip", "300.0.0.1")));
    }

    private void superUser() throws Exception {
        String path = child(client, acl(Perms.READ, "digest", JOE));
        ZooKeeper root = as("super:secret");
        root.setData(path, "by super".getBytes(), -1);
        equal(acl(Perms.READ, "digest", JOE), root.getACL(path, new Stat()));
        equalBytes("by super", as("joe:pw").getData(path, false, null));
    }

    private void eachPermission() throws Exception {
        String path = child(client, acl(Perms.CREATE | Perms.DELETE, "world", "anyone"));
        refusedToRead(client, path);
        thrown(KeeperException.NoAuthException.class, () -> client.getChildren(path, false));
        thrown(KeeperException.NoAuthException.class, () -> client.getACL(path, new Stat()));
        Clients.create(client, path + "/x", "", CreateMode.PERSISTENT);
        client.delete(path + "/x", -1);
        String closed = child(client, acl(Perms.READ | Perms.WRITE, "world", "anyone"));
        client.setData(closed, DATA, 0);
        thrown(KeeperException.NoAuthException.class,
               () -> Clients.create(client, closed + "/x", "", CreateMode.PERSISTENT));
        thrown(KeeperException.NoAuthException.class, () -> client.delete(closed + "/x", -1));
    }

    private void noEventsWithoutRead() throws Exception {
        ZooKeeper joe = as("joe:pw");
        String root = Clients.node(client);
        Events events = new Events();
        client.exists(root + "/secret", events);
        joe.create(root + "/secret", DATA, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        events.expectOnly(client);
    }

    private void unknownSchemes() throws Exception {
        for (String scheme : List.of("sasl", "x509", "nosuch", "super")) {
            thrown(KeeperException.InvalidACLException.class, () -> child(client, acl(Perms.ALL, scheme, "CN=x")));
        }
    }

    private void whoAmI() throws Exception {
        ZooKeeper two = as("joe:pw");
        two.addAuthInfo("digest", "super:secret".getBytes());
        List<String> ids = new ArrayList<>();
        for (ClientInfo info : two.whoAmI()) {
            ids.add(info.getAuthScheme() + ":" + info.getUser());
        }
        equal(4, ids.size());
        equal(new TreeSet<>(List.of("digest:joe", "digest:super", "ip:127.0.0.1", "super:")), new TreeSet<>(ids));
    }

    private void authFails() throws Exception {
        Events events = new Events();
        ZooKeeper failing = clients.open(events);
        failing.addAuthInfo("nosuch", DATA);
        events.await("AuthFailed");
        thrown(KeeperException.AuthFailedException.class, () -> failing.exists("/", false));
    }

    /**
     * The server knows no SASL: it answers with no token, at which this client (not every other) gives its session up.
     */
    private void sasl() throws Exception {
        Configuration before = Configuration.getConfiguration();
        Configuration.setConfiguration(new Configuration() {
            @Override
            public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
                return !name.equals("Client") ? null : new AppConfigurationEntry[] {new AppConfigurationEntry(
                        "org.apache.zookeeper.server.auth.DigestLoginModule",
                        AppConfigurationEntry.LoginModuleControlFlag.REQUIRED,
                        Map.of("username", "bob", "password", "secret"))};
            }
        });
        try {
            Events events = new Events();
            ZooKeeper bob = new ZooKeeper(clients.address(), Clients.TIMEOUT_MS, events, new ZKClientConfig());
            clients.started(bob, events);
            events.expect("AuthFailed");
            thrown(KeeperException.AuthFailedException.class, () -> bob.exists("/", false));
        } finally {
            Configuration.setConfiguration(before);
        }
    }
}

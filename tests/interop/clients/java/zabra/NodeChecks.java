package zabra;

import static zabra.Checks.check;
import static zabra.Checks.equal;
import static zabra.Checks.equalBytes;
import static zabra.Checks.sameSet;
import static zabra.Checks.that;
import static zabra.Checks.thrown;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.admin.ZooKeeperAdmin;
import org.apache.zookeeper.data.Stat;

/** Nodes: create in all modes, read, write, delete, list, count. */
final class NodeChecks {
    private static final byte[] DATA = "data".getBytes();
    private final Clients clients;
    private final ZooKeeper client;

    NodeChecks(Clients clients) throws Exception {
        this.clients = clients;
        client = clients.open();
    }

    void run() {
        check("node.create", this::create);
        check("node.create_with_stat", this::createWithStat);
        check("node.create_async", this::createAsync);
        check("node.create_errors", this::createErrors);
        check("node.sequential", this::sequential);
        check("node.ephemeral", this::ephemeral);
        check("node.container", this::container);
        check("node.container_with_stat", this::containerWithStat);
        check("node.ttl", this::ttl);
        check("node.ttl_sequential", this::ttlSequential);
        check("node.exists", this::exists);
        check("node.get_and_set", this::getAndSet);
        check("node.null_data_stays_null", this::nullData);
        check("node.delete", this::delete);
        check("node.children", this::children);
        check("node.children_with_stat", this::childrenWithStat);
        check("node.all_children_number", this::allChildrenNumber);
        check("node.get_ephemerals", this::getEphemerals);
        check("node.sync", () -> Events.settle(client));
        check("node.config", this::config);
        check("node.reconfig_is_disabled", this::reconfigIsDisabled);
        check("node.chroot", this::chroot);
        check("node.unicode_path", this::unicodePath);
    }

    private void create() throws Exception {
        String root = Clients.node(client);
        equal(root + "/a", client.create(root + "/a", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        equalBytes("data", client.getData(root + "/a", false, null));
    }

    private void createWithStat() throws Exception {
        String root = Clients.node(client);
        Stat stat = new Stat();
        equal(root + "/a", client.create(root + "/a", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, stat));
        equal(stat, client.exists(root + "/a", false));
        equal(4, stat.getDataLength());
        equal(stat.getCzxid(), stat.getMzxid());
        equal(stat.getCzxid(), client.exists(root, false).getPzxid());
    }

    private void createAsync() throws Exception {
        String root = Clients.node(client);
        CompletableFuture<String> answer = new CompletableFuture<>();
        client.create(root + "/a", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT,
                      (rc, path, context, name, stat) -> answer.complete(rc + " " + name + " " + stat.getVersion()),
                      null);
        equal("0 " + root + "/a 0", answer.get(20, TimeUnit.SECONDS));
    }

    private void createErrors() throws Exception {
        String root = Clients.node(client);
        thrown(KeeperException.NodeExistsException.class,
               () -> Clients.create(client, root, "", CreateMode.PERSISTENT));
        thrown(KeeperException.NoNodeException.class,
               () -> Clients.create(client, root + "/no/x", "", CreateMode.PERSISTENT));
        Clients.create(client, root + "/e", "", CreateMode.EPHEMERAL);
        thrown(KeeperException.NoChildrenForEphemeralsException.class,
               () -> Clients.create(client, root + "/e/x", "", CreateMode.PERSISTENT));
    }

    private void sequential() throws Exception {
        String root = Clients.node(client);
        equal(root + "/s-0000000000", Clients.create(client, root + "/s-", "", CreateMode.PERSISTENT_SEQUENTIAL));
        equal(root + "/t-0000000001", Clients.create(client, root + "/t-", "", CreateMode.EPHEMERAL_SEQUENTIAL));
        client.delete(root + "/t-0000000001", -1);
        equal(root + "/0000000002", Clients.create(client, root + "/", "", CreateMode.PERSISTENT_SEQUENTIAL));
    }

    private void ephemeral() throws Exception {
        String root = Clients.node(client);
        ZooKeeper other = clients.open();
        Clients.create(other, root + "/e", "", CreateMode.EPHEMERAL);
        equal(other.getSessionId(), client.exists(root + "/e", false).getEphemeralOwner());
        Events gone = new Events();
        client.exists(root + "/e", gone);
        other.close();
        gone.expect("NodeDeleted " + root + "/e");
        equal(null, client.exists(root + "/e", false));
    }

    private void container() throws Exception {
        String root = Clients.node(client);
        Clients.create(client, root + "/c", "", CreateMode.CONTAINER);
        Clients.create(client, root + "/c/x", "", CreateMode.PERSISTENT);
        equal(0L, client.exists(root + "/c", false).getEphemeralOwner());
        Events gone = new Events();
        client.exists(root + "/c", gone);
        client.delete(root + "/c/x", -1);
        gone.expect("NodeDeleted " + root + "/c");
    }

    private void containerWithStat() throws Exception {
        String root = Clients.node(client);
        Stat stat = new Stat();
        client.create(root + "/c", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER, stat);
        equal(stat, client.exists(root + "/c", false));
    }

    private void ttl() throws Exception {
        String root = Clients.node(client);
        Stat stat = new Stat();
        client.create(root + "/t", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, stat, 100);
        equal(0L, stat.getEphemeralOwner());
        Events gone = new Events();
        if (client.exists(root + "/t", gone) != null) {
            gone.expect("NodeDeleted " + root + "/t");
        }
        equal(null, client.exists(root + "/t", false));
    }

    private void ttlSequential() throws Exception {
        String root = Clients.node(client);
        String path = client.create(root + "/t-", DATA, Ids.OPEN_ACL_UNSAFE,
                                    CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL, new Stat(), 3_600_000);
        equal(root + "/t-0000000000", path);
        that(client.exists(path, false) != null, "a node with an hour to live is gone");
    }

    private void exists() throws Exception {
        equal(null, client.exists("/missing", false));
        Stat root = client.exists("/", false);
        equal(0L, root.getCzxid());
        that(root.getNumChildren() >= 1, "/zookeeper is a child");
    }

    private void getAndSet() throws Exception {
        String node = Clients.node(client);
        Stat written = client.setData(node, "one".getBytes(), 0);
        equal(1, written.getVersion());
        Stat read = new Stat();
        equalBytes("one", client.getData(node, false, read));
        equal(written, read);
        thrown(KeeperException.BadVersionException.class, () -> client.setData(node, DATA, 0));
        thrown(KeeperException.NoNodeException.class, () -> client.setData(node + "/no", DATA, -1));
        thrown(KeeperException.NoNodeException.class, () -> client.getData(node + "/no", false, null));
        equal(2, client.setData(node, DATA, -1).getVersion());
    }

    private void nullData() throws Exception {
        String root = Clients.node(client);
        client.create(root + "/null", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create(root + "/empty", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        equalBytes(null, client.getData(root + "/null", false, null));
        equalBytes("", client.getData(root + "/empty", false, null));
    }

    private void delete() throws Exception {
        String root = Clients.node(client);
        Clients.create(client, root + "/a", "", CreateMode.PERSISTENT);
        thrown(KeeperException.NotEmptyException.class, () -> client.delete(root, -1));
        thrown(KeeperException.BadVersionException.class, () -> client.delete(root + "/a", 7));
        client.delete(root + "/a", 0);
        thrown(KeeperException.NoNodeException.class, () -> client.delete(root + "/a", -1));
        thrown(KeeperException.BadArgumentsException.class, () -> client.delete("/zookeeper", -1));
    }

    private void children() throws Exception {
        String root = Clients.node(client);
        sameSet(client.getChildren(root, false));
        Clients.create(client, root + "/a", "", CreateMode.PERSISTENT);
        Clients.create(client, root + "/b", "", CreateMode.EPHEMERAL);
        sameSet(client.getChildren(root, false), "a", "b");
        thrown(KeeperException.NoNodeException.class, () -> client.getChildren(root + "/no", false));
    }

    private void childrenWithStat() throws Exception {
        String root = Clients.node(client);
        Clients.create(client, root + "/a", "", CreateMode.PERSISTENT);
        Stat stat = new Stat();
        sameSet(client.getChildren(root, false, stat), "a");
        equal(client.exists(root, false), stat);
        equal(1, stat.getNumChildren());
        equal(1, stat.getCversion());
    }

    private void allChildrenNumber() throws Exception {
        String root = Clients.node(client);
        Clients.create(client, root + "/a", "", CreateMode.PERSISTENT);
        Clients.create(client, root + "/a/b", "", CreateMode.PERSISTENT);
        equal(2, client.getAllChildrenNumber(root));
        thrown(KeeperException.NoNodeException.class, () -> client.getAllChildrenNumber(root + "/no"));
    }

    private void getEphemerals() throws Exception {
        ZooKeeper owner = clients.open();
        String root = Clients.node(owner);
        Clients.create(owner, root + "/e1", "", CreateMode.EPHEMERAL);
        Clients.create(owner, root + "/e2", "", CreateMode.EPHEMERAL);
        Clients.create(client, root + "/foreign", "", CreateMode.EPHEMERAL);
        sameSet(owner.getEphemerals(), root + "/e1", root + "/e2");
        sameSet(owner.getEphemerals(root + "/e1"), root + "/e1");
        sameSet(owner.getEphemerals("/nope"));
    }

    private void config() throws Exception {
        Stat stat = new Stat();
        equalBytes("", client.getConfig(false, stat));
        equal(-1, stat.getAversion());
    }

    private void reconfigIsDisabled() throws Exception {
        Events events = new Events();
        ZooKeeperAdmin admin = new ZooKeeperAdmin(clients.address(), Clients.TIMEOUT_MS, events);
        clients.started(admin, events);
        thrown(KeeperException.ReconfigDisabledException.class,
               () -> admin.reconfigure((String) null, "1", null, -1, new Stat()));
        that(admin.exists("/", false) != null, "the session goes on");
    }

    private void chroot() throws Exception {
        String root = Clients.node(client);
        ZooKeeper inside = clients.openIn(root);
        equal("/a", Clients.create(inside, "/a", "x", CreateMode.PERSISTENT));
        equalBytes("x", client.getData(root + "/a", false, null));
        Events events = new Events();
        inside.getData("/a", events, null);
        inside.getChildren("/", events);
        client.setData(root + "/a", DATA, -1);
        events.expect("NodeDataChanged /a");
        client.delete(root + "/a", -1);
        events.expect("NodeChildrenChanged /");
        equalBytes("", inside.getConfig(false, null));  // of the whole server, whatever the root
    }

    private void unicodePath() throws Exception {
        String root = Clients.node(client);
        equal(root + "/grüße-世界", Clients.create(client, root + "/grüße-世界", "", CreateMode.PERSISTENT));
        equal(List.of("grüße-世界"), client.getChildren(root, false));
    }
}

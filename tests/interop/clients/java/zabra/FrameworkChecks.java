package zabra;

import static zabra.Checks.check;
import static zabra.Checks.equal;
import static zabra.Checks.equalBytes;
import static zabra.Checks.that;
import static zabra.Checks.thrown;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;

/** What Curator's own calls make of the protocol. */
final class FrameworkChecks {
    private static final byte[] DATA = "data".getBytes();
    private final CuratorFramework client;

    FrameworkChecks(Curators curators) throws Exception {
        client = curators.open();
    }

    void run() {
        check("framework.parents_are_containers", this::parentsAreContainers);
        check("framework.create_or_set", this::createOrSet);
        check("framework.ttl_and_stat", this::ttlAndStat);
        check("framework.protection", this::protection);
        check("framework.delete_with_children", this::deleteWithChildren);
        check("framework.transaction", this::transaction);
        check("framework.in_background", this::inBackground);
        check("framework.watches_added_and_removed", this::watches);
        check("framework.namespace", this::namespace);
    }

    private void parentsAreContainers() throws Exception {
        String path = Curators.path();
        client.create().creatingParentContainersIfNeeded().forPath(path + "/a/b", DATA);
        Events gone = new Events();
        client.checkExists().usingWatcher(gone).forPath(path + "/a");
        client.delete().forPath(path + "/a/b");
        gone.expect("NodeDeleted " + path + "/a");
    }

    private void createOrSet() throws Exception {
        String path = Curators.path();
        client.create().orSetData().creatingParentsIfNeeded().forPath(path, "1".getBytes());
        client.create().orSetData().creatingParentsIfNeeded().forPath(path, "2".getBytes());
        equalBytes("2", client.getData().forPath(path));
    }

    private void ttlAndStat() throws Exception {
        String path = Curators.path();
        Stat stat = new Stat();
        client.create().withTtl(3_600_000).storingStatIn(stat).creatingParentsIfNeeded()
                .withMode(CreateMode.PERSISTENT_WITH_TTL).forPath(path, DATA);
        equal(stat, client.checkExists().forPath(path));
    }

    private void protection() throws Exception {
        String parent = Curators.path();
        String made = client.create().creatingParentsIfNeeded().withProtection()
                .withMode(CreateMode.EPHEMERAL_SEQUENTIAL)
                .forPath(parent + "/x-", DATA);
        that(made.startsWith(parent + "/_c_") && made.endsWith("-x-0000000000"), made);
    }

    private void deleteWithChildren() throws Exception {
        String path = Curators.path();
        client.create().creatingParentsIfNeeded().forPath(path + "/a/b", DATA);
        thrown(KeeperException.NotEmptyException.class, () -> client.delete().forPath(path));
        client.delete().guaranteed().deletingChildrenIfNeeded().forPath(path);
        equal(null, client.checkExists().forPath(path));
    }

    private void transaction() throws Exception {
        String path = Curators.path();
        client.create().creatingParentsIfNeeded().forPath(path, DATA);
        CuratorOp create = client.transactionOp().create().forPath(path + "/a", DATA);
        CuratorOp set = client.transactionOp().setData().withVersion(0).forPath(path, DATA);
        CuratorOp verify = client.transactionOp().check().withVersion(1).forPath(path);
        CuratorOp delete = client.transactionOp().delete().forPath(path + "/a");
        List<CuratorTransactionResult> results = client.transaction().forOperations(create, set, verify, delete);
        equal(path + "/a", results.get(0).getResultPath());
        equal(1, results.get(1).getResultStat().getVersion());
        thrown(KeeperException.BadVersionException.class, () -> client.transaction().forOperations(create, set));
        equal(List.of(), client.getChildren().forPath(path));
    }

    private void inBackground() throws Exception {
        String path = Curators.path();
        CompletableFuture<String> answer = new CompletableFuture<>();
        client.create().creatingParentsIfNeeded().inBackground(
                (context, event) -> answer.complete(event.getResultCode() + " " + event.getName())).forPath(path, DATA);
        equal("0 " + path, answer.get(Curators.SECONDS, TimeUnit.SECONDS));
        CompletableFuture<Integer> missing = new CompletableFuture<>();
        client.getData().inBackground((context, event) -> missing.complete(event.getResultCode()))
                .forPath(path + "/no");
        equal(KeeperException.Code.NONODE.intValue(), missing.get(Curators.SECONDS, TimeUnit.SECONDS));
    }

    private void watches() throws Exception {
        String path = Curators.path();
        client.create().creatingParentsIfNeeded().forPath(path, DATA);
        Events events = new Events();
        client.watchers().add().withMode(AddWatchMode.PERSISTENT_RECURSIVE).usingWatcher(events).forPath(path);
        client.create().forPath(path + "/a", DATA);
        client.setData().forPath(path + "/a", DATA);
        events.expect("NodeCreated " + path + "/a", "NodeDataChanged " + path + "/a");
        client.watchers().removeAll().forPath(path);
        client.setData().forPath(path, DATA);
        client.sync().forPath(path);
        events.expectOnly(client.getZookeeperClient().getZooKeeper(), "PersistentWatchRemoved " + path);
    }

    private void namespace() throws Exception {
        client.usingNamespace("space").create().forPath("/a", DATA);
        equalBytes("data", client.getData().forPath("/space/a"));
    }
}

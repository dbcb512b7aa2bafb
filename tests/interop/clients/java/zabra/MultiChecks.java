package zabra;

import static zabra.Checks.check;
import static zabra.Checks.equal;
import static zabra.Checks.equalBytes;
import static zabra.Checks.sameSet;
import static zabra.Checks.thrown;

import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;

/** Several operations in one request: all or nothing, and reads together. */
final class MultiChecks {
    private static final byte[] DATA = "data".getBytes();
    private final ZooKeeper client;

    MultiChecks(Clients clients) throws Exception {
        client = clients.open();
    }

    void run() {
        check("multi.all_kinds", this::allKinds);
        check("multi.container_and_ttl", this::containerAndTtl);
        check("multi.fails_as_a_whole", this::failsAsAWhole);
        check("multi.empty", () -> equal(0, client.multi(List.of()).size()));
        check("multi.transaction", this::transaction);
        check("multi.reads", this::reads);
    }

    private static Op create(String path, CreateMode mode) {
        return Op.create(path, DATA, Ids.OPEN_ACL_UNSAFE, mode);
    }

    private void allKinds() throws Exception {
        String root = Clients.node(client);
        List<OpResult> results = client.multi(List.of(
                create(root + "/a", CreateMode.PERSISTENT), create(root + "/s-", CreateMode.EPHEMERAL_SEQUENTIAL),
                Op.setData(root + "/a", "new".getBytes(), 0), Op.check(root + "/a", 1), Op.delete(root + "/a", 1)));
        equal(root + "/a", ((OpResult.CreateResult) results.get(0)).getPath());
        equal(root + "/s-0000000001", ((OpResult.CreateResult) results.get(1)).getPath());
        equal(1, ((OpResult.SetDataResult) results.get(2)).getStat().getVersion());
        equal(OpResult.CheckResult.class, results.get(3).getClass());
        equal(OpResult.DeleteResult.class, results.get(4).getClass());
        sameSet(client.getChildren(root, false), "s-0000000001");
    }

    private void containerAndTtl() throws Exception {
        String root = Clients.node(client);
        List<OpResult> results = client.multi(List.of(
                create(root + "/c", CreateMode.CONTAINER),
                Op.create(root + "/t", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, 3_600_000)));
        equal(root + "/c", ((OpResult.CreateResult) results.get(0)).getPath());
        equal(client.exists(root + "/c", false), ((OpResult.CreateResult) results.get(0)).getStat());
        equal(root + "/t", ((OpResult.CreateResult) results.get(1)).getPath());
    }

    private void failsAsAWhole() throws Exception {
        String root = Clients.node(client);
        KeeperException.BadVersionException why = thrown(KeeperException.BadVersionException.class, () -> client.multi(
                List.of(create(root + "/a", CreateMode.PERSISTENT), Op.check(root, 9), Op.delete(root + "/a", -1))));
        List<Integer> codes = new ArrayList<>();
        for (OpResult result : why.getResults()) {
            codes.add(((OpResult.ErrorResult) result).getErr());
        }
        equal(List.of(0, -103, -2), codes);
        sameSet(client.getChildren(root, false));
        equal(0, client.exists(root, false).getCversion());
    }

    private void transaction() throws Exception {
        String root = Clients.node(client);
        List<OpResult> results = client.transaction()
                .create(root + "/a", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT)
                .setData(root, DATA, 0).check(root, 1).commit();
        equal(3, results.size());
        equalBytes("data", client.getData(root, false, null));
    }

    private void reads() throws Exception {
        String root = Clients.node(client);
        Clients.create(client, root + "/a", "1", CreateMode.PERSISTENT);
        List<OpResult> results = client.multi(List.of(
                Op.getData(root + "/a"), Op.getChildren(root), Op.getData(root + "/no"), Op.getChildren(root + "/no")));
        equalBytes("1", ((OpResult.GetDataResult) results.get(0)).getData());
        equal(client.exists(root + "/a", false), ((OpResult.GetDataResult) results.get(0)).getStat());
        equal(List.of("a"), ((OpResult.GetChildrenResult) results.get(1)).getChildren());
        equal(-101, ((OpResult.ErrorResult) results.get(2)).getErr());
        equal(-101, ((OpResult.ErrorResult) results.get(3)).getErr());
    }
}

package zabra;

import static zabra.Checks.check;
import static zabra.Checks.thrown;

import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZooKeeper;

/** The five kinds of watches: what they report, how often, and how they are taken away. */
final class WatchChecks {
    private static final byte[] DATA = "data".getBytes();
    private final ZooKeeper client;
    private final ZooKeeper other;

    WatchChecks(Clients clients) throws Exception {
        client = clients.open();
        other = clients.open();
    }

    void run() {
        check("watch.data", this::data);
        check("watch.exists", this::exists);
        check("watch.child", this::child);
        check("watch.persistent", this::persistent);
        check("watch.persistent_recursive", this::persistentRecursive);
        check("watch.of_the_session", this::ofTheSession);
        check("watch.own_change_before_its_answer", this::ownChange);
        check("watch.data_and_child_report_a_deletion_once", this::deletionOnce);
        check("watch.multi", this::multi);
        check("watch.remove_one", this::removeOne);
        check("watch.remove_data", () -> removed(WatcherType.Data, "DataWatchRemoved "));
        check("watch.remove_children", () -> removed(WatcherType.Children, "ChildWatchRemoved "));
        check("watch.remove_persistent", () -> removedPersistent(AddWatchMode.PERSISTENT));
        check("watch.remove_persistent_recursive", () -> removedPersistent(AddWatchMode.PERSISTENT_RECURSIVE));
        check("watch.remove_what_is_not_there", this::removeWhatIsNotThere);
    }

    private void touch(String node) throws Exception {
        other.setData(node, DATA, -1);
    }

    private void create(String path) throws Exception {
        Clients.create(other, path, "", CreateMode.PERSISTENT);
    }

    private void data() throws Exception {
        String node = Clients.node(client);
        Events events = new Events();
        client.getData(node, events, null);
        create(node + "/child");
        touch(node);
        touch(node);
        events.expectOnly(client, "NodeDataChanged " + node);
        client.getData(node + "/child", events, null);
        other.delete(node + "/child", -1);
        events.expectOnly(client, "NodeDeleted " + node + "/child");
    }

    private void exists() throws Exception {
        String node = Clients.node(client);
        Events events = new Events();
        client.exists(node + "/a", events);
        create(node + "/a");
        touch(node + "/a");
        events.expectOnly(client, "NodeCreated " + node + "/a");
        client.exists(node + "/a", events);
        touch(node + "/a");
        events.expectOnly(client, "NodeDataChanged " + node + "/a");
    }

    private void child() throws Exception {
        String node = Clients.node(client);
        Events events = new Events();
        client.getChildren(node, events);
        touch(node);
        create(node + "/a");
        create(node + "/b");
        events.expectOnly(client, "NodeChildrenChanged " + node);
        client.getChildren(node + "/a", events);
        other.delete(node + "/a", -1);
        events.expectOnly(client, "NodeDeleted " + node + "/a");
    }

    private void persistent() throws Exception {
        String node = Clients.node(client) + "/p";
        Events events = new Events();
        client.addWatch(node, events, AddWatchMode.PERSISTENT);
        create(node);
        touch(node);
        create(node + "/a");
        touch(node + "/a");
        other.delete(node + "/a", -1);
        other.delete(node, -1);
        events.expectOnly(client, "NodeCreated " + node, "NodeDataChanged " + node, "NodeChildrenChanged " + node,
                          "NodeChildrenChanged " + node, "NodeDeleted " + node);
    }

    private void persistentRecursive() throws Exception {
        String node = Clients.node(client);
        Events events = new Events();
        client.addWatch(node, events, AddWatchMode.PERSISTENT_RECURSIVE);
        touch(node);
        create(node + "/a");
        create(node + "/a/b");
        touch(node + "/a/b");
        other.delete(node + "/a/b", -1);
        events.expectOnly(client, "NodeDataChanged " + node, "NodeCreated " + node + "/a",
                          "NodeCreated " + node + "/a/b", "NodeDataChanged " + node + "/a/b",
                          "NodeDeleted " + node + "/a/b");
    }

    private void ofTheSession() throws Exception {
        String node = Clients.node(client);
        Events events = new Events();
        client.register(events);
        client.getData(node, true, null);
        client.getChildren(node, true);
        touch(node);
        create(node + "/a");
        events.expectOnly(client, "NodeDataChanged " + node, "NodeChildrenChanged " + node);
    }

    private void ownChange() throws Exception {
        String node = Clients.node(client);
        Events events = new Events();
        client.getData(node, events, null);
        client.setData(node, DATA, -1);
        events.expectOnly(client, "NodeDataChanged " + node);
    }

    private void deletionOnce() throws Exception {
        String node = Clients.node(client);
        Events events = new Events();
        client.getData(node, events, null);
        client.getChildren(node, events);
        other.delete(node, -1);
        events.expectOnly(client, "NodeDeleted " + node);
    }

    private void multi() throws Exception {
        String node = Clients.node(client);
        Events events = new Events();
        client.exists(node + "/a", events);
        client.getChildren(node, events);
        other.transaction().create(node + "/a", DATA, org.apache.zookeeper.ZooDefs.Ids.OPEN_ACL_UNSAFE,
                                   CreateMode.PERSISTENT).setData(node + "/a", DATA, 0).commit();
        events.expectOnly(client, "NodeCreated " + node + "/a", "NodeChildrenChanged " + node);
    }

    private void removeOne() throws Exception {
        String node = Clients.node(client);
        Events removed = new Events();
        Events kept = new Events();
        client.getData(node, removed, null);
        client.getData(node, kept, null);
        client.removeWatches(node, removed, WatcherType.Data, false);  // asks the server: checkWatches
        touch(node);
        removed.expectOnly(client, "DataWatchRemoved " + node);
        kept.expectOnly(client, "NodeDataChanged " + node);
    }

    private void removed(WatcherType type, String event) throws Exception {
        String node = Clients.node(client);
        Events events = new Events();
        client.getData(node, events, null);
        client.getChildren(node, events);
        client.removeAllWatches(node, type, false);
        events.expectOnly(client, event + node);
        touch(node);
        create(node + "/a");
        events.expectOnly(client, (type == WatcherType.Data ? "NodeChildrenChanged " : "NodeDataChanged ") + node);
    }

    private void removedPersistent(AddWatchMode mode) throws Exception {
        String node = Clients.node(client);
        Events events = new Events();
        client.addWatch(node, events, mode);
        client.removeAllWatches(node, WatcherType.Any, false);
        touch(node);
        create(node + "/a");
        events.expectOnly(client, "PersistentWatchRemoved " + node);
        thrown(KeeperException.NoWatcherException.class, () -> client.removeAllWatches(node, WatcherType.Any, false));
    }

    private void removeWhatIsNotThere() throws Exception {
        String node = Clients.node(client);
        client.getData(node, new Events(), null);
        thrown(KeeperException.NoWatcherException.class,
               () -> client.removeAllWatches(node, WatcherType.Children, false));
        thrown(KeeperException.NoWatcherException.class,
               () -> client.removeWatches(node, new Events(), WatcherType.Data, false));
    }
}

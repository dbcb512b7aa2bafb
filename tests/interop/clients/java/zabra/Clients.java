package zabra;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/** The server under test, seen through Apache's client: opens clients, closes them all, gives each check a node. */
final class Clients {
    static final int TIMEOUT_MS = 20_000;
    private static final AtomicInteger number = new AtomicInteger();
    private final String address;
    private final List<ZooKeeper> open = new ArrayList<>();

    Clients(String address) {
        this.address = address;
    }

    ZooKeeper open() throws Exception {
        return open(new Events());
    }

    ZooKeeper open(Events events) throws Exception {
        return started(new ZooKeeper(address, TIMEOUT_MS, events), events);
    }

    /** A client whose root is `chroot`. */
    ZooKeeper openIn(String chroot) throws Exception {
        Events events = new Events();
        return started(new ZooKeeper(address + chroot, TIMEOUT_MS, events), events);
    }

    /** Keeps a client for the end, and returns it when it is connected. */
    ZooKeeper started(ZooKeeper client, Events events) throws Exception {
        open.add(client);
        events.expect("SyncConnected");
        return client;
    }

    String address() {
        return address;
    }

    /** A fresh open node. */
    static String node(ZooKeeper client) throws Exception {
        return create(client, "/j" + number.incrementAndGet(), "", CreateMode.PERSISTENT);
    }

    static String create(ZooKeeper client, String path, String data, CreateMode mode) throws Exception {
        return client.create(path, data.getBytes(), ZooDefs.Ids.OPEN_ACL_UNSAFE, mode);
    }

    void closeAll() throws InterruptedException {
        for (ZooKeeper client : open) {
            client.close(1000);
        }
    }
}

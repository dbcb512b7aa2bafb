package zabra;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryNTimes;

/** Curator's clients of the server under test. */
final class Curators {
    static final int SECONDS = 20;
    private static final AtomicInteger number = new AtomicInteger();
    private final String address;
    private final List<CuratorFramework> open = new ArrayList<>();

    Curators(String address) {
        this.address = address;
    }

    CuratorFramework open() throws Exception {
        CuratorFramework client = CuratorFrameworkFactory.builder().connectString(address).sessionTimeoutMs(20_000)
                .connectionTimeoutMs(5_000).retryPolicy(new RetryNTimes(200, 100)).build();
        open.add(client);
        client.start();
        Checks.that(client.blockUntilConnected(SECONDS, TimeUnit.SECONDS), "connected");
        return client;
    }

    /** A path that nothing stands at. */
    static String path() {
        return "/curator/n" + number.incrementAndGet();
    }

    /** The client, with all that others have written: where an ensemble serves, its server may be behind theirs. */
    static CuratorFramework synced(CuratorFramework client) throws Exception {
        Events.settle(client.getZookeeperClient().getZooKeeper());
        return client;
    }

    static long session(CuratorFramework client) throws Exception {
        return client.getZookeeperClient().getZooKeeper().getSessionId();
    }

    void closeAll() {
        open.forEach(CuratorFramework::close);
    }
}

package zabra;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;

/** A watcher that keeps what it hears, each as "NodeCreated /path" or, of the session, "SyncConnected". */
final class Events implements Watcher {
    private static final int SECONDS = 20;
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @Override
    public void process(WatchedEvent event) {
        heard.add(event.getType() == Event.EventType.None ? event.getState().name()
                                                          : event.getType().name() + " " + event.getPath());
    }

    /** Waits for exactly these, in this order, next. */
    void expect(String... events) throws InterruptedException {
        for (String event : events) {
            Checks.equal(event, heard.poll(SECONDS, TimeUnit.SECONDS));
        }
    }

    /** Waits for one, whatever comes before it. */
    void await(String event) throws InterruptedException {
        List<String> before = new ArrayList<>();
        for (String next; !event.equals(next = heard.poll(SECONDS, TimeUnit.SECONDS)); before.add(next)) {
            Checks.that(next != null, "no " + event + " after " + before);
        }
    }

    /** Nothing but these, in this order, has been heard once all that `client` was sent so far is delivered. */
    void expectOnly(ZooKeeper client, String... events) throws InterruptedException {
        settle(client);
        List<String> seen = new ArrayList<>();
        heard.drainTo(seen);
        Checks.equal(Arrays.asList(events), seen);
    }

    /** Silence for so long. */
    void expectNothingFor(long milliseconds) throws InterruptedException {
        Checks.equal(null, heard.poll(milliseconds, TimeUnit.MILLISECONDS));
    }

    /** Events and callbacks share one thread: when the callback of a sync runs, earlier events have been handed out. */
    static void settle(ZooKeeper client) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        int[] code = new int[1];
        client.sync("/", (rc, path, context) -> {
            code[0] = rc;
            done.countDown();
        }, null);
        Checks.that(done.await(SECONDS, TimeUnit.SECONDS), "a sync was not answered");
        Checks.equal(0, code[0]);
    }
}

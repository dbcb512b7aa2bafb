package zabra;

import static zabra.Checks.check;
import static zabra.Checks.equal;
import static zabra.Checks.eventually;
import static zabra.Checks.that;
import static zabra.Curators.synced;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.retry.RetryNTimes;
import org.apache.zookeeper.CreateMode;

/** Curator's recipes between two clients. */
final class RecipeChecks {
    private final CuratorFramework one;
    private final CuratorFramework two;

    RecipeChecks(Curators curators) throws Exception {
        one = curators.open();
        two = curators.open();
    }

    void run() {
        check("recipe.leader_latch", this::leaderLatch);
        check("recipe.leader_selector", this::leaderSelector);
        check("recipe.mutex", this::mutex);
        check("recipe.mutex_passes_to_the_next", this::mutexPasses);
        check("recipe.read_write_lock", this::readWriteLock);
        check("recipe.semaphore", this::semaphore);
        check("recipe.semaphore_mutex_and_multi_lock", this::multiLock);
        check("recipe.persistent_node", this::persistentNode);
        check("recipe.persistent_ttl_node", this::persistentTtlNode);
        check("recipe.group_member", this::groupMember);
        check("recipe.barrier", this::barrier);
        check("recipe.double_barrier", this::doubleBarrier);
        check("recipe.shared_count", this::sharedCount);
        check("recipe.atomic_long", this::atomicLong);
        check("recipe.cache", this::cache);
    }

    static <T> FutureTask<T> started(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    static <T> T result(FutureTask<T> task) throws Exception {
        return task.get(Curators.SECONDS, TimeUnit.SECONDS);
    }

    private void leaderLatch() throws Exception {
        String path = Curators.path();
        LeaderLatch first = new LeaderLatch(one, path, "first");
        LeaderLatch second = new LeaderLatch(two, path, "second");
        first.start();
        that(first.await(Curators.SECONDS, TimeUnit.SECONDS), "the first leads");
        second.start();
        eventually("both take part", () -> second.getParticipants().size() == 2);
        equal("first", second.getLeader().getId());
        that(!second.hasLeadership(), "one leader");
        first.close();
        that(second.await(Curators.SECONDS, TimeUnit.SECONDS), "the second follows");
        second.close();
    }

    private void leaderSelector() throws Exception {
        String path = Curators.path();
        BlockingQueue<String> terms = new LinkedBlockingQueue<>();
        CountDownLatch end = new CountDownLatch(1);
        try (LeaderSelector first = selector(one, path, "first", terms, end);
             LeaderSelector second = selector(two, path, "second", terms, end)) {
            first.start();
            equal("first", terms.poll(Curators.SECONDS, TimeUnit.SECONDS));
            second.start();
            eventually("both take part", () -> first.getParticipants().size() == 2);
            synced(two);
            equal("first", second.getLeader().getId());
            equal(null, terms.poll());
            end.countDown();
            equal("second", terms.poll(Curators.SECONDS, TimeUnit.SECONDS));
        }
    }

    static LeaderSelector selector(CuratorFramework client, String path, String id, BlockingQueue<String> terms,
                                           CountDownLatch end) {
        LeaderSelector selector = new LeaderSelector(client, path, new LeaderSelectorListenerAdapter() {
            @Override
            public void takeLeadership(CuratorFramework leader) throws Exception {
                terms.add(id);
                end.await();
            }
        });
        selector.setId(id);
        return selector;
    }

    private void mutex() throws Exception {
        String path = Curators.path();
        InterProcessMutex ours = new InterProcessMutex(one, path);
        InterProcessMutex theirs = new InterProcessMutex(two, path);
        that(ours.acquire(Curators.SECONDS, TimeUnit.SECONDS), "free");
        that(ours.acquire(1, TimeUnit.SECONDS), "the owner may enter again");
        that(!theirs.acquire(100, TimeUnit.MILLISECONDS), "held");
        ours.release();
        that(!theirs.acquire(100, TimeUnit.MILLISECONDS), "still held once");
        ours.release();
        that(theirs.acquire(Curators.SECONDS, TimeUnit.SECONDS), "free again");
        theirs.release();
    }

    private void mutexPasses() throws Exception {
        String path = Curators.path();
        InterProcessMutex ours = new InterProcessMutex(one, path);
        InterProcessMutex theirs = new InterProcessMutex(two, path);
        ours.acquire();
        FutureTask<Boolean> waiting = started(() -> {
            theirs.acquire();
            theirs.release();
            return true;
        });
        eventually("two in the queue", () -> ours.getParticipantNodes().size() == 2);
        that(!waiting.isDone(), "the lock is held");
        ours.release();
        that(result(waiting), "it passed on");
    }

    private void readWriteLock() throws Exception {
        String path = Curators.path();
        InterProcessReadWriteLock ours = new InterProcessReadWriteLock(one, path);
        InterProcessReadWriteLock theirs = new InterProcessReadWriteLock(two, path);
        ours.readLock().acquire();
        that(theirs.readLock().acquire(Curators.SECONDS, TimeUnit.SECONDS), "readers share");
        theirs.readLock().release();
        that(!theirs.writeLock().acquire(100, TimeUnit.MILLISECONDS), "a writer does not");
        ours.readLock().release();
        that(theirs.writeLock().acquire(Curators.SECONDS, TimeUnit.SECONDS), "no reader is left");
        that(!ours.readLock().acquire(100, TimeUnit.MILLISECONDS), "a reader waits for the writer");
        theirs.writeLock().release();
    }

    private void semaphore() throws Exception {
        String path = Curators.path();
        InterProcessSemaphoreV2 ours = new InterProcessSemaphoreV2(one, path, 2);
        InterProcessSemaphoreV2 theirs = new InterProcessSemaphoreV2(two, path, 2);
        Lease first = ours.acquire(Curators.SECONDS, TimeUnit.SECONDS);
        that(theirs.acquire(Curators.SECONDS, TimeUnit.SECONDS) != null, "two leases");
        equal(null, theirs.acquire(100, TimeUnit.MILLISECONDS));
        ours.returnLease(first);
        that(theirs.acquire(Curators.SECONDS, TimeUnit.SECONDS) != null, "one came back");
    }

    private void multiLock() throws Exception {
        String path = Curators.path();
        InterProcessSemaphoreMutex theirs = new InterProcessSemaphoreMutex(two, path + "/b");
        InterProcessMultiLock ours = new InterProcessMultiLock(List.of(
                new InterProcessMutex(one, path + "/a"), new InterProcessSemaphoreMutex(one, path + "/b")));
        theirs.acquire();
        that(!ours.acquire(100, TimeUnit.MILLISECONDS), "one of two is not enough");
        theirs.release();
        that(ours.acquire(Curators.SECONDS, TimeUnit.SECONDS), "both");
        ours.release();
    }

    private void persistentNode() throws Exception {
        String path = Curators.path();
        try (PersistentNode node = new PersistentNode(one, CreateMode.EPHEMERAL, false, path, "mine".getBytes())) {
            node.start();
            that(node.waitForInitialCreate(Curators.SECONDS, TimeUnit.SECONDS), "made");
            long first = synced(two).checkExists().forPath(path).getCzxid();
            two.delete().forPath(path);
            eventually("made again", () -> two.checkExists().forPath(path) != null);
            that(two.checkExists().forPath(path).getCzxid() > first, "anew");
        }
        eventually("gone with its owner", () -> two.checkExists().forPath(path) == null);
    }

    private void persistentTtlNode() throws Exception {
        String path = Curators.path();
        try (PersistentTtlNode node = new PersistentTtlNode(one, path, 900, new byte[0])) {
            node.start();
            that(node.waitForInitialCreate(Curators.SECONDS, TimeUnit.SECONDS), "made");
            synced(two);
            eventually("touched to keep it", () -> two.checkExists().forPath(path).getNumChildren() == 1);
        }
        eventually("reaped when nobody touches it", () -> two.checkExists().forPath(path) == null);
    }

    private void groupMember() throws Exception {
        String path = Curators.path();
        GroupMember first = new GroupMember(one, path, "first");
        first.start();
        try (GroupMember second = new GroupMember(two, path, "second", "hello".getBytes())) {
            second.start();
            eventually("two members", () -> first.getCurrentMembers().size() == 2);
            eventually("with data", () -> "hello".equals(new String(first.getCurrentMembers().get("second"))));
        }
        eventually("one left", () -> first.getCurrentMembers().keySet().equals(java.util.Set.of("first")));
        first.close();
    }

    private void barrier() throws Exception {
        String path = Curators.path();
        DistributedBarrier ours = new DistributedBarrier(one, path);
        ours.setBarrier();
        synced(two);
        DistributedBarrier theirs = new DistributedBarrier(two, path);
        that(!theirs.waitOnBarrier(100, TimeUnit.MILLISECONDS), "it holds");
        FutureTask<Boolean> waiting = started(() -> theirs.waitOnBarrier(Curators.SECONDS, TimeUnit.SECONDS));
        ours.removeBarrier();
        that(result(waiting), "it opened");
    }

    private void doubleBarrier() throws Exception {
        String path = Curators.path();
        DistributedDoubleBarrier ours = new DistributedDoubleBarrier(one, path, 2);
        DistributedDoubleBarrier theirs = new DistributedDoubleBarrier(two, path, 2);
        FutureTask<Boolean> waiting = started(() -> theirs.enter(Curators.SECONDS, TimeUnit.SECONDS)
                                                    && theirs.leave(Curators.SECONDS, TimeUnit.SECONDS));
        that(ours.enter(Curators.SECONDS, TimeUnit.SECONDS), "both entered");
        that(!waiting.isDone(), "who leaves first waits");
        that(ours.leave(Curators.SECONDS, TimeUnit.SECONDS), "both left");
        that(result(waiting), "the other one too");
    }

    private void sharedCount() throws Exception {
        String path = Curators.path();
        try (SharedCount ours = new SharedCount(one, path, 5); SharedCount theirs = new SharedCount(two, path, 9)) {
            ours.start();
            theirs.start();
            equal(5, theirs.getCount());
            that(ours.trySetCount(ours.getVersionedValue(), 6), "nobody came between");
            eventually("the other sees it", () -> theirs.getCount() == 6);
        }
    }

    private void atomicLong() throws Exception {
        String path = Curators.path();
        FutureTask<Boolean> other = started(() -> added(two, path));
        that(added(one, path) && result(other), "each addition succeeded");
        equal(100L, new DistributedAtomicLong(synced(one), path, new RetryNTimes(0, 0)).get().postValue());
    }

    private static boolean added(CuratorFramework client, String path) throws Exception {
        DistributedAtomicLong number = new DistributedAtomicLong(client, path, new RetryNTimes(1000, 1));
        boolean all = true;
        for (int i = 0; i < 50; ++i) {
            all = number.increment().succeeded() && all;
        }
        return all;
    }

    private void cache() throws Exception {
        String path = Curators.path();
        one.create().creatingParentsIfNeeded().forPath(path + "/a", "1".getBytes());
        try (CuratorCache cache = CuratorCache.build(two, path)) {
            cache.start();
            eventually("what was there", () -> cache.get(path + "/a").isPresent());
            one.create().forPath(path + "/b", "2".getBytes());
            one.setData().forPath(path + "/a", "3".getBytes());
            one.create().forPath(path + "/b/c", "4".getBytes());
            eventually("what came", () -> cache.size() == 4
                    && cache.get(path + "/a").map(node -> new String(node.getData()))
                            .equals(java.util.Optional.of("3")));
            one.delete().deletingChildrenIfNeeded().forPath(path + "/b");
            eventually("what went", () -> cache.size() == 2);
        }
    }
}

package zabra;

import static zabra.Checks.check;
import static zabra.Checks.equal;
import static zabra.Checks.eventually;
import static zabra.Checks.please;
import static zabra.Checks.that;
import static zabra.Curators.synced;

import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.zookeeper.CreateMode;

/**
 * Recipes in use while the server (of several: their leader) is killed and started again: the sessions go on, and so does
 * what hangs on them. Not the double barrier: it gives up when its connection does, and says so.
 */
final class SurvivalChecks {
    private final CuratorFramework one;
    private final CuratorFramework two;
    private final LeaderLatch leader;
    private final LeaderLatch follower;
    private final BlockingQueue<String> terms = new LinkedBlockingQueue<>();
    private final CountDownLatch never = new CountDownLatch(1);
    private final LeaderSelector selector;
    private final LeaderSelector rival;
    private final InterProcessMutex held;
    private final InterProcessMutex wanted;
    private final InterProcessSemaphoreV2 semaphore;
    private final InterProcessMutex queuedFor;
    private final InterProcessMutex queued;
    private final DistributedBarrier barrier;
    private final DistributedBarrier waitedFor;
    private final PersistentNode node;
    private final GroupMember member;
    private final GroupMember other;
    private final SharedCount count;
    private final CuratorCache cache;
    private final String data = Curators.path();
    private final CountDownLatch reconnected = new CountDownLatch(2);
    private long session;
    private String lockNode;
    private FutureTask<Boolean> inQueue;
    private FutureTask<Boolean> atBarrier;

    SurvivalChecks(Curators curators) throws Exception {
        one = curators.open();
        two = curators.open();
        String path = Curators.path();
        leader = new LeaderLatch(one, path + "/latch", "one");
        follower = new LeaderLatch(two, path + "/latch", "two");
        selector = RecipeChecks.selector(one, path + "/selector", "one", terms, never);
        rival = RecipeChecks.selector(two, path + "/selector", "two", terms, never);
        selector.autoRequeue();
        rival.autoRequeue();
        held = new InterProcessMutex(one, path + "/mutex");
        wanted = new InterProcessMutex(two, path + "/mutex");
        semaphore = new InterProcessSemaphoreV2(two, path + "/semaphore", 1);
        queuedFor = new InterProcessMutex(one, path + "/queue");
        queued = new InterProcessMutex(two, path + "/queue");
        barrier = new DistributedBarrier(one, path + "/barrier");
        waitedFor = new DistributedBarrier(two, path + "/barrier");
        node = new PersistentNode(one, CreateMode.EPHEMERAL, false, path + "/node", new byte[0]);
        member = new GroupMember(one, path + "/group", "one");
        other = new GroupMember(two, path + "/group", "two");
        count = new SharedCount(one, path + "/count", 1);
        cache = CuratorCache.build(two, data);
    }

    void run() throws Exception {
        check("survive.set_up", this::setUp);
        check("survive.kill_and_start", this::killAndStart);
        check("survive.session", () -> equal(session, Curators.session(one)));
        check("survive.mutex_is_still_held", this::mutex);
        check("survive.semaphore_is_still_leased", this::leases);
        check("survive.leader_latch_has_one_leader", this::oneLeader);
        check("survive.leader_selector_has_one_leader", this::oneTerm);
        check("survive.mutex_passes_to_who_waited", this::queue);
        check("survive.barrier_opens_for_who_waited", this::barrierOpens);
        check("survive.persistent_node", this::persistentNode);
        check("survive.group_member", this::group);
        check("survive.shared_count", this::sharedCount);
        check("survive.cache", this::cacheFollows);
    }

    private void setUp() throws Exception {
        for (CuratorFramework client : new CuratorFramework[] {one, two}) {
            client.getConnectionStateListenable().addListener((which, state) -> {
                if (state == ConnectionState.RECONNECTED) {
                    reconnected.countDown();
                }
            });
        }
        leader.start();
        that(leader.await(Curators.SECONDS, TimeUnit.SECONDS), "leads");
        follower.start();
        held.acquire();
        lockNode = held.getParticipantNodes().iterator().next();
        that(semaphore.acquire(Curators.SECONDS, TimeUnit.SECONDS) != null, "leased");
        selector.start();
        equal("one", terms.poll(Curators.SECONDS, TimeUnit.SECONDS));
        rival.start();
        queuedFor.acquire();
        inQueue = RecipeChecks.started(() -> queued.acquire(3 * Curators.SECONDS, TimeUnit.SECONDS));
        eventually("it has queued up", () -> queuedFor.getParticipantNodes().size() == 2);
        barrier.setBarrier();
        synced(two);
        atBarrier = RecipeChecks.started(() -> waitedFor.waitOnBarrier(3 * Curators.SECONDS, TimeUnit.SECONDS));
        node.start();
        that(node.waitForInitialCreate(Curators.SECONDS, TimeUnit.SECONDS), "made");
        member.start();
        other.start();
        eventually("both are members", () -> member.getCurrentMembers().size() == 2);
        count.start();
        count.setCount(7);
        one.create().creatingParentsIfNeeded().forPath(data, "before".getBytes());
        cache.start();
        eventually("the cache is filled", () -> cache.get(data).isPresent());
        session = Curators.session(one);
    }

    private void killAndStart() throws Exception {
        please("restart");
        that(reconnected.await(Curators.SECONDS, TimeUnit.SECONDS), "both came back");
    }

    private void mutex() throws Exception {
        equal(session, synced(two).checkExists().forPath(lockNode).getEphemeralOwner());
        that(!wanted.acquire(100, TimeUnit.MILLISECONDS), "held");
        held.release();
        that(wanted.acquire(Curators.SECONDS, TimeUnit.SECONDS), "free");
        wanted.release();
    }

    private void leases() throws Exception {
        equal(null, semaphore.acquire(100, TimeUnit.MILLISECONDS));
    }

    private void oneLeader() throws Exception {
        eventually("one leader", () -> leader.hasLeadership() != follower.hasLeadership());
        eventually("two take part", () -> leader.getParticipants().size() == 2);
        LeaderLatch leads = leader.hasLeadership() ? leader : follower;
        LeaderLatch follows = leads == leader ? follower : leader;
        leads.close();
        that(follows.await(Curators.SECONDS, TimeUnit.SECONDS), "the other one follows");
        follows.close();
    }

    /** A term ends with the connection; then somebody is chosen anew, and nobody beside him. */
    private void oneTerm() throws Exception {
        eventually("two take part", () -> selector.getParticipants().size() == 2);
        eventually("one leader", () -> selector.hasLeadership() != rival.hasLeadership());
        that(terms.poll(Curators.SECONDS, TimeUnit.SECONDS) != null, "a new term");
        LeaderSelector leads = selector.hasLeadership() ? selector : rival;
        LeaderSelector follows = leads == selector ? rival : selector;
        leads.close();
        eventually("the other one follows", follows::hasLeadership);
        follows.close();
    }

    private void queue() throws Exception {
        that(!inQueue.isDone(), "the lock is held");
        queuedFor.release();
        that(RecipeChecks.result(inQueue), "it passed on");
    }

    private void barrierOpens() throws Exception {
        that(!atBarrier.isDone(), "it holds");
        barrier.removeBarrier();
        that(RecipeChecks.result(atBarrier), "it opened");
    }

    private void persistentNode() throws Exception {
        equal(session, synced(two).checkExists().forPath(node.getActualPath()).getEphemeralOwner());
        node.close();
    }

    private void group() throws Exception {
        eventually("both are members again", () -> member.getCurrentMembers().keySet().equals(Set.of("one", "two")));
        other.close();
        eventually("one left", () -> member.getCurrentMembers().keySet().equals(Set.of("one")));
        member.close();
    }

    private void sharedCount() throws Exception {
        equal(7, count.getCount());
        count.setCount(8);
        eventually("counted on", () -> count.getCount() == 8);
        count.close();
    }

    private void cacheFollows() throws Exception {
        one.setData().forPath(data, "after".getBytes());
        one.create().forPath(data + "/new", new byte[0]);
        eventually("the cache follows", () -> cache.get(data + "/new").isPresent()
                && cache.get(data).map(found -> new String(found.getData())).equals(java.util.Optional.of("after")));
        cache.close();
    }
}

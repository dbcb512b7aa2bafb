package zabra;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Callable;

/** Runs named checks and prints what fixture/program.py reads; one that fails does not keep the next from running. */
final class Checks {
    interface Body {
        void run() throws Exception;
    }

    private static final BufferedReader answers = new BufferedReader(new InputStreamReader(System.in));

    private Checks() {}

    static void check(String name, Body body) {
        try {
            body.run();
            say("ok " + name);
        } catch (Throwable why) {  // an AssertionError too
            say("FAIL " + name + " " + String.valueOf(why).replace('\n', ' ') + " at " + ownFrames(why));
        }
    }

    /** Asks the suite to `kill`, `start` or `restart` the server, and waits until that is done. */
    static void please(String wish) throws Exception {
        say("please " + wish);
        equal("done", answers.readLine());
    }

    static void equal(Object expected, Object seen) {
        if (!Objects.equals(expected, seen)) {
            throw new AssertionError("expected " + expected + ", seen " + seen);
        }
    }

    static void equalBytes(String expected, byte[] seen) {
        equal(expected, seen == null ? null : new String(seen));
    }

    static void sameSet(Collection<?> seen, Object... expected) {
        equal(new TreeSet<Object>(Arrays.asList(expected)), new TreeSet<Object>(seen));
    }

    static void that(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    static <T extends Throwable> T thrown(Class<T> kind, Body body) {
        try {
            body.run();
        } catch (Throwable seen) {
            if (kind.isInstance(seen)) {
                return kind.cast(seen);
            }
            throw new AssertionError("expected " + kind.getSimpleName() + ", seen " + seen, seen);
        }
        throw new AssertionError("expected " + kind.getSimpleName() + ", nothing was thrown");
    }

    /** Polls a condition of the outside world that sends no event. */
    static void eventually(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!condition.call()) {
            that(System.nanoTime() < deadline, "not within 20 s: " + what);
            Thread.sleep(20);
        }
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static String ownFrames(Throwable why) {
        StringBuilder frames = new StringBuilder();
        for (StackTraceElement frame : why.getStackTrace()) {
            if (frame.getClassName().startsWith("zabra.") && !frame.getClassName().equals("zabra.Checks")) {
                frames.append(frame.getFileName()).append(':').append(frame.getLineNumber()).append(' ');
            }
        }
        return frames.toString();
    }
}

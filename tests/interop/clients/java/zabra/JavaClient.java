package zabra;

/** Every op code, watch kind and ACL scheme of Apache's Java client. Argument: HOST:PORT. */
public final class JavaClient {
    private JavaClient() {}

    public static void main(String[] arguments) throws Exception {
        Clients clients = new Clients(arguments[0]);
        SessionChecks sessions = new SessionChecks(clients);
        new NodeChecks(clients).run();
        new MultiChecks(clients).run();
        new WatchChecks(clients).run();
        new AclChecks(clients).run();
        sessions.run();
        clients.closeAll();
    }
}

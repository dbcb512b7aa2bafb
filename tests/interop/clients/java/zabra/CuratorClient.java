package zabra;

/** Curator on Apache's Java client. Argument: HOST:PORT. */
public final class CuratorClient {
    private CuratorClient() {}

    public static void main(String[] arguments) throws Exception {
        Curators curators = new Curators(arguments[0]);
        new FrameworkChecks(curators).run();
        new RecipeChecks(curators).run();
        new SurvivalChecks(curators).run();
        curators.closeAll();
    }
}

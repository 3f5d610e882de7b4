import java.util.LinkedHashMap;
import java.util.Map;

/** The Java client of RabbitMQ: runs the scenario that the command line names and prints the verdict. */
public final class Main {
    private interface Scenario {
        void run(Session session) throws Exception;
    }

    private static final Map<String, Scenario> SCENARIOS = new LinkedHashMap<>();

    static {
        SCENARIOS.put("work_queue", Consuming::workQueue);
        SCENARIOS.put("rpc_direct_reply_to", Consuming::rpcDirectReplyTo);
        SCENARIOS.put("dead_letter_retry", Consuming::deadLetterRetry);
        SCENARIOS.put("consumer_cancel_notification", Consuming::consumerCancelNotification);
        SCENARIOS.put("publish_subscribe", Routing::publishSubscribe);
        SCENARIOS.put("routing", Routing::routing);
        SCENARIOS.put("topics", Routing::topics);
        SCENARIOS.put("headers", Routing::headers);
        SCENARIOS.put("confirms", Publishing::confirms);
        SCENARIOS.put("returns", Publishing::returns);
        SCENARIOS.put("transactions", Publishing::transactions);
        SCENARIOS.put("large_bodies", Publishing::largeBodies);
        SCENARIOS.put("properties_and_headers", Properties::propertiesAndHeaders);
        SCENARIOS.put("reconnect_after_restart", Lifecycle::reconnectAfterRestart);
        SCENARIOS.put("channel_errors", Lifecycle::channelErrors);
        SCENARIOS.put("many_channels", Lifecycle::manyChannels);
    }

    public static void main(String[] arguments) {
        Scenario scenario = arguments.length == 1 ? SCENARIOS.get(arguments[0]) : null;
        if (scenario == null) {
            System.out.println("FAIL usage: Main " + String.join("|", SCENARIOS.keySet()));
            System.exit(1);
        }

        try (Session session = new Session()) {
            scenario.run(session);
            System.out.println("PASS");
        } catch (Throwable failure) {
            failure.printStackTrace();
            System.out.println("FAIL " + String.valueOf(failure).replace('\n', ' '));
            System.exit(1);
        }

        // The client's threads are no daemons; a verdict that is spoken ends the program.
        System.exit(0);
    }
}

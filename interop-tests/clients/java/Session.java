import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What every scenario needs: the broker's address, a connection with a channel, names of its own, checks. */
final class Session implements AutoCloseable {
    /** The limit of one wait. */
    static final int WAIT_MS = 20_000;

    static final AMQP.BasicProperties PERSISTENT = MessageProperties.MINIMAL_PERSISTENT_BASIC;

    final Connection connection;
    final Channel channel;
    private final String prefix = System.getenv("AMQP_PREFIX");

    Session() throws Exception {
        connection = factory().newConnection();
        channel = connection.createChannel();
    }

    @Override
    public void close() throws IOException {
        if (connection.isOpen()) {
            connection.close(WAIT_MS);
        }
    }

    ConnectionFactory factory() {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost(System.getenv("AMQP_HOST"));
        factory.setPort(Integer.parseInt(System.getenv("AMQP_PORT")));
        factory.setUsername(System.getenv("AMQP_USER"));
        factory.setPassword(System.getenv("AMQP_PASSWORD"));
        factory.setVirtualHost(System.getenv("AMQP_VHOST"));
        factory.setNetworkRecoveryInterval(200);
        return factory;
    }

    /** A name that no other run uses. */
    String name(String suffix) {
        return prefix + "." + suffix;
    }

    String durableQueue(String suffix, Map<String, Object> arguments) throws IOException {
        return channel.queueDeclare(name(suffix), true, false, false, arguments).getQueue();
    }

    String durableQueue(String suffix) throws IOException {
        return durableQueue(suffix, null);
    }

    /** How many messages wait in a queue. */
    int ready(String queue) throws IOException {
        return channel.queueDeclarePassive(queue).getMessageCount();
    }

    /** Takes all that waits in a queue. */
    List<String> drain(String queue) throws IOException {
        List<String> texts = new ArrayList<>();
        for (GetResponse got = channel.basicGet(queue, true); got != null; got = channel.basicGet(queue, true)) {
            texts.add(text(got.getBody()));
        }
        return texts;
    }

    /** Asks the runner to restart the broker and waits until it serves again. */
    static void restartBroker() throws IOException {
        System.out.println("CONTROL restart");
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        equal("restarted", input.readLine(), "the runner's answer");
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static void equal(Object expected, Object actual, String what) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError(what + ": expected " + expected + ", got " + actual);
        }
    }

    static void check(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }
}

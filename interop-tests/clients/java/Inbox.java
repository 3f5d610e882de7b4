import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what one or several consumers receive, in the order of arrival, until the scenario takes it. */
final class Inbox {
    record Message(Channel channel, String consumer, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
        String text() {
            return Session.text(body);
        }

        void ack() throws IOException {
            channel.basicAck(envelope.getDeliveryTag(), false);
        }
    }

    /** The tag of the first consumer that the broker cancelled. */
    final CompletableFuture<String> cancelled = new CompletableFuture<>();

    private final LinkedBlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    private final Map<String, Integer> received = new ConcurrentHashMap<>();

    Inbox() {
    }

    Inbox(Channel channel, String queue, boolean autoAck) throws IOException {
        consume(channel, queue, autoAck);
    }

    /** Adds a consumer; returns its tag. */
    String consume(Channel channel, String queue, boolean autoAck) throws IOException {
        return channel.basicConsume(queue, autoAck, new DefaultConsumer(channel) {
            @Override
            public void handleDelivery(String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
                received.merge(tag, 1, Integer::sum);
                messages.add(new Message(channel, tag, envelope, properties, body));
            }

            @Override
            public void handleCancel(String tag) {
                cancelled.complete(tag);
            }
        });
    }

    /** How many messages a consumer has had so far, taken or not. */
    int receivedBy(String consumer) {
        return received.getOrDefault(consumer, 0);
    }

    boolean isEmpty() {
        return messages.isEmpty();
    }

    Message take() throws InterruptedException {
        Message message = messages.poll(Session.WAIT_MS, TimeUnit.MILLISECONDS);
        Session.check(message != null, "no message in " + Session.WAIT_MS + " ms");
        return message;
    }

    List<String> takeTexts(int count) throws InterruptedException {
        List<String> texts = new ArrayList<>();
        while (texts.size() < count) {
            texts.add(take().text());
        }
        return texts;
    }
}

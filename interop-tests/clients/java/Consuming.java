import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Scenarios about consumers. */
final class Consuming {
    private static final String DIRECT_REPLY_TO = "amq.rabbitmq.reply-to";

    static void workQueue(Session session) throws Exception {
        for (int prefetch : new int[] {1, 10}) {
            workQueue(session, prefetch);
        }
    }

    private static void workQueue(Session session, int prefetch) throws Exception {
        final int total = 200;
        final int workers = 3;
        String queue = session.durableQueue("work-" + prefetch);
        List<String> sent = IntStream.range(0, total).mapToObj(i -> String.format("task %03d", i)).collect(Collectors.toList());
        session.channel.confirmSelect();
        for (String task : sent) {
            session.channel.basicPublish("", queue, Session.PERSISTENT, Session.bytes(task));
        }
        session.channel.waitForConfirmsOrDie(Session.WAIT_MS);

        Inbox inbox = new Inbox();
        Map<String, Integer> acknowledged = new HashMap<>();
        List<Channel> channels = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            Channel channel = session.connection.createChannel();
            channel.basicQos(prefetch);
            acknowledged.put(inbox.consume(channel, queue, false), 0);
            channels.add(channel);
        }

        // While nobody acknowledges, every worker gets its prefetch and then no more.
        Queue<Inbox.Message> held = new ArrayDeque<>();
        while (held.size() < workers * prefetch) {
            held.add(inbox.take());
        }
        Session.equal(total - workers * prefetch, session.ready(queue), "messages still ready");
        for (String worker : acknowledged.keySet()) {
            Session.equal(prefetch, inbox.receivedBy(worker), "messages before any acknowledgement");
        }

        // Then each acknowledgement brings one message more, until there are none.
        List<String> done = new ArrayList<>();
        while (!held.isEmpty()) {
            Inbox.Message message = held.remove();
            acknowledged.merge(message.consumer(), 1, Integer::sum);
            message.ack();
            done.add(message.text());
            if (done.size() + held.size() < total) {
                held.add(inbox.take());
            }
            acknowledged.forEach((worker, acks) ->
                Session.check(inbox.receivedBy(worker) - acks <= prefetch, "more unacknowledged than the prefetch of " + prefetch));
        }

        Session.equal(sent, done.stream().sorted().collect(Collectors.toList()), "tasks done");
        for (Channel channel : channels) {
            channel.close();
        }
        Session.equal(0, session.ready(queue), "messages left");
    }

    static void rpcDirectReplyTo(Session session) throws Exception {
        String requests = session.durableQueue("rpc");
        try (Connection serverConnection = session.factory().newConnection()) {
            Channel server = serverConnection.createChannel();
            server.basicConsume(requests, false, new DefaultConsumer(server) {
                @Override
                public void handleDelivery(String tag, Envelope envelope, AMQP.BasicProperties request, byte[] body)
                        throws IOException {
                    int number = Integer.parseInt(Session.text(body));
                    AMQP.BasicProperties answer = new AMQP.BasicProperties.Builder().correlationId(request.getCorrelationId()).build();
                    server.basicPublish("", request.getReplyTo(), answer, Session.bytes("" + number * number));
                    server.basicAck(envelope.getDeliveryTag(), false);
                }
            });

            Inbox replies = new Inbox(session.channel, DIRECT_REPLY_TO, true);
            for (int i = 1; i <= 100; i++) {
                AMQP.BasicProperties call =
                    new AMQP.BasicProperties.Builder().replyTo(DIRECT_REPLY_TO).correlationId("call-" + i).build();
                session.channel.basicPublish("", requests, call, Session.bytes("" + i));
                Inbox.Message reply = replies.take();
                Session.equal("" + i * i, reply.text(), "reply");
                Session.equal("call-" + i, reply.properties().getCorrelationId(), "correlation id");
            }
        }
    }

    /** The usual retry loop: rejected messages wait in a queue without consumers until their TTL brings them back. */
    static void deadLetterRetry(Session session) throws Exception {
        final int attempts = 3;
        Channel channel = session.channel;
        String retries = session.name("retry-exchange");
        channel.exchangeDeclare(retries, "direct", true);
        String parking = session.durableQueue("parking");
        String work = session.durableQueue("work", Map.of(
            "x-dead-letter-exchange", retries, "x-dead-letter-routing-key", "wait"));
        String waiting = session.durableQueue("waiting", Map.of(
            "x-message-ttl", 100, "x-dead-letter-exchange", "", "x-dead-letter-routing-key", work));
        channel.queueBind(waiting, retries, "wait");

        channel.basicPublish("", work, Session.PERSISTENT, Session.bytes("poison"));
        Inbox inbox = new Inbox(channel, work, false);
        for (int attempt = 0; attempt < attempts; attempt++) {
            Inbox.Message message = inbox.take();
            Session.equal("poison", message.text(), "message");
            Session.equal((long) attempt, deaths(message, work, "rejected"), "rejections so far");
            Session.equal((long) attempt, deaths(message, waiting, "expired"), "expiries so far");
            channel.basicReject(message.envelope().getDeliveryTag(), false);
        }

        Inbox.Message last = inbox.take();
        Session.equal((long) attempts, deaths(last, work, "rejected"), "rejections at the end");
        Session.equal(work, last.properties().getHeaders().get("x-first-death-queue").toString(), "x-first-death-queue");
        Session.equal("rejected", last.properties().getHeaders().get("x-first-death-reason").toString(), "x-first-death-reason");
        channel.basicPublish("", parking, last.properties(), last.body());
        last.ack();
        Inbox.Message parked = new Inbox(channel, parking, true).take();
        Session.equal("poison", parked.text(), "parked message");
        Session.equal((long) attempts, deaths(parked, work, "rejected"), "rejections of the parked message");
    }

    @SuppressWarnings("unchecked")
    private static long deaths(Inbox.Message message, String queue, String reason) {
        Map<String, Object> headers = message.properties().getHeaders();
        if (headers == null || !headers.containsKey("x-death")) {
            return 0;
        }
        return ((List<Map<String, Object>>) headers.get("x-death")).stream()
            .filter(death -> death.get("queue").toString().equals(queue) && death.get("reason").toString().equals(reason))
            .mapToLong(death -> (Long) death.get("count"))
            .sum();
    }

    static void consumerCancelNotification(Session session) throws Exception {
        String queue = session.durableQueue("deleted");
        Channel consuming = session.connection.createChannel();
        Inbox inbox = new Inbox();
        String tag = inbox.consume(consuming, queue, false);
        session.channel.queueDelete(queue);
        Session.equal(tag, inbox.cancelled.get(Session.WAIT_MS, TimeUnit.MILLISECONDS), "cancelled consumer");
        Session.check(consuming.isOpen(), "the consumer's channel is closed");
    }
}

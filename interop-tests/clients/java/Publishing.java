import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.GetResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Scenarios about publishers. */
final class Publishing {
    static void confirms(Session session) throws Exception {
        final int total = 1_000;
        Channel channel = session.channel;
        String queue = session.durableQueue("confirmed");
        ConcurrentSkipListSet<Long> open = new ConcurrentSkipListSet<>();
        LinkedBlockingQueue<String> nacks = new LinkedBlockingQueue<>();
        channel.addConfirmListener(new ConfirmListener() {
            @Override
            public void handleAck(long tag, boolean multiple) {
                if (multiple) {
                    open.headSet(tag, true).clear();
                } else {
                    open.remove(tag);
                }
            }

            @Override
            public void handleNack(long tag, boolean multiple) {
                nacks.add("" + tag);
            }
        });
        channel.confirmSelect();
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < total; i++) {
            open.add(channel.getNextPublishSeqNo());
            sent.add("" + i);
            channel.basicPublish("", queue, true, Session.PERSISTENT, Session.bytes("" + i));
        }
        channel.waitForConfirmsOrDie(Session.WAIT_MS);

        // What is confirmed counts at once.
        Session.equal(total, session.ready(queue), "messages in the queue");
        Session.equal(0, open.size(), "unconfirmed messages");
        Session.equal(0, nacks.size(), "refused messages");
        Session.equal(sent, session.drain(queue), "messages");
    }

    static void returns(Session session) throws Exception {
        Channel channel = session.channel;
        String nowhere = session.name("nowhere");
        String queue = session.durableQueue("somewhere");
        LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();
        channel.addReturnListener((code, reason, exchange, key, properties, body) ->
            events.add("return " + code + " " + reason + " " + key + " " + properties.getMessageId() + " " + Session.text(body)));
        channel.addConfirmListener(new ConfirmListener() {
            @Override
            public void handleAck(long tag, boolean multiple) {
                events.add("ack " + tag);
            }

            @Override
            public void handleNack(long tag, boolean multiple) {
                events.add("nack " + tag);
            }
        });
        channel.confirmSelect();
        AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder().messageId("m1").build();

        channel.basicPublish("", nowhere, true, properties, Session.bytes("lost"));
        Session.equal("return 312 NO_ROUTE " + nowhere + " m1 lost", events.poll(Session.WAIT_MS, TimeUnit.MILLISECONDS), "first event");
        Session.equal("ack 1", events.poll(Session.WAIT_MS, TimeUnit.MILLISECONDS), "second event");
        // Neither a message that is routed comes back, nor one that is not mandatory.
        channel.basicPublish("", queue, true, properties, Session.bytes("kept"));
        Session.equal("ack 2", events.poll(Session.WAIT_MS, TimeUnit.MILLISECONDS), "event of the routed message");
        channel.basicPublish("", nowhere, false, properties, Session.bytes("dropped"));
        Session.equal("ack 3", events.poll(Session.WAIT_MS, TimeUnit.MILLISECONDS), "event of the dropped message");
        Session.equal(List.of("kept"), session.drain(queue), "queue");
    }

    static void transactions(Session session) throws Exception {
        String queue = session.durableQueue("transacted");
        Channel transaction = session.connection.createChannel();
        transaction.txSelect();
        transaction.basicPublish("", queue, null, Session.bytes("rolled back"));
        transaction.txRollback();
        transaction.basicPublish("", queue, null, Session.bytes("committed 1"));
        transaction.basicPublish("", queue, null, Session.bytes("committed 2"));
        Session.equal(0, session.ready(queue), "messages before the commit");
        transaction.txCommit();
        Session.equal(2, session.ready(queue), "messages after the commit");

        // An acknowledgement that is rolled back leaves the message unacknowledged; it may be acknowledged again.
        GetResponse first = transaction.basicGet(queue, false);
        Session.equal("committed 1", Session.text(first.getBody()), "first message");
        transaction.basicAck(first.getEnvelope().getDeliveryTag(), false);
        transaction.txRollback();
        transaction.basicAck(first.getEnvelope().getDeliveryTag(), false);
        transaction.txCommit();

        // One that is never committed gives the message back.
        GetResponse second = transaction.basicGet(queue, false);
        transaction.basicAck(second.getEnvelope().getDeliveryTag(), false);
        transaction.close();
        Session.equal(Collections.singletonList("committed 2"), session.drain(queue), "messages after the channel's end");
    }

    static void largeBodies(Session session) throws Exception {
        Channel channel = session.channel;
        String queue = session.durableQueue("bodies");
        channel.confirmSelect();
        for (int size : new int[] {0, 1, 131_063, 131_064, 131_065, 131_071, 131_072, 131_073, 262_144, 5 * 1024 * 1024}) {
            byte[] body = new byte[size];
            new Random(size).nextBytes(body);
            channel.basicPublish("", queue, Session.PERSISTENT, body);
            channel.waitForConfirmsOrDie(Session.WAIT_MS);
            GetResponse got = channel.basicGet(queue, false);
            Session.check(Arrays.equals(body, got.getBody()), size + " bytes came back changed from basic.get");
            channel.basicNack(got.getEnvelope().getDeliveryTag(), false, true);
            Channel consuming = session.connection.createChannel();
            Inbox.Message pushed = new Inbox(consuming, queue, true).take();
            Session.check(Arrays.equals(body, pushed.body()), size + " bytes came back changed from a consumer");
            consuming.close();
        }
    }
}

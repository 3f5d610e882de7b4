import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.Recoverable;
import com.rabbitmq.client.RecoveryListener;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Scenarios about connections and channels that end, and that come back. */
final class Lifecycle {
    private interface Operation {
        void run(Channel channel) throws IOException;
    }

    /** The client's own recovery restores the connection, the channel, what was declared on it, and the consumers. */
    static void reconnectAfterRestart(Session session) throws Exception {
        final int total = 100;
        Channel channel = session.channel;
        String exchange = session.name("durable");
        String news = session.name("news");
        channel.exchangeDeclare(exchange, "direct", true);
        String backlog = session.durableQueue("backlog");
        channel.queueBind(backlog, exchange, "kept");
        channel.confirmSelect();
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < total; i++) {
            sent.add("kept " + i);
            channel.basicPublish(exchange, "kept", true, Session.PERSISTENT, Session.bytes("kept " + i));
        }
        channel.waitForConfirmsOrDie(Session.WAIT_MS);
        channel.exchangeDeclare(news, "fanout", false);
        String subscription = channel.queueDeclare().getQueue();
        channel.queueBind(subscription, news, "");
        Inbox newsInbox = new Inbox(channel, subscription, true);

        CompletableFuture<ShutdownSignalException> shutdown = new CompletableFuture<>();
        CompletableFuture<Void> recovered = new CompletableFuture<>();
        session.connection.addShutdownListener(shutdown::complete);
        ((Recoverable) session.connection).addRecoveryListener(new RecoveryListener() {
            @Override
            public void handleRecovery(Recoverable recoverable) {
                recovered.complete(null);
            }

            @Override
            public void handleRecoveryStarted(Recoverable recoverable) {
            }
        });
        Session.restartBroker();
        AMQP.Connection.Close close = (AMQP.Connection.Close) shutdown.get(Session.WAIT_MS, TimeUnit.MILLISECONDS).getReason();
        Session.equal(320, close.getReplyCode(), "reply code of the broker's close");
        recovered.get(Session.WAIT_MS, TimeUnit.MILLISECONDS);

        channel.basicPublish(news, "", null, Session.bytes("flash"));
        Session.equal(List.of("flash"), newsInbox.takeTexts(1), "news after the restart");
        Session.equal(total, session.ready(backlog), "backlog after the restart");
        Session.equal(sent, new Inbox(channel, backlog, true).takeTexts(total), "backlog");
        channel.basicPublish(exchange, "kept", true, Session.PERSISTENT, Session.bytes("after"));
        channel.waitForConfirmsOrDie(Session.WAIT_MS);
    }

    static void channelErrors(Session session) throws Exception {
        String queue = session.durableQueue("declared");
        String missing = session.name("missing");
        expectClose(session, 404, "NOT_FOUND - no queue '" + missing + "' in vhost '/'",
            channel -> channel.queueDeclarePassive(missing));
        expectClose(session, 406, "PRECONDITION_FAILED - inequivalent arg 'durable' for queue '" + queue
            + "' in vhost '/': received 'false' but current is 'true'",
            channel -> channel.queueDeclare(queue, false, false, false, null));
        expectClose(session, 403, null, channel -> channel.exchangeDeclare("amq.forbidden", "direct"));
        try (Connection other = session.factory().newConnection()) {
            String exclusive = other.createChannel().queueDeclare().getQueue();
            expectClose(session, 405, null, channel -> channel.queueDeclarePassive(exclusive));
        }
        Session.equal(0, session.ready(queue), "the first channel still works");
    }

    private static void expectClose(Session session, int code, String text, Operation operation) throws Exception {
        Channel channel = session.connection.createChannel();
        try {
            operation.run(channel);
        } catch (IOException failure) {
            Method reason = ((ShutdownSignalException) failure.getCause()).getReason();
            Session.check(reason instanceof AMQP.Channel.Close, "not the channel was closed but: " + reason);
            AMQP.Channel.Close close = (AMQP.Channel.Close) reason;
            Session.equal(code, close.getReplyCode(), "reply code");
            Session.check(text == null || text.equals(close.getReplyText()), "reply text: " + close.getReplyText());
            Session.check(!channel.isOpen() && session.connection.isOpen(), "the channel alone closes");
            return;
        }
        throw new AssertionError("no error, where " + code + " was expected");
    }

    static void manyChannels(Session session) throws Exception {
        final int total = 200;
        String queue = session.durableQueue("shared");
        List<Channel> channels = new ArrayList<>();
        for (int i = 0; i < total; i++) {
            channels.add(session.connection.createChannel());
        }
        for (Channel channel : channels) {
            channel.basicPublish("", queue, null, Session.bytes("" + channel.getChannelNumber()));
        }
        Session.equal((long) total, new Inbox(session.channel, queue, true).takeTexts(total).stream().distinct().count(), "messages");
        for (Channel channel : channels) {
            channel.close();
        }
        Session.check(session.connection.createChannel().getChannelNumber() <= total + 1, "channel numbers are used again");
    }
}

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Scenarios about exchanges and bindings. */
final class Routing {
    static void publishSubscribe(Session session) throws Exception {
        Channel channel = session.channel;
        String news = exchange(session, "fanout");
        List<Inbox> subscribers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String queue = channel.queueDeclare().getQueue();
            channel.queueBind(queue, news, "");
            subscribers.add(new Inbox(channel, queue, true));
        }

        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            sent.add("news " + i);
            channel.basicPublish(news, "ignored", null, Session.bytes("news " + i));
        }
        for (Inbox subscriber : subscribers) {
            Session.equal(sent, subscriber.takeTexts(sent.size()), "one subscriber's news");
        }
    }

    static void routing(Session session) throws Exception {
        String logs = exchange(session, "direct");
        Map<String, List<String>> bindings = new LinkedHashMap<>();
        bindings.put("errors", List.of("error"));
        bindings.put("all", List.of("info", "warning", "error"));
        bindings.put("fatal", List.of("fatal"));
        List<String> sent = List.of("info", "error", "debug", "warning", "error", "Error");
        for (Map.Entry<String, List<String>> binding : bindings.entrySet()) {
            bind(session, binding.getKey(), logs, binding.getValue());
        }
        publishConfirmed(session, logs, sent);
        for (Map.Entry<String, List<String>> binding : bindings.entrySet()) {
            List<String> expected = sent.stream().filter(binding.getValue()::contains).collect(Collectors.toList());
            Session.equal(expected, session.drain(session.name(binding.getKey())), "queue " + binding.getKey());
        }
    }

    static void topics(Session session) throws Exception {
        String animals = exchange(session, "topic");
        List<String> keys = List.of(
            "quick.orange.rabbit", "lazy.orange.elephant", "quick.orange.fox", "lazy.brown.fox", "lazy.pink.rabbit",
            "quick.brown.fox", "orange", "quick.orange.new.rabbit", "lazy.orange.new.rabbit", "lazy", "a..b", "");
        Map<String, List<String>> expected = new LinkedHashMap<>();
        expected.put("*.orange.*", List.of("quick.orange.rabbit", "lazy.orange.elephant", "quick.orange.fox"));
        expected.put("*.*.rabbit", List.of("quick.orange.rabbit", "lazy.pink.rabbit"));
        expected.put("lazy.#", List.of(
            "lazy.orange.elephant", "lazy.brown.fox", "lazy.pink.rabbit", "lazy.orange.new.rabbit", "lazy"));
        expected.put("#.rabbit", List.of(
            "quick.orange.rabbit", "lazy.pink.rabbit", "quick.orange.new.rabbit", "lazy.orange.new.rabbit"));
        expected.put("quick.#.rabbit", List.of("quick.orange.rabbit", "quick.orange.new.rabbit"));
        expected.put("a.*.b", List.of("a..b"));
        expected.put("*", List.of("orange", "lazy"));
        expected.put("#", keys);
        for (String pattern : expected.keySet()) {
            bind(session, pattern, animals, List.of(pattern));
        }
        publishConfirmed(session, animals, keys);
        for (Map.Entry<String, List<String>> queue : expected.entrySet()) {
            Session.equal(queue.getValue(), session.drain(session.name(queue.getKey())), "queue bound with " + queue.getKey());
        }
    }

    static void headers(Session session) throws Exception {
        Channel channel = session.channel;
        String reports = exchange(session, "headers");
        for (String match : List.of("all", "any")) {
            channel.queueDeclare(session.name(match), false, true, false, null);
            channel.queueBind(session.name(match), reports, "", Map.of("x-match", match, "format", "pdf", "pages", 3));
        }

        channel.confirmSelect();
        Map<String, Map<String, Object>> sent = new LinkedHashMap<>();
        sent.put("both", Map.of("format", "pdf", "pages", 3, "more", true));
        sent.put("one", Map.of("format", "zip", "pages", 3L));
        sent.put("none", Map.of("format", "zip", "pages", 4));
        sent.put("no headers", new HashMap<>());
        for (Map.Entry<String, Map<String, Object>> report : sent.entrySet()) {
            AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder().headers(report.getValue()).build();
            channel.basicPublish(reports, "", properties, Session.bytes(report.getKey()));
        }
        channel.waitForConfirmsOrDie(Session.WAIT_MS);
        Session.equal(List.of("both"), session.drain(session.name("all")), "queue all");
        Session.equal(List.of("both", "one"), session.drain(session.name("any")), "queue any");
    }

    private static String exchange(Session session, String type) throws IOException {
        session.channel.exchangeDeclare(session.name(type), type, true);
        return session.name(type);
    }

    private static void bind(Session session, String queue, String exchange, List<String> keys) throws IOException {
        session.channel.queueDeclare(session.name(queue), false, true, false, null);
        for (String key : keys) {
            session.channel.queueBind(session.name(queue), exchange, key);
        }
    }

    /** Publishes each key as a message's key and text; what is confirmed can be got. */
    private static void publishConfirmed(Session session, String exchange, List<String> keys) throws Exception {
        session.channel.confirmSelect();
        for (String key : keys) {
            session.channel.basicPublish(exchange, key, null, Session.bytes(key));
        }
        session.channel.waitForConfirmsOrDie(Session.WAIT_MS);
    }
}

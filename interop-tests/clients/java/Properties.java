import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.LongString;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The scenario about what a message carries besides its body. */
final class Properties {
    static void propertiesAndHeaders(Session session) throws Exception {
        Channel channel = session.channel;
        String queue = session.durableQueue("properties");
        AMQP.BasicProperties sent = new AMQP.BasicProperties.Builder()
            .contentType("text/plain").contentEncoding("utf-8").headers(allHeaders()).deliveryMode(2).priority(7)
            .correlationId("correlation").replyTo("reply.queue").expiration("3600000").messageId("message")
            .timestamp(new Date(1_700_000_001_000L)).type("type").userId(System.getenv("AMQP_USER")).appId("app")
            .clusterId("cluster").build();
        channel.basicPublish("", queue, sent, Session.bytes("body"));
        channel.basicPublish("", queue, null, Session.bytes("none"));

        Inbox inbox = new Inbox(channel, queue, true);
        AMQP.BasicProperties got = inbox.take().properties();
        Session.equal(sent.getContentType(), got.getContentType(), "content-type");
        Session.equal(sent.getContentEncoding(), got.getContentEncoding(), "content-encoding");
        Session.equal(sent.getDeliveryMode(), got.getDeliveryMode(), "delivery-mode");
        Session.equal(sent.getPriority(), got.getPriority(), "priority");
        Session.equal(sent.getCorrelationId(), got.getCorrelationId(), "correlation-id");
        Session.equal(sent.getReplyTo(), got.getReplyTo(), "reply-to");
        Session.equal(sent.getExpiration(), got.getExpiration(), "expiration");
        Session.equal(sent.getMessageId(), got.getMessageId(), "message-id");
        Session.equal(sent.getTimestamp(), got.getTimestamp(), "timestamp");
        Session.equal(sent.getType(), got.getType(), "type");
        Session.equal(sent.getUserId(), got.getUserId(), "user-id");
        Session.equal(sent.getAppId(), got.getAppId(), "app-id");
        Session.equal(sent.getClusterId(), got.getClusterId(), "cluster-id");
        Session.equal(describe(sent.getHeaders()), describe(got.getHeaders()), "headers");

        AMQP.BasicProperties none = inbox.take().properties();
        Session.equal(new AMQP.BasicProperties().toString(), none.toString(), "absent properties");
    }

    /** Every type of header value that the client can send. */
    private static Map<String, Object> allHeaders() {
        Map<String, Object> table = new LinkedHashMap<>();
        table.put("nested", Map.of("deep", Map.of("deeper", 1)));
        table.put("empty", Map.of());
        table.put("list", Arrays.asList(1, 2L, "three", null, List.of()));

        Map<String, Object> headers = new LinkedHashMap<>();
        headers.put("text", "häder ✓");
        headers.put("empty text", "");
        headers.put("bytes", new byte[] {0, 1, -1});
        headers.put("true", true);
        headers.put("false", false);
        headers.put("byte", Byte.MIN_VALUE);
        headers.put("short", Short.MIN_VALUE);
        headers.put("int", Integer.MIN_VALUE);
        headers.put("long", Long.MIN_VALUE);
        headers.put("float", 1.5f);
        headers.put("double", Math.PI);
        headers.put("decimal", new BigDecimal("123.45"));
        headers.put("timestamp", new Date(1_700_000_000_000L));
        headers.put("void", null);
        headers.put("table", table);
        headers.put("list", List.of(Map.of("a", true), List.of(1)));
        return headers;
    }

    /** Writes a value with its types, so that 1 and 1L differ and a difference is readable. */
    private static String describe(Object value) {
        if (value == null) {
            return "void";
        } else if (value instanceof LongString || value instanceof String) {
            return "text(" + value + ")";
        } else if (value instanceof byte[] bytes) {
            return "bytes" + Arrays.toString(bytes);
        } else if (value instanceof Map<?, ?> table) {
            Map<String, String> sorted = new TreeMap<>();
            table.forEach((key, entry) -> sorted.put(key.toString(), describe(entry)));
            return sorted.toString();
        } else if (value instanceof List<?> list) {
            return list.stream().map(Properties::describe).collect(Collectors.toList()).toString();
        }
        return value.getClass().getSimpleName() + "(" + value + ")";
    }
}

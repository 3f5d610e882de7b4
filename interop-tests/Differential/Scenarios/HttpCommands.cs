using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>What is done over the HTTP API: declared, bound, published, got, deleted.</summary>
internal static class HttpCommands
{
    private const string Get = """{"count": 5, "ackmode": "MODE", "encoding": "auto"}""";

    public static void queues(Script s)
    {
        s.OwnHost();
        s.Http("PUT", "/api/queues/{vhost}/{q}", """{"durable": true, "arguments": {"x-max-length": 5}}""", show: ["*"]);
        s.Http("PUT", "/api/queues/{vhost}/{q}", """{"durable": "true", "arguments": {"x-max-length": 5}}""", show: ["*"]);
        s.Http("PUT", "/api/queues/{vhost}/{q}", """{"durable": false}""", show: ["*"]);
        s.Http("PUT", "/api/queues/{vhost}/{q}", """{"durable": true, "arguments": {"x-max-length": 6}}""", show: ["*"]);
        s.Http("PUT", "/api/queues/{vhost}/{r}", """{"arguments": {"x-max-length": -1}}""", show: ["*"]);
        s.Http("PUT", "/api/queues/{vhost}/{r}", """{"durable": "maybe"}""", show: ["*"]);
        s.Http("PUT", "/api/queues/{vhost}/{r}", """{"arguments": {"a": null}}""", show: ["*"]);
        s.Http("PUT", "/api/queues/{vhost}/{r}", "[]", show: ["*"]);
        s.Http("PUT", "/api/queues/{vhost}/{r}", "{", show: ["*"]);
        s.Http("PUT", "/api/queues/{none}/{r}", "{}", show: ["*"]);
        s.Http("PUT", "/api/queues/{vhost}/amq.q", "{}", show: ["*"]);
        s.Http("PUT", "/api/queues/{vhost}/{r}", """{"auto_delete": true, "unknown": 5, "arguments": {"f": 1.5, "l": [1, "a"], "t": {"a": true}}}""", show: ["*"]);
        s.Http("GET", "/api/queues/{vhost}/{r}", show: ["name", "durable", "auto_delete", "exclusive", "arguments", "type"]);
        s.Http("POST", "/api/queues/{vhost}/{q}/actions", """{"action": "sync"}""", show: ["*"]);
        s.Http("POST", "/api/queues/{vhost}/{q}/actions", """{"action": "other"}""", show: ["*"]);
        s.Http("POST", "/api/queues/{vhost}/{q}/actions", "{}", show: ["*"]);
        s.Http("DELETE", "/api/queues/{vhost}/{q}/contents", show: ["*"]);
        s.Http("DELETE", "/api/queues/{vhost}/{none}/contents", show: ["*"]);
        s.Http("DELETE", "/api/queues/{vhost}/{q}?if-empty=true&if-unused=true", show: ["*"]);
        s.Http("DELETE", "/api/queues/{vhost}/{q}", show: ["*"]);
    }

    public static void queue_in_use(Script s)
    {
        Login login = s.OwnHost();
        Ch ch = s.Connect(login: login).Channel();
        ch.Declare("q");
        ch.Publish("", "q", "1");
        ch.Get("q");
        s.Http("PUT", "/api/queues/{vhost}/{p}", "{}");
        ch.Consume("p");
        s.Http("DELETE", "/api/queues/{vhost}/{p}?if-unused=true", show: ["*"]);
    }

    public static void exchanges(Script s)
    {
        s.OwnHost();
        s.Http("PUT", "/api/exchanges/{vhost}/{x}", """{"type": "topic", "durable": true, "internal": true, "arguments": {"alternate-exchange": "amq.fanout"}}""", show: ["*"]);
        s.Http("PUT", "/api/exchanges/{vhost}/{x}", """{"type": "fanout", "durable": true}""", show: ["*"]);
        s.Http("PUT", "/api/exchanges/{vhost}/{y}", """{"type": "bogus"}""", show: ["*"]);
        s.Http("PUT", "/api/exchanges/{vhost}/{y}", "{}", show: ["*"]);
        s.Http("PUT", "/api/exchanges/{vhost}/amq.default", """{"type": "direct"}""", show: ["*"]);
        s.Http("PUT", "/api/exchanges/{vhost}/amq.x", """{"type": "direct"}""", show: ["*"]);
        s.Http("GET", "/api/exchanges/{vhost}/{y}", show: ["name", "type", "durable", "auto_delete", "internal", "arguments", "incoming", "outgoing"]);
        s.Http("DELETE", "/api/exchanges/{vhost}/amq.direct", show: ["*"]);
        s.Http("DELETE", "/api/exchanges/{vhost}/{none}", show: ["*"]);
        s.Http("DELETE", "/api/exchanges/{vhost}/{x}?if-unused=true", show: ["*"]);
    }

    public static void bindings(Script s)
    {
        s.OwnHost();
        s.Http("PUT", "/api/queues/{vhost}/{q}", "{}");
        s.Http("PUT", "/api/exchanges/{vhost}/{x}", """{"type": "headers"}""");
        s.Http("POST", "/api/bindings/{vhost}/e/{x}/q/{q}", """{"routing_key": "k/ä ~"}""", show: ["*"]);
        s.Http("POST", "/api/bindings/{vhost}/e/{x}/q/{q}", "{}", show: ["*"]);
        s.Http("POST", "/api/bindings/{vhost}/e/{x}/q/{q}", """{"routing_key": "a", "arguments": {"k": 1}}""", show: ["*"]);
        s.Http("POST", "/api/bindings/{vhost}/e/amq.topic/e/{x}", """{"routing_key": "#"}""", show: ["*"]);
        s.Http("POST", "/api/bindings/{vhost}/e/{x}/q/{none}", "{}", show: ["*"]);
        s.Http("POST", "/api/bindings/{vhost}/e/{none}/q/{q}", "{}", show: ["*"]);
        s.Http("POST", "/api/bindings/{vhost}/e/amq.default/q/{q}", """{"routing_key": "k"}""", show: ["*"]);
        s.Http("GET", "/api/bindings/{vhost}", show: ["source", "destination", "destination_type", "routing_key", "arguments", "vhost"]);
        s.Http("GET", "/api/queues/{vhost}/{q}/bindings", show: ["source", "routing_key"]);
        s.Http("GET", "/api/exchanges/{vhost}/{x}/bindings/source", show: ["destination", "routing_key"]);
        s.Http("GET", "/api/exchanges/{vhost}/{x}/bindings/destination", show: ["*"]);
        s.Http("GET", "/api/bindings/{vhost}/e/{x}/q/{q}/~", show: ["*"]);
        s.Http("GET", "/api/bindings/{vhost}/e/{x}/q/{q}/k%252F%25C3%25A4%2B%257E", show: ["*"]);
        s.Http("GET", "/api/bindings/{vhost}/e/{x}/q/{q}/{none}", show: ["*"]);
        s.Http("DELETE", "/api/bindings/{vhost}/e/{x}/q/{q}/k%252F%25C3%25A4%2B%257E", show: ["*"]);
        s.Http("DELETE", "/api/bindings/{vhost}/e/{x}/q/{q}/~", show: ["*"]);
        s.Http("DELETE", "/api/bindings/{vhost}/e/{x}/q/{q}/~", show: ["*"]);
        s.Http("DELETE", "/api/bindings/{vhost}/e/amq.topic/e/{x}/%2523", show: ["*"]);
    }

    public static void publish(Script s)
    {
        s.OwnHost();
        s.Http("PUT", "/api/queues/{vhost}/{q}", "{}");
        Publish(s, """{"routing_key": "{q}", "payload": "x", "payload_encoding": "string", "properties": {}}""");
        Publish(s, """{"routing_key": "{none}", "payload": "x", "payload_encoding": "string", "properties": {}}""");
        Publish(s, """{"routing_key": "{q}", "payload": "/w==", "payload_encoding": "base64", "properties": {"delivery_mode": 2, "priority": 3, "timestamp": 5, "content_type": "a/b", "headers": {"a": 1, "b": [1, "c"], "d": {"e": true}}, "message_id": "m", "correlation_id": "c", "reply_to": "r", "expiration": "100000", "type": "t", "app_id": "p", "content_encoding": "e", "unknown": 1}}""");
        Publish(s, """{"routing_key": "{q}", "payload": "!", "payload_encoding": "base64", "properties": {}}""");
        Publish(s, """{"routing_key": "{q}", "payload": "x", "payload_encoding": "other", "properties": {}}""");
        Publish(s, """{"routing_key": "{q}", "payload": 5, "payload_encoding": "string", "properties": {}}""");
        Publish(s, """{"routing_key": "{q}", "payload": "x"}""");
        Publish(s, """{"routing_key": "{q}", "payload": "x", "payload_encoding": "string", "properties": {"delivery_mode": "x"}}""");
        Publish(s, """{"routing_key": "{q}", "payload": "x", "payload_encoding": "string", "properties": {"delivery_mode": 5}}""");
        Publish(s, """{"routing_key": "{q}", "payload": "x", "payload_encoding": "string", "properties": {"user_id": "other"}}""");
        s.Http("POST", "/api/exchanges/{vhost}/{none}/publish", """{"routing_key": "", "payload": "", "payload_encoding": "string", "properties": {}}""", show: ["*"]);
        s.Http("GET", "/api/exchanges/{vhost}/amq.default/publish", show: ["*"]);
        Take(s, "ack_requeue_false", "payload", "payload_bytes", "payload_encoding", "properties", "redelivered", "exchange");
    }

    public static void get(Script s)
    {
        s.OwnHost();
        s.Http("PUT", "/api/queues/{vhost}/{dead}", "{}");
        s.Http("PUT", "/api/queues/{vhost}/{q}", """{"arguments": {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "{dead}"}}""");
        foreach (string body in (string[])["1", "2", "3"])
        {
            Publish(s, $$$"""{"routing_key": "{q}", "payload": "{{{body}}}", "payload_encoding": "string", "properties": {}}""");
        }

        Take(s, "ack_requeue_true", "payload", "redelivered", "message_count");
        Take(s, "reject_requeue_true", "payload", "redelivered", "message_count");
        s.Http("POST", "/api/queues/{vhost}/{q}/get", """{"count": 1, "ackmode": "reject_requeue_false", "encoding": "base64", "truncate": 50}""", show: ["payload", "payload_encoding"]);
        Take(s, "ack_requeue_false", "payload", "message_count");
        Take(s, "ack_requeue_false", "payload");
        s.Http("POST", "/api/queues/{vhost}/{dead}/get", Get.Replace("MODE", "ack_requeue_true", StringComparison.Ordinal), show: ["payload", "exchange"]);
        s.Http("POST", "/api/queues/{vhost}/{q}/get", """{"count": 1}""", show: ["*"]);
        s.Http("POST", "/api/queues/{vhost}/{q}/get", """{"count": "x", "ackmode": "ack_requeue_true", "encoding": "auto"}""", show: ["*"]);
        s.Http("POST", "/api/queues/{vhost}/{q}/get", """{"count": 1, "ackmode": "ack_requeue_true", "encoding": "x"}""", show: ["*"]);
        s.Http("POST", "/api/queues/{vhost}/{none}/get", Get.Replace("MODE", "ack_requeue_true", StringComparison.Ordinal));
        s.Http("POST", "/api/queues/{none}/{q}/get", Get.Replace("MODE", "ack_requeue_true", StringComparison.Ordinal), show: ["*"]);
    }

    public static void without_rights(Script s)
    {
        Login reader = s.OwnHost(permissions: ("", "", ""), tags: "management");
        s.Http("PUT", "/api/queues/{vhost}/{q}", "{}", show: ["*"], login: reader);
        s.Http("PUT", "/api/permissions/{vhost}/guest", """{"configure": ".*", "write": ".*", "read": ".*"}""");
        s.Http("PUT", "/api/queues/{vhost}/{q}", "{}");
        s.Http("GET", "/api/queues/{vhost}/{q}", show: ["name"], login: reader);
        s.Http("DELETE", "/api/queues/{vhost}/{q}", show: ["*"], login: reader);
        s.Http("DELETE", "/api/queues/{vhost}/{q}/contents", show: ["*"], login: reader);
        s.Http("POST", "/api/queues/{vhost}/{q}/actions", """{"action": "sync"}""", show: ["*"], login: reader);
        s.Http("POST", "/api/queues/{vhost}/{q}/get", Get.Replace("MODE", "ack_requeue_true", StringComparison.Ordinal), login: reader);
        s.Http("PUT", "/api/exchanges/{vhost}/{x}", "{}", show: ["*"], login: reader);
        s.Http("POST", "/api/bindings/{vhost}/e/amq.direct/q/{q}", "{}", show: ["*"], login: reader);
    }

    private static void Publish(Script s, string body) => s.Http("POST", "/api/exchanges/{vhost}/amq.default/publish", body, show: ["*"]);

    private static void Take(Script s, string mode, params string[] show) =>
        s.Http("POST", "/api/queues/{vhost}/{q}/get", Get.Replace("MODE", mode, StringComparison.Ordinal), show);
}

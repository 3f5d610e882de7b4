using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>The HTTP API: who gets in, and what there is to read.</summary>
internal static class Http
{
    public static void who_am_i(Script s) => s.Http("GET", "/api/whoami", show: ["name"]);

    public static void wrong_password(Script s) => s.Http("GET", "/api/whoami", show: ["*"], login: new Login("guest", "wrong", "/"));

    public static void unknown_user(Script s) => s.Http("GET", "/api/whoami", show: ["*"], login: new Login("nobody", "x", "/"));

    public static void virtual_host(Script s)
    {
        s.Http("GET", "/api/vhosts/%2F", show: ["name", "tracing"]);
        s.Http("GET", "/api/vhosts/{vhost}", show: ["*"]);
    }

    public static void what_is_not_there(Script s)
    {
        s.Http("GET", "/api/queues/%2F/{q}", show: ["*"]);
        s.Http("GET", "/api/queues/{vhost}/{q}", show: ["*"]);
        s.Http("GET", "/api/exchanges/%2F/{x}", show: ["*"]);
    }

    public static void queue(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: [("x-max-length", 5), ("x-message-ttl", 100000L), ("x-dead-letter-exchange", "amq.fanout"), ("x-overflow", "reject-publish")]);
        s.Http("GET", "/api/queues/%2F/{q}", show: ["name", "vhost", "durable", "exclusive", "auto_delete", "arguments", "type"]);
    }

    public static void exchange(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "topic", durable: true, @internal: true, args: [("alternate-exchange", "amq.direct"), ("other", 1)]);
        s.Http("GET", "/api/exchanges/%2F/{x}", show: ["name", "vhost", "type", "durable", "internal", "auto_delete", "arguments"]);
    }

    public static void host_of_its_own(Script s)
    {
        Login login = s.OwnHost();
        Ch ch = s.Connect(login: login).Channel();
        ch.Declare("q");
        ch.Publish("", "q", "1");
        ch.Get("q");
    }
}

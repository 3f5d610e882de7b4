using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Limits of virtual hosts and users. RabbitMQ counts connections and channels a moment after they are open.</summary>
internal static class Quotas
{
    private const int CountedAfterMs = 1500;

    public static void no_connections_to_a_virtual_host(Script s)
    {
        Login user = s.OwnHost();
        Peer open = s.Connect(login: user);
        Limit(s, "/api/vhost-limits/{vhost}/max-connections", 0);
        s.Connect(login: user);
        open.Channel().Declare("q");
        Limit(s, "/api/vhost-limits/{vhost}/max-connections", -1);
        s.Connect(login: user);
    }

    public static void one_connection_to_a_virtual_host(Script s)
    {
        Login user = s.OwnHost();
        Limit(s, "/api/vhost-limits/{vhost}/max-connections", 1);
        s.Connect(login: user);
        s.Pass(CountedAfterMs);
        s.Connect(login: user);
        s.Http("DELETE", "/api/vhost-limits/{vhost}/max-connections");
        s.Connect(login: user);
    }

    public static void no_connections_of_a_user(Script s)
    {
        Login user = s.OwnHost();
        Limit(s, "/api/user-limits/{user}/max-connections", 0);
        s.Connect(login: user);
        Limit(s, "/api/vhost-limits/{vhost}/max-connections", 0);
        s.Connect(login: user);
        s.Http("DELETE", "/api/vhost-limits/{vhost}/max-connections");
        s.Http("DELETE", "/api/permissions/{vhost}/{user}");
        s.Connect(login: user);
        s.Http("DELETE", "/api/user-limits/{user}/max-connections");
        s.Connect(login: user);
    }

    public static void one_connection_of_a_user(Script s)
    {
        Login user = s.OwnHost();
        Limit(s, "/api/user-limits/{user}/max-connections", 1);
        s.Connect(login: user);
        s.Pass(CountedAfterMs);
        s.Connect(login: user);
        s.Connect(login: Login.Guest with { VirtualHost = user.VirtualHost });
    }

    public static void channels_of_a_user(Script s)
    {
        Login user = s.OwnHost();
        Limit(s, "/api/user-limits/{user}/max-channels", 2);
        Peer peer = s.Connect(login: user);
        peer.Channel();
        peer.Channel();
        s.Pass(CountedAfterMs);
        peer.Channel();
        peer.Control.AwaitMethod("connection.close");
    }

    public static void queues(Script s)
    {
        Login user = s.OwnHost();
        Limit(s, "/api/vhost-limits/{vhost}/max-queues", 1);
        Ch ch = s.Connect(login: user).Channel();
        ch.Declare("a");
        ch.Declare("a");
        ch.Declare("b");
        ch.Declare("b", args: [("x-message-ttl", -1)]);
        ch.Declare("b", args: [("x-dead-letter-exchange", 5)]);
        ch.Passive("b");
        ch.Delete("a");
        ch.Declare("b");
    }

    public static void queues_and_rights(Script s)
    {
        Login user = s.OwnHost(permissions: ("a$", "", ""));
        Limit(s, "/api/vhost-limits/{vhost}/max-queues", 0);
        Ch ch = s.Connect(login: user).Channel();
        ch.Declare("a");
        ch.Declare("b");
        ch.Declare("a", args: [("x-dead-letter-exchange", "amq.fanout")]);
    }

    public static void what_is_no_limit(Script s)
    {
        s.OwnHost();
        s.Http("PUT", "/api/vhost-limits/{vhost}/other", """{"value": 1}""", show: ["*"]);
        s.Http("PUT", "/api/vhost-limits/{vhost}/max-queues", """{"value": "1"}""", show: ["*"]);
        s.Http("PUT", "/api/vhost-limits/{vhost}/max-queues", """{"value": 1.5}""", show: ["*"]);
        s.Http("PUT", "/api/vhost-limits/{vhost}/max-queues", "{}", show: ["*"]);
        s.Http("PUT", "/api/vhost-limits/{none}/max-queues", """{"value": 1}""", show: ["*"]);
        s.Http("PUT", "/api/user-limits/{user}/other", """{"value": 1}""", show: ["*"]);
        s.Http("PUT", "/api/user-limits/{user}/max-channels", """{"value": "1"}""", show: ["*"]);
        s.Http("PUT", "/api/user-limits/{none}/max-channels", """{"value": 1}""");
        s.Http("DELETE", "/api/vhost-limits/{vhost}/max-queues");
    }

    public static void lists(Script s)
    {
        s.OwnHost();
        Limit(s, "/api/vhost-limits/{vhost}/max-queues", 3);
        Limit(s, "/api/vhost-limits/{vhost}/max-connections", -1);
        s.Http("GET", "/api/vhost-limits/{vhost}", show: ["*"]);
        Limit(s, "/api/user-limits/{user}/max-channels", 3);
        s.Http("GET", "/api/user-limits/{user}", show: ["*"]);
        s.Http("GET", "/api/users/{user}", show: ["limits", "name", "tags"]);
        s.Http("GET", "/api/user-limits/{none}", show: ["*"]);
        s.Http("GET", "/api/vhost-limits/{none}", show: ["*"]);
    }

    private static void Limit(Script s, string path, int value) => s.Http("PUT", path, $$"""{"value": {{value}}}""");
}

using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Which routing keys a user may use on topic exchanges.</summary>
internal static class TopicPermissions
{
    public static void publish(Script s)
    {
        Ch ch = Prepared(s, "t", "^a", "");
        Publish(ch, "t", "abc");
        Publish(ch, "t", "bac");
        Publish(ch, "other", "bac");
    }

    public static void bind(Script s)
    {
        Ch ch = Prepared(s, "t", "", "^a");
        ch.Bind("q", "t", "a.#");
        ch.Bind("q", "t", "#");
        ch.Unbind("q", "t", "#");
        ch.Bind("none", "t", "b");
        ch.Bind("none", "t", "a");
        ch.BindExchange("other", "t", "b");
        ch.BindExchange("other", "t", "a");
        ch.Bind("q", "other", "b");
    }

    public static void variables(Script s)
    {
        // A brace that is written as an escape does not stand for a name of the scenario's.
        Ch ch = Prepared(s, "t", @"^\u007busername}-\u007bvhost}-\u007bclient_id}x", "");
        Publish(ch, "t", $"{s["user"]}-{s["vhost"]}-{{client_id}}x");
        Publish(ch, "t", "{username}-{vhost}-{client_id}x");
    }

    public static void nothing_allowed(Script s)
    {
        Ch ch = Prepared(s, "t", "", "");
        Publish(ch, "t", "");
        Publish(ch, "t", "a");
        ch.Bind("q", "t", "");
    }

    public static void exchange_of_another_type(Script s)
    {
        Ch ch = Prepared(s, "f", "", "");
        Publish(ch, "f", "a");
        ch.Bind("q", "f", "a");
    }

    public static void only_topic_permissions_do_not_let_in(Script s)
    {
        Login user = s.OwnHost();
        s.Http("PUT", "/api/topic-permissions/{vhost}/{user}", """{"exchange": "{t}", "write": ".*", "read": ".*"}""");
        s.Http("DELETE", "/api/permissions/{vhost}/{user}");
        s.Connect(login: user);
    }

    public static void without_the_right_to_write(Script s)
    {
        Login user = s.OwnHost(permissions: (".*", "", ".*"));
        Ch ch = s.Connect(login: user).Channel();
        ch.Exchange("t", "topic");
        s.Http("PUT", "/api/topic-permissions/{vhost}/{user}", """{"exchange": "{t}", "write": "^a", "read": ""}""");
        Publish(ch, "t", "b");
    }

    public static void cleared(Script s)
    {
        Ch ch = Prepared(s, "t", "^a", "^a");
        Publish(ch, "t", "b");
        s.Http("DELETE", "/api/topic-permissions/{vhost}/{user}/{t}");
        Publish(ch, "t", "b");
        s.Http("GET", "/api/topic-permissions/{vhost}/{user}", show: ["*"]);
    }

    public static void carbon_copies(Script s)
    {
        Ch ch = Prepared(s, "t", "^a", "");
        ch.Confirm();
        ch.Publish("t", "a", "m", new Props { Headers = [("CC", new object?[] { "b" })] });
        ch.AwaitConfirms();
    }

    private static Ch Prepared(Script s, string exchange, string write, string read)
    {
        Login user = s.OwnHost();
        s.Http("PUT", "/api/topic-permissions/{vhost}/{user}", $$"""{"exchange": "{{s[exchange]}}", "write": "{{write}}", "read": "{{read}}"}""");
        Ch ch = s.Connect(login: user).Channel();
        ch.Declare("q");
        ch.Exchange("t", "topic");
        ch.Exchange("other", "topic");
        ch.Exchange("f", "fanout");
        return ch;
    }

    private static void Publish(Ch ch, string exchange, string key)
    {
        ch.Confirm();
        ch.Publish(exchange, key, "m");
        ch.AwaitConfirms();
    }
}

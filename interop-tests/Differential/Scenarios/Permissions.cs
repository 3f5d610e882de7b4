using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;
using AmqpBroker.Protocol;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>What a user may do: each operation with each set of rights, and what changes while a connection is open.</summary>
internal static class Permissions
{
    private const string All = ".*";

    /// <summary>Each operation, by a user with no right, with each right alone, with each two, and with all three.</summary>
    public static IEnumerable<(string, Action<Script>)> operation()
    {
        foreach ((string name, Action<Ch> operation) in s_operations)
        {
            yield return (name, s => WithEachSetOfRights(s, operation));
        }
    }

    public static void names_are_matched_anywhere(Script s)
    {
        Login user = s.OwnHost(permissions: ("b", "^$|default", "c$"));
        Ch ch = s.Connect(login: user).Channel();
        ch.Declare("abc");
        ch.Declare("ac");
        ch.Get("abc");
        ch.Get("cab");
        ch.Confirm();
        ch.Publish("", "abc", "m");
        ch.AwaitConfirms();
        ch.Bind("abc", "amq.direct", "k");
    }

    public static void names_are_bytes(Script s)
    {
        Login user = s.OwnHost(permissions: ("^s[0-9]+\\..$|^s[0-9]+\\.ö$", All, All));
        Ch ch = s.Connect(login: user).Channel();
        ch.Declare("a");
        ch.Declare("ü");
        ch.Declare("ö");
    }

    public static void look_ahead(Script s)
    {
        Login user = s.OwnHost(permissions: ("^(?!s[0-9]+\\.no)", All, All));
        Ch ch = s.Connect(login: user).Channel();
        ch.Declare("yes");
        ch.Declare("no1");
    }

    public static void rights_change_while_the_channel_is_open(Script s)
    {
        Login user = s.OwnHost(permissions: (All, "^$", All));
        Ch ch = s.Connect(login: user).Channel();
        ch.Declare("q");
        ch.Publish("amq.fanout", "", "refused");
        ch.WaitClosed();
        s.Http("PUT", "/api/permissions/{vhost}/{user}", """{"configure": "^$", "write": ".*", "read": ".*"}""");
        ch.Confirm();
        ch.Publish("amq.fanout", "", "allowed");
        ch.AwaitConfirms();
        ch.Declare("q2");
    }

    public static void rights_are_cleared(Script s)
    {
        Login user = s.OwnHost();
        Peer peer = s.Connect(login: user);
        s.Http("DELETE", "/api/permissions/{vhost}/{user}");
        s.Http("DELETE", "/api/permissions/{vhost}/{user}", show: ["*"]);
        peer.Channel().Declare("q");
        s.Connect(login: user);
    }

    public static void password_changes_while_connected(Script s)
    {
        Login user = s.OwnHost();
        Peer peer = s.Connect(login: user);
        s.Http("PUT", "/api/users/{user}", """{"password": "other", "tags": ""}""");
        peer.Channel().Declare("q");
        s.Connect(login: user);
        s.Connect(login: user with { Password = "other" }).Channel().Declare("q");
    }

    public static void user_is_deleted(Script s)
    {
        Login user = s.OwnHost();
        Peer peer = s.Connect(login: user);
        peer.Channel().Declare("q");
        s.Http("DELETE", "/api/users/{user}");
        peer.Control.AwaitMethod("connection.close");
        s.Connect(login: user);
    }

    public static void virtual_host_is_deleted(Script s)
    {
        Login user = s.OwnHost();
        Peer peer = s.Connect(login: user);
        peer.Channel().Declare("q", durable: true);
        s.Http("DELETE", "/api/vhosts/{vhost}");
        // Whether RabbitMQ says "is deleted" or "is down" is a matter of chance.
        peer.Control.Muted = true;
        peer.Control.AwaitMethod("connection.close");
        peer.Control.Muted = false;
        s.Connect(login: user);
        s.Http("PUT", "/api/vhosts/{vhost}", "{}");
        Ch guest = s.Connect(login: Login.Guest with { VirtualHost = user.VirtualHost }).Channel();
        guest.Passive("q");
        s.Connect(login: user);
    }

    public static void virtual_host_that_is_not_there(Script s) => s.Connect(login: Login.Guest with { VirtualHost = s["none"] });

    public static void virtual_host_of_others(Script s)
    {
        s.OwnHost();
        s.Http("PUT", "/api/users/{other}", """{"password": "secret", "tags": "administrator"}""");
        s.Connect(login: new Login(s["other"], "secret", s["vhost"]));
    }

    public static void impersonator(Script s)
    {
        Login user = s.OwnHost(tags: "impersonator");
        Ch ch = s.Connect(login: user).Channel();
        ch.Confirm();
        ch.Publish("amq.fanout", "", "m", new Props { UserId = "somebody" });
        ch.AwaitConfirms();
        s.Http("PUT", "/api/users/{user}", """{"password": "secret", "tags": ""}""");
        ch.Publish("amq.fanout", "", "still", new Props { UserId = "somebody" });
        ch.AwaitConfirms();
        Ch anew = s.Connect(login: user).Channel();
        anew.Publish("amq.fanout", "", "no more", new Props { UserId = "somebody" });
        anew.WaitClosed();
    }

    public static void secret_is_renewed_without_access(Script s)
    {
        Login user = s.OwnHost();
        Peer peer = s.Connect(login: user);
        s.Http("DELETE", "/api/permissions/{vhost}/{user}");
        peer.Control.Call(new ConnectionUpdateSecret("secret"u8.ToArray(), ShortString.FromString("test")), "connection.update-secret-ok");
    }

    public static void secret_is_renewed_without_the_right_to_read(Script s)
    {
        Login user = s.OwnHost();
        Peer peer = s.Connect(login: user);
        Ch ch = peer.Channel();
        ch.Declare("q");
        ch.Consume("q");
        s.Http("PUT", "/api/permissions/{vhost}/{user}", """{"configure": ".*", "write": ".*", "read": "^$"}""");
        peer.Control.Call(new ConnectionUpdateSecret("secret"u8.ToArray(), ShortString.FromString("test")), "connection.update-secret-ok");
        ch.Sync();
    }

    private static readonly (string, Action<Ch>)[] s_operations =
    [
        ("declare_queue", ch => ch.Declare("q")),
        ("declare_new_queue", ch => ch.Declare("new")),
        ("declare_queue_passively", ch => ch.Passive("q")),
        ("declare_queue_with_dead_letter_exchange", ch => ch.Declare("new", args: [("x-dead-letter-exchange", "amq.fanout")])),
        ("declare_queue_with_default_dead_letter_exchange", ch => ch.Declare("new", args: [("x-dead-letter-exchange", "")])),
        ("declare_old_queue_with_dead_letter_exchange", ch => ch.Declare("q", args: [("x-dead-letter-exchange", "amq.fanout")])),
        ("declare_queue_with_wrong_dead_letter_exchange", ch => ch.Declare("new", args: [("x-dead-letter-exchange", 1)])),
        ("declare_queue_with_wrong_argument", ch => ch.Declare("new", args: [("x-dead-letter-exchange", "amq.fanout"), ("x-message-ttl", -1)])),
        ("declare_queue_of_reserved_name", ch => ch.Declare("amq.new")),
        ("delete_queue", ch => ch.Delete("q")),
        ("delete_missing_queue", ch => ch.Delete("none")),
        ("delete_queue_if_empty", ch => ch.Delete("full", ifEmpty: true)),
        ("purge", ch => ch.Purge("q")),
        ("purge_missing_queue", ch => ch.Purge("none")),
        ("get", ch => ch.Get("q")),
        ("get_missing_queue", ch => ch.Get("none")),
        ("consume", ch => ch.Consume("q")),
        ("consume_missing_queue", ch => ch.Consume("none")),
        ("consume_replies", ch => ch.Consume("amq.rabbitmq.reply-to", noAck: true)),
        ("bind", ch => ch.Bind("q", "x", "k")),
        ("bind_missing_queue", ch => ch.Bind("none", "x", "k")),
        ("bind_missing_exchange", ch => ch.Bind("q", "none", "k")),
        ("bind_default_exchange", ch => ch.Bind("q", "", "k")),
        ("unbind", ch => ch.Unbind("q", "x", "k")),
        ("unbind_missing", ch => ch.Unbind("none", "nothing", "k")),
        ("bind_exchange", ch => ch.BindExchange("y", "x", "k")),
        ("bind_exchange_to_default", ch => ch.BindExchange("", "x", "k")),
        ("bind_default_to_exchange", ch => ch.BindExchange("x", "", "k")),
        ("bind_missing_exchanges", ch => ch.BindExchange("none", "nothing", "k")),
        ("unbind_exchange", ch => ch.UnbindExchange("y", "x", "k")),
        ("declare_exchange", ch => ch.Exchange("x")),
        ("declare_exchange_of_another_type", ch => ch.Exchange("x", "fanout")),
        ("declare_new_exchange", ch => ch.Exchange("new")),
        ("declare_exchange_passively", ch => ch.Exchange("x", passive: true)),
        ("declare_exchange_of_unknown_type", ch => ch.Exchange("x", "x-nowhere")),
        ("declare_exchange_of_reserved_name", ch => ch.Exchange("amq.new")),
        ("declare_predeclared_exchange", ch => ch.Exchange("amq.direct", durable: true)),
        ("declare_default_exchange", ch => ch.Exchange("")),
        ("declare_exchange_with_alternate", ch => ch.Exchange("new", args: [("alternate-exchange", "amq.fanout")])),
        ("declare_old_exchange_with_alternate", ch => ch.Exchange("x", args: [("alternate-exchange", "amq.fanout")])),
        ("delete_exchange", ch => ch.DeleteExchange("x")),
        ("delete_missing_exchange", ch => ch.DeleteExchange("none")),
        ("delete_predeclared_exchange", ch => ch.DeleteExchange("amq.direct")),
        ("delete_default_exchange", ch => ch.DeleteExchange("")),
        ("publish", ch => Publish(ch, "x")),
        ("publish_to_default_exchange", ch => Publish(ch, "")),
        ("publish_to_missing_exchange", ch => Publish(ch, "none")),
        ("publish_to_internal_exchange", ch => Publish(ch, "amq.rabbitmq.trace")),
        ("publish_as_another", ch => Publish(ch, "x", new Props { UserId = "somebody" })),
        ("publish_in_a_transaction", PublishInTransaction),
    ];

    private static void WithEachSetOfRights(Script s, Action<Ch> operation)
    {
        Login user = s.OwnHost();
        Ch guest = s.Connect(login: Login.Guest with { VirtualHost = user.VirtualHost }).Channel();
        guest.Declare("q");
        guest.Declare("full");
        guest.PublishTo("full", "m");
        guest.AwaitReady("full", 1);
        guest.Exchange("x");
        guest.Exchange("y");
        for (int rights = 0; rights < 8; rights++)
        {
            s.Http("PUT", "/api/permissions/{vhost}/{user}", $$"""{"configure": "{{Right(rights, 1)}}", "write": "{{Right(rights, 2)}}", "read": "{{Right(rights, 4)}}"}""");
            Peer peer = s.Connect(login: user);
            operation(peer.Channel());
            peer.Close();
        }
    }

    private static string Right(int rights, int bit) => (rights & bit) != 0 ? All : "";

    private static void Publish(Ch ch, string exchange, Props? props = null)
    {
        ch.Confirm();
        ch.Publish(exchange, "k", "m", props);
        ch.AwaitConfirms();
    }

    private static void PublishInTransaction(Ch ch)
    {
        ch.TxSelect();
        ch.Publish("x", "k", "m");
        ch.Reopens = false;
        ch.Commit();
    }
}

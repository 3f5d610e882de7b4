using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>What policies do to queues and exchanges: set by policy, by argument, by both, by operators; put, changed and deleted while messages wait.</summary>
internal static partial class Policies
{
    /// <summary>RabbitMQ answers before the queues have heard of a change.</summary>
    private const int ReachesQueueMs = 200;

    public static IEnumerable<(string, Action<Script>)> max_length()
    {
        foreach ((string name, int? argument, int? policy, int? @operator) in Combinations(2, 4))
        {
            yield return (name, s => Length(s, Arguments("x-max-length", argument), Definition("max-length", policy), Definition("max-length", @operator)));
        }
    }

    public static IEnumerable<(string, Action<Script>)> max_length_bytes()
    {
        foreach ((string name, int? argument, int? policy, int? @operator) in Combinations(5, 9))
        {
            yield return (name, s => Length(
                s, Arguments("x-max-length-bytes", argument), Definition("max-length-bytes", policy), Definition("max-length-bytes", @operator)));
        }
    }

    public static IEnumerable<(string, Action<Script>)> message_ttl()
    {
        foreach ((string name, int? argument, int? policy, int? @operator) in Combinations(300, 1_000_000))
        {
            yield return (name, s =>
            {
                Ch ch = s.Channel();
                ch.Declare("q", args: Arguments("x-message-ttl", argument));
                PutBoth(s, Definition("message-ttl", policy), Definition("message-ttl", @operator));
                ch.Confirm();
                ch.PublishTo("q", "1", "2");
                ch.AwaitConfirms();
                ch.AwaitReady("q", 0);
                DeleteBoth(s, policy, @operator);
            }
            );
        }
    }

    public static IEnumerable<(string, Action<Script>)> expires()
    {
        foreach ((string name, int? argument, int? policy, int? @operator) in Combinations(400, 1_000_000))
        {
            yield return (name, s =>
            {
                Ch ch = s.Channel();
                ch.Declare("q", args: Arguments("x-expires", argument));
                PutBoth(s, Definition("expires", policy), Definition("expires", @operator));
                s.Pass(1500);
                ch.Passive("q");
                DeleteBoth(s, policy, @operator);
            }
            );
        }
    }

    public static IEnumerable<(string, Action<Script>)> overflow()
    {
        foreach (string argument in (string[])["", "drop-head", "reject-publish", "reject-publish-dlx"])
        {
            foreach (string policy in (string[])["drop-head", "reject-publish", "reject-publish-dlx"])
            {
                yield return ($"argument_{argument}.policy_{policy}", s =>
                {
                    Ch ch = s.Channel();
                    ch.Declare("dead");
                    (string, object?)[] dead = [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"])];
                    ch.Declare("q", args: argument.Length == 0 ? dead : [.. dead, ("x-overflow", argument)]);
                    Put(s, $$"""
                        "max-length": 1, "overflow": "{{policy}}"
                        """);
                    ch.Confirm();
                    foreach (string body in (string[])["1", "2", "3"])
                    {
                        ch.PublishTo("q", body);
                        ch.AwaitConfirms();
                    }

                    Drain(ch, "q");
                    if (argument != "reject-publish" && (argument.Length > 0 || policy != "reject-publish"))
                    {
                        ch.GetWhenThere("dead");
                        ch.GetWhenThere("dead");
                    }

                    Drain(ch, "dead");
                    Delete(s);
                }
                );
            }
        }
    }

    public static IEnumerable<(string, Action<Script>)> dead_letters()
    {
        foreach ((string name, bool ownExchange, bool ownKey, bool exchange, bool key) in ((string, bool, bool, bool, bool)[])
            [
                ("by_policy", false, false, true, true),
                ("policy_without_a_key", false, false, true, false),
                ("policy_with_a_key_alone", false, false, false, true),
                ("argument_and_policy", true, true, true, true),
                ("argument_exchange_and_policy_key", true, false, false, true),
                ("argument_exchange_and_both_of_policy", true, false, true, true),
            ])
        {
            yield return (name, s =>
            {
                Ch ch = s.Channel();
                ch.Exchange("own", "topic");
                ch.Exchange("theirs", "topic");
                ch.Declare("dead.own");
                ch.Declare("dead.theirs");
                ch.Bind("dead.own", "own", "#");
                ch.Bind("dead.theirs", "theirs", "#");
                List<(string, object?)> arguments = [];
                if (ownExchange)
                {
                    arguments.Add(("x-dead-letter-exchange", s["own"]));
                }

                if (ownKey)
                {
                    arguments.Add(("x-dead-letter-routing-key", "own.key"));
                }

                ch.Declare("q", args: [.. arguments]);
                List<string> definition = [];
                if (exchange)
                {
                    definition.Add("\"dead-letter-exchange\": \"{theirs}\"");
                }

                if (key)
                {
                    definition.Add("\"dead-letter-routing-key\": \"their.key\"");
                }

                Put(s, string.Join(", ", definition));
                ch.PublishTo("q", "1");
                ch.GetWhenThere("q", noAck: false);
                ch.Reject(1, requeue: false);
                if (ownExchange || exchange)
                {
                    ch.GetWhenThere(ownExchange ? "dead.own" : "dead.theirs");
                }

                ch.Get("dead.own");
                ch.Get("dead.theirs");
                Delete(s);
            }
            );
        }
    }

    public static IEnumerable<(string, Action<Script>)> delivery_limit_of_quorum_queues()
    {
        foreach ((string name, int? argument, int? policy, int? @operator) in Combinations(1, 3))
        {
            yield return (name, s =>
            {
                Ch ch = s.Channel();
                ch.Declare("dead");
                ch.Declare("q", durable: true, args:
                [
                    ("x-queue-type", "quorum"), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"]),
                    .. Arguments("x-delivery-limit", argument),
                ]);
                PutBoth(s, Definition("delivery-limit", policy), Definition("delivery-limit", @operator));
                ch.PublishTo("q", "1");
                ch.Consume("q");
                for (ulong tag = 1; tag <= 2; tag++)
                {
                    ch.Take();
                    ch.Nack(tag);
                }

                ch.GetWhenThere("dead");
                ch.Cancel();
                ch.Delete("q");
                DeleteBoth(s, policy, @operator);
            }
            );
        }
    }

    public static void delivery_limit_of_classic_queues(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        Put(s, "\"delivery-limit\": 0");
        ch.PublishTo("q", "1");
        ch.GetWhenThere("q", noAck: false);
        ch.Nack(1);
        ch.Get("q");
        Delete(s);
    }

    public static void unacked_messages_do_not_count_when_a_length_is_put(Script s)
    {
        Ch ch = s.Channel();
        Fill(ch, "q", 4);
        ch.Get("q");
        ch.Get("q");
        Put(s, "\"max-length\": 1");
        ch.AwaitReady("q", 1);
        ch.Nack(2, multiple: true);
        ch.AwaitReady("q", 1);
        Drain(ch, "q");
        Delete(s);
    }

    public static void alternate_exchange_by_policy_takes_no_part_in_equivalence(Script s)
    {
        Ch ch = s.Channel();
        Put(s, "\"alternate-exchange\": \"amq.fanout\"", "x");
        ch.Exchange("x");
        ch.Exchange("x");
        ch.Exchange("x", args: [("alternate-exchange", "amq.fanout")]);
        Delete(s, "x");
    }

    public static void policies_take_no_part_in_equivalence(Script s)
    {
        Ch ch = s.Channel();
        Put(s, "\"max-length\": 5, \"message-ttl\": 100000");
        ch.Declare("q", args: [("x-max-length", 9)]);
        ch.Declare("q", args: [("x-max-length", 9)]);
        ch.Declare("q", args: [("x-max-length", 5)]);
        Delete(s);
    }

    public static void highest_priority_of_those_that_match(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        Put(s, "\"max-length\": 2", name: "low", more: ", \"priority\": 1");
        Put(s, "\"max-length\": 3", name: "high", more: ", \"priority\": 5");
        Put(s, "\"max-length\": 1", name: "exchanges", more: ", \"priority\": 9, \"apply-to\": \"exchanges\"");
        Put(s, "\"max-length\": 1", "other", name: "other", more: ", \"priority\": 9");
        ch.Confirm();
        Four(ch);
        Delete(s, name: "high");
        Four(ch);
        Put(s, "\"max-length\": 3", name: "low", more: ", \"priority\": -1");
        Put(s, "\"max-length\": 4", name: "last", more: ", \"priority\": -2");
        Four(ch);
        foreach (string name in (string[])["low", "exchanges", "other", "last"])
        {
            Delete(s, name: name);
        }
    }

    public static void patterns_match_anywhere(Script s)
    {
        Ch ch = s.Channel();
        s.Http("PUT", "/api/policies/%2F/{p}", """{"pattern": "{q}", "definition": {"max-length": 1}}""");
        s.Pass(ReachesQueueMs);
        foreach (string queue in (string[])["q", "q.more", "other"])
        {
            Fill(ch, queue, 2);
            Drain(ch, queue);
        }

        Delete(s);
    }

    public static void a_key_of_another_type_of_queue_hides_a_policy(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        Put(s, "\"max-length\": 1, \"max-age\": \"1D\"", name: "hidden", more: ", \"priority\": 5");
        Put(s, "\"max-length\": 2");
        ch.Confirm();
        Four(ch);
        Delete(s, name: "hidden");
        Delete(s);
    }

    public static void a_quorum_queue_has_no_policy_with_keys_of_classic_queues(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: [("x-queue-type", "quorum")]);
        Put(s, "\"max-length\": 1, \"queue-mode\": \"lazy\"", name: "hidden", more: ", \"priority\": 5");
        Put(s, "\"max-length\": 2");
        ch.Confirm();
        Four(ch);
        Delete(s, name: "hidden");
        Delete(s);
        ch.Delete("q");
    }

    public static void operators_limit_what_policies_allow(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        Put(s, "\"max-length\": 3");
        Put(s, "\"max-length\": 2", name: "cap", kind: "operator-policies");
        ch.Confirm();
        Four(ch);
        Put(s, "\"max-length\": 1");
        Four(ch);
        Delete(s);
        Four(ch);
        Delete(s, name: "cap", kind: "operator-policies");
        Four(ch);
    }

    public static void exclusive_and_auto_delete_queues_have_policies(Script s)
    {
        Ch ch = s.Channel();
        Put(s, "\"max-length\": 1", "(q|r)");
        ch.Declare("q", exclusive: true);
        ch.Declare("r", autoDelete: true);
        ch.Confirm();
        ch.PublishTo("q", "1", "2");
        ch.PublishTo("r", "3", "4");
        ch.AwaitConfirms();
        Drain(ch, "q");
        Drain(ch, "r");
        Delete(s);
    }

    private static IEnumerable<(string Name, int? Argument, int? Policy, int? Operator)> Combinations(int small, int large) =>
    [
        ("policy", null, small, null),
        ("operator", null, null, small),
        ("argument_below_policy", small, large, null),
        ("policy_below_argument", large, small, null),
        ("operator_below_policy", null, large, small),
        ("policy_below_operator", null, small, large),
        ("argument_below_operator", small, null, large),
        ("operator_below_argument", large, null, small),
        ("argument_below_both", small, large, large),
        ("operator_below_both", large, large, small),
    ];

    private static (string, object?)[] Arguments(string name, int? value) => value is { } number ? [(name, number)] : [];

    private static string? Definition(string key, int? value) => value is null ? null : $"\"{key}\": {value}";

    private static void Length(Script s, (string, object?)[] arguments, string? policy, string? @operator)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: arguments);
        ch.Confirm();
        ch.PublishTo("q", "m1", "m2", "m3", "m4", "m5");
        ch.AwaitConfirms();
        PutBoth(s, policy, @operator);
        ch.AwaitReady("q", 2);
        ch.PublishTo("q", "m6");
        ch.AwaitConfirms();
        Drain(ch, "q");
        DeleteBoth(s, policy, @operator);
    }

    private static void Four(Ch ch)
    {
        ch.PublishTo("q", "1", "2", "3", "4");
        ch.AwaitConfirms();
        ch.Passive("q");
        ch.Purge("q");
    }

    private static void Fill(Ch ch, string queue, int count)
    {
        ch.Declare(queue);
        ch.Confirm();
        ch.PublishTo(queue, [.. Enumerable.Range(1, count).Select(static i => $"{i}")]);
        ch.AwaitConfirms();
    }

    private static void Drain(Ch ch, string queue)
    {
        while (ch.Get(queue, noAck: true) is not null)
        {
        }
    }

    private static void Take(Ch ch, string queue, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ch.GetWhenThere(queue);
        }
    }

    private static void PutBoth(Script s, string? policy, string? @operator)
    {
        if (policy is not null)
        {
            Put(s, policy);
        }

        if (@operator is not null)
        {
            Put(s, @operator, name: "o", kind: "operator-policies");
        }
    }

    private static void DeleteBoth(Script s, object? policy, object? @operator)
    {
        if (policy is not null)
        {
            Delete(s);
        }

        if (@operator is not null)
        {
            Delete(s, name: "o", kind: "operator-policies");
        }
    }

    /// <summary>A policy for one queue or exchange, named after it unless the scenario says otherwise.</summary>
    private static void Put(Script s, string definition, string target = "q", string? name = null, string more = "", string kind = "policies")
    {
        string pattern = target == "(q|r)" ? "^({q}|{r})$" : $"^{{{target}}}$";
        s.Http("PUT", $"/api/{kind}/%2F/{{{PolicyName(target, name)}}}", $$"""{"pattern": "{{pattern}}", "definition": {{{definition}}}{{more}}}""");
        s.Pass(ReachesQueueMs);
    }

    private static void Delete(Script s, string target = "q", string? name = null, string kind = "policies")
    {
        s.Http("DELETE", $"/api/{kind}/%2F/{{{PolicyName(target, name)}}}");
        s.Pass(ReachesQueueMs);
    }

    private static string PolicyName(string target, string? name) => name ?? (target is "q" or "(q|r)" ? "p" : $"p.{target}");
}

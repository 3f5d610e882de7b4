using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Policies over HTTP: what is valid, what is said of the rest, who may ask, and what is shown.</summary>
internal static class PolicyRequests
{
    private const string Policies = "policies";
    private const string OperatorPolicies = "operator-policies";

    /// <summary>For each key, values that are good and values that are not.</summary>
    private static readonly (string Key, string[] Values)[] s_values =
    [
        ("alternate-exchange", ["\"\"", "\"a b\"", "5", "null", "[\"a\"]"]),
        ("dead-letter-exchange", ["\"\"", "\"a\"", "true", "{}"]),
        ("dead-letter-routing-key", ["\"\"", "\"a\"", "1.5"]),
        ("dead-letter-strategy", ["\"at-least-once\"", "\"at-most-once\"", "\"x\"", "1"]),
        ("message-ttl", ["0", "1", "315360000001", "-1", "1.5", "\"5\"", "{\"a\": 1}", "null"]),
        ("expires", ["1", "315360000001", "0", "-1", "\"a\""]),
        ("max-length", ["0", "5", "-1", "\"\"", "[]", "false"]),
        ("max-length-bytes", ["0", "-1", "[1, \"a\", null]"]),
        ("max-in-memory-length", ["0", "-1"]),
        ("max-in-memory-bytes", ["0", "-1"]),
        ("delivery-limit", ["0", "7", "-1", "\"a\""]),
        ("overflow", ["\"drop-head\"", "\"reject-publish\"", "\"reject-publish-dlx\"", "\"drop-tail\"", "1"]),
        ("queue-mode", ["\"lazy\"", "\"default\"", "\"x\"", "1"]),
        ("queue-version", ["1", "2", "3", "\"1\""]),
        ("queue-leader-locator", ["\"client-local\"", "\"balanced\"", "\"x\"", "1"]),
        ("queue-master-locator", ["\"client-local\"", "\"min-masters\"", "\"random\"", "\"x\"", "1"]),
        ("initial-cluster-size", ["0", "3", "-1", "\"a\""]),
        ("max-age", ["\"1D\"", "\"5\""]),
        ("stream-max-segment-size-bytes", ["0", "3000000000", "3000000001", "-1"]),
        ("ha-mode", ["\"all\"", "\"x\""]),
        ("message-tll", ["1"]),
        ("max-priority", ["1"]),
        ("single-active-consumer", ["true"]),
    ];

    public static IEnumerable<(string, Action<Script>)> value() => Values(Policies);

    public static IEnumerable<(string, Action<Script>)> operator_value() =>
        Values(OperatorPolicies).Where(static v => v.Item1 is not ("overflow" or "queue-version"));

    public static IEnumerable<(string, Action<Script>)> newer_key()
    {
        foreach ((string key, string value) in ((string, string)[])
            [
                ("consumer-timeout", "60000"), ("delayed-retry-type", "\"all\""), ("delayed-retry-min", "10"), ("delayed-retry-max", "1000"),
                ("target-group-size", "3"), ("stream-filter-size-bytes", "16"), ("federation-upstream", "\"u\""),
                ("federation-upstream-set", "\"all\""), ("federation-upstream-pattern", "\"u\""),
            ])
        {
            yield return (key, s => Put(s, Policies, $$"""{"pattern": "^{p}$", "definition": {"{{key}}": {{value}} } }"""));
        }
    }

    public static IEnumerable<(string, Action<Script>)> newer_operator_key()
    {
        foreach ((string key, string value) in ((string, string)[])[("overflow", "\"drop-head\""), ("queue-version", "2")])
        {
            yield return (key, s => Put(s, OperatorPolicies, $$"""{"pattern": "^{p}$", "definition": {"{{key}}": {{value}} } }"""));
        }
    }

    public static IEnumerable<(string, Action<Script>)> body()
    {
        foreach ((string name, string text) in ((string, string)[])
            [
                ("without_a_pattern", """{"definition": {"expires": 1}}"""),
                ("without_a_definition", """{"pattern": "^{p}$"}"""),
                ("empty_object", "{}"),
                ("no_json", "{"),
                ("an_array", "[]"),
                ("a_number", "5"),
                ("empty_definition", """{"pattern": "^{p}$", "definition": {}}"""),
                ("number_as_pattern", """{"pattern": 5, "definition": {"expires": 1}}"""),
                ("null_as_pattern", """{"pattern": null, "definition": {"expires": 1}}"""),
                ("priority_text", """{"pattern": "^{p}$", "definition": {"expires": 1}, "priority": "1"}"""),
                ("priority_null", """{"pattern": "^{p}$", "definition": {"expires": 1}, "priority": null}"""),
                ("priority_true", """{"pattern": "^{p}$", "definition": {"expires": 1}, "priority": true}"""),
                ("priority_fraction", """{"pattern": "^{p}$", "definition": {"expires": 1}, "priority": 1.5}"""),
                ("priority_negative", """{"pattern": "^{p}$", "definition": {"expires": 1}, "priority": -3}"""),
                ("apply_to_queues", """{"pattern": "^{p}$", "definition": {"expires": 1}, "apply-to": "queues"}"""),
                ("apply_to_exchanges", """{"pattern": "^{p}$", "definition": {"expires": 1}, "apply-to": "exchanges"}"""),
                ("apply_to_all", """{"pattern": "^{p}$", "definition": {"expires": 1}, "apply-to": "all"}"""),
                ("more_than_is_asked", """{"pattern": "^{p}$", "definition": {"expires": 1}, "name": "x", "vhost": "y", "other": 1}"""),
                ("a_key_twice", """{"pattern": "^{p}$", "definition": {"expires": 1, "expires": 2}}"""),
                ("several_keys", """{"pattern": "^{p}$", "definition": {"message-ttl": 1, "expires": 2, "max-length": 3}}"""),
                ("two_bad_values", """{"pattern": "^{p}$", "definition": {"message-ttl": -1, "expires": 0}}"""),
                ("two_unknown_keys", """{"pattern": "^{p}$", "definition": {"zzz": 1, "aaa": "b", "expires": 1}}"""),
                ("unknown_key_and_bad_value", """{"pattern": "^{p}$", "definition": {"aaa": 1, "expires": 0}}"""),
                ("faults_everywhere", """{"pattern": "(", "definition": {"message-ttl": -1}, "priority": "a"}"""),
            ])
        {
            yield return (name, s => Put(s, Policies, text));
            yield return ($"operator.{name}", s => Put(s, OperatorPolicies, text));
        }
    }

    public static IEnumerable<(string, Action<Script>)> mirroring()
    {
        foreach ((string name, string text) in ((string, string)[])
            [
                ("all", """{"ha-mode": "all"}"""),
                ("all_with_params", """{"ha-mode": "all", "ha-params": 2}"""),
                ("exactly", """{"ha-mode": "exactly", "ha-params": 2}"""),
                ("exactly_without_params", """{"ha-mode": "exactly"}"""),
                ("exactly_none", """{"ha-mode": "exactly", "ha-params": 0}"""),
                ("exactly_with_a_list", """{"ha-mode": "exactly", "ha-params": ["a"]}"""),
                ("nodes", """{"ha-mode": "nodes", "ha-params": ["rabbit@a", "rabbit@b"]}"""),
                ("nodes_without_params", """{"ha-mode": "nodes"}"""),
                ("nodes_of_an_empty_list", """{"ha-mode": "nodes", "ha-params": []}"""),
                ("nodes_with_a_number", """{"ha-mode": "nodes", "ha-params": 2}"""),
                ("params_alone", """{"ha-params": 2}"""),
                ("sync_mode_alone", """{"ha-sync-mode": "automatic"}"""),
                ("sync_mode", """{"ha-mode": "all", "ha-sync-mode": "manual", "ha-sync-batch-size": 5}"""),
                ("promotion_alone", """{"ha-promote-on-failure": "always"}"""),
                ("alone_and_unknown", """{"ha-params": 2, "aaa": 1}"""),
                ("alone_and_bad", """{"ha-params": 2, "expires": 0}"""),
            ])
        {
            yield return (name, s => Put(s, Policies, $$"""{"pattern": "^{p}$", "definition": {{text}} }"""));
        }
    }

    public static IEnumerable<(string, Action<Script>)> pattern()
    {
        foreach ((string name, string text) in ((string, string)[])
            [
                ("empty", ""), ("missing_parenthesis", "("), ("unmatched_parenthesis", "a)"), ("nothing_to_repeat", "*a"), ("repeated_twice", "a**"),
                ("look_ahead", "^(?!amq).*"), ("back_reference", "^(zz)\\\\1$"), ("at_the_end", "\\\\"), ("not_ascii", "^ü$"),
            ])
        {
            yield return (name, s => Put(s, Policies, $$"""{"pattern": "{{text}}", "definition": {"expires": 0} }"""));
            yield return ($"alone.{name}", s => Put(s, OperatorPolicies, $$"""{"pattern": "{{text}}zz{p}", "definition": {"expires": 100000000} }"""));
        }
    }

    public static IEnumerable<(string, Action<Script>)> newer_apply_to()
    {
        foreach (string target in (string[])["classic_queues", "quorum_queues", "streams", "nothing"])
        {
            yield return (target, s => Put(s, Policies, $$"""{"pattern": "^{p}$", "definition": {"expires": 1}, "apply-to": "{{target}}"}"""));
        }
    }

    public static void not_an_object_as_definition(Script s)
    {
        Put(s, Policies, """{"pattern": "^{p}$", "definition": [1]}""");
        Put(s, Policies, """{"pattern": "^{p}$", "definition": null}""");
        Put(s, Policies, """{"pattern": "^{p}$", "definition": "{}"}""");
    }

    public static IEnumerable<(string, Action<Script>)> life()
    {
        yield return (Policies, s => Life(s, Policies));
        yield return (OperatorPolicies, s => Life(s, OperatorPolicies));
    }

    public static void what_is_not_there(Script s)
    {
        foreach (string kind in (string[])[Policies, OperatorPolicies])
        {
            s.Http("GET", $"/api/{kind}/%2F/{{p}}", show: ["*"]);
            s.Http("DELETE", $"/api/{kind}/%2F/{{p}}", show: ["*"]);
            s.Http("GET", $"/api/{kind}/{{v}}", show: ["*"]);
            s.Http("GET", $"/api/{kind}/{{v}}/{{p}}", show: ["*"]);
            s.Http("DELETE", $"/api/{kind}/{{v}}/{{p}}", show: ["*"]);
            s.Http("PUT", $"/api/{kind}/{{v}}/{{p}}", """{"pattern": "", "definition": {"expires": 1}}""", show: ["*"]);
            s.Http("POST", $"/api/{kind}/%2F/{{p}}", """{"pattern": "", "definition": {"expires": 1}}""");
            s.Http("PUT", $"/api/{kind}/%2F", "{}");
        }
    }

    public static IEnumerable<(string, Action<Script>)> asked_by()
    {
        foreach (string tag in (string[])["administrator", "policymaker", "management", "monitoring", ""])
        {
            yield return (tag.Length == 0 ? "nobody" : tag, s =>
            {
                Login login = s.OwnHost(tags: tag);
                foreach (string kind in (string[])[Policies, OperatorPolicies])
                {
                    const string text = """{"pattern": "^{p}$", "definition": {"expires": 1}}""";
                    s.Http("PUT", $"/api/{kind}/{{vhost}}/{{p}}", text);
                    s.Http("GET", $"/api/{kind}/{{vhost}}/{{p}}", show: ["*"], login: login);
                    s.Http("GET", $"/api/{kind}/{{vhost}}", show: ["name", "error", "reason"], login: login);
                    s.Http("PUT", $"/api/{kind}/{{vhost}}/{{p}}", text, show: ["*"], login: login);
                    s.Http("DELETE", $"/api/{kind}/{{vhost}}/{{p}}", show: ["*"], login: login);
                    if (tag != "administrator")
                    {
                        s.Http("GET", $"/api/{kind}/%2F/{{p}}", show: ["*"], login: login);
                        s.Http("GET", $"/api/{kind}/%2F", show: ["error", "reason"], login: login);
                        s.Http("PUT", $"/api/{kind}/%2F/{{p}}", text, show: ["*"], login: login);
                    }
                }
            }
            );
        }
    }

    public static void shown_on_a_queue(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        s.Http("PUT", "/api/policies/%2F/{p}", """{"pattern": "^{q}$", "definition": {"message-ttl": 100000, "max-length": 5}}""");
        s.Http("PUT", "/api/operator-policies/%2F/{o}", """{"pattern": "^{q}$", "definition": {"message-ttl": 50000, "max-length": 9, "expires": 600000}}""");
        s.AwaitHttp("/api/queues/%2F/{q}", static q => q["operator_policy"]?.GetValue<string>() is not null);
        s.Http("GET", "/api/queues/%2F/{q}", show: ["effective_policy_definition"]);
        s.Http("DELETE", "/api/policies/%2F/{p}");
        s.Http("DELETE", "/api/operator-policies/%2F/{o}");
        s.AwaitHttp("/api/queues/%2F/{q}", static q => q["operator_policy"] is null);
        s.Http("GET", "/api/queues/%2F/{q}", show: ["policy", "operator_policy", "effective_policy_definition"]);
    }

    public static void shown_on_an_exchange(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x");
        s.Http("GET", "/api/exchanges/%2F/{x}", show: ["policy", "operator_policy", "effective_policy_definition"]);
        s.Http("PUT", "/api/policies/%2F/{x}", """{"pattern": "^{x}$", "definition": {"alternate-exchange": "a"}, "apply-to": "exchanges"}""");
        s.Http("PUT", "/api/operator-policies/%2F/{x}", """{"pattern": "^{x}$", "definition": {"expires": 1}}""");
        s.Http("GET", "/api/exchanges/%2F/{x}", show: ["policy", "operator_policy", "effective_policy_definition"]);
        s.Http("DELETE", "/api/policies/%2F/{x}");
        s.Http("DELETE", "/api/operator-policies/%2F/{x}");
        s.Http("GET", "/api/exchanges/%2F/{x}", show: ["policy"]);
    }

    private static IEnumerable<(string, Action<Script>)> Values(string kind) => s_values.Select<(string Key, string[] Values), (string, Action<Script>)>(
        entry => (entry.Key, s =>
        {
            foreach (string value in entry.Values)
            {
                Put(s, kind, $$"""{"pattern": "^{p}$", "definition": {"{{entry.Key}}": {{value}} } }""");
            }
        }
        ));

    private static void Life(Script s, string kind)
    {
        string path = $"/api/{kind}/%2F/{{p}}";
        s.Http("PUT", path, """{"pattern": "^{p}$", "definition": {"expires": 5, "max-length": 1}, "priority": 2, "apply-to": "queues"}""");
        s.Http("PUT", path, """{"pattern": "^{p}$", "definition": {"expires": 5, "max-length": 1}, "priority": 2, "apply-to": "queues"}""");
        s.Http("GET", path, show: ["*"]);
        s.Http("PUT", path, """{"pattern": "^{p}z$", "definition": {"expires": 6}}""");
        s.Http("GET", path, show: ["*"]);
        s.Http("DELETE", path);
        s.Http("GET", path, show: ["*"]);
    }

    /// <summary>Puts a policy, shows it or what is said, and takes it away.</summary>
    private static void Put(Script s, string kind, string body)
    {
        s.Http("PUT", $"/api/{kind}/%2F/{{p}}", body, show: ["*"]);
        if (s.Http("GET", $"/api/{kind}/%2F/{{p}}", show: ["*"]) is { } there && there["name"] is not null)
        {
            s.Http("DELETE", $"/api/{kind}/%2F/{{p}}");
        }
    }
}

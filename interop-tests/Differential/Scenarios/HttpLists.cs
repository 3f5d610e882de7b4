using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Lists of the HTTP API: pages, columns, order, names; and of what there is the kinds of values.</summary>
internal static class HttpLists
{
    public static void pages(Script s)
    {
        s.OwnHost();
        foreach (string queue in (string[])["a", "b", "c", "d", "e"])
        {
            s.Http("PUT", $$"""/api/queues/{vhost}/{{queue}}""", $$$"""{"arguments": {"x-max-length": {{{(queue == "c" ? 1 : 5)}}}}}""");
        }

        foreach (string query in (string[])
            [
                "page=1&page_size=2", "page=3&page_size=2", "page=9&page_size=2", "page=0", "page=x", "page=1&page_size=501", "page=1&page_size=0",
                "page=1&name=C", "page=1&name=^[ab]$&use_regex=true", "page=1&name=(&use_regex=true", "page=1&name=[ab]", "page=1&page_size=2&sort=name&sort_reverse=true",
                "page=1&sort=arguments.x-max-length&page_size=1", "page=1&name=none", "page=2&name=none", "name=a", "sort=name&sort_reverse=true", "page=",
                "pagination=false&page=1&page_size=1", "page_size=1",
            ])
        {
            s.Http("GET", $"/api/queues/{{vhost}}?{query}&columns=name", show: ["*"]);
        }

        s.Http("GET", "/api/queues/{vhost}/a?columns=name,arguments.x-max-length,durable", show: ["*"]);
        s.Http("GET", "/api/exchanges/{vhost}?page=1&page_size=3&columns=name", show: ["*"]);
        s.Http("GET", "/api/queues/{none}?page=1", show: ["*"]);
    }

    public static void kinds_of_values(Script s)
    {
        Login login = s.OwnHost();
        s.Http("PUT", "/api/permissions/{vhost}/guest", """{"configure": ".*", "write": ".*", "read": ".*"}""");
        Peer peer = s.Connect(login: login);
        Ch ch = peer.Channel();
        ch.Declare("q", durable: true);
        ch.Consume("q");
        ch.Publish("", "q", "1");
        ch.Take();
        s.AwaitHttp("/api/queues/{vhost}/{q}", static q => q["messages"] is not null && q["consumers"]?.GetValue<int>() == 1 && q["messages_details"] is not null);
        s.AwaitHttp("/api/vhosts/{vhost}/channels", static c => c.AsArray() is [{ } one] && one["consumer_count"] is not null && one["prefetch_count"] is not null);
        s.AwaitHttp("/api/vhosts/{vhost}/connections", static c => c.AsArray() is [{ } one] && one["channels"] is not null && one["recv_oct_details"] is not null);
        s.HttpKinds(
            "/api/queues/{vhost}/{q}",
            "name", "vhost", "type", "durable", "auto_delete", "exclusive", "arguments", "node", "state", "policy", "operator_policy",
            "effective_policy_definition", "messages", "messages_ready", "messages_unacknowledged", "messages_details.rate",
            "messages_ready_details.rate", "consumers", "consumer_details", "exclusive_consumer_tag", "single_active_consumer_tag",
            "message_bytes", "message_bytes_ready", "message_bytes_unacknowledged", "incoming", "deliveries");
        s.HttpKinds(
            "/api/vhosts/{vhost}/channels",
            "name", "number", "user", "vhost", "node", "state", "transactional", "confirm", "consumer_count", "messages_unacknowledged",
            "messages_unconfirmed", "messages_uncommitted", "acks_uncommitted", "prefetch_count", "global_prefetch_count",
            "connection_details.name", "connection_details.peer_host", "connection_details.peer_port");
        s.HttpKinds(
            "/api/vhosts/{vhost}/connections",
            "name", "node", "type", "state", "vhost", "user", "protocol", "host", "port", "peer_host", "peer_port", "ssl", "ssl_protocol",
            "peer_cert_subject", "auth_mechanism", "channels", "channel_max", "frame_max", "timeout", "connected_at", "client_properties",
            "recv_oct", "send_oct", "recv_cnt", "send_cnt", "send_pend", "recv_oct_details.rate");
        s.HttpKinds(
            "/api/consumers/{vhost}",
            "consumer_tag", "queue.name", "queue.vhost", "channel_details.name", "channel_details.number", "channel_details.connection_name",
            "ack_required", "active", "activity_status", "exclusive", "prefetch_count", "arguments");
        s.HttpKinds("/api/exchanges/{vhost}/amq.direct", "name", "vhost", "type", "durable", "auto_delete", "internal", "arguments", "incoming", "outgoing", "user_who_performed_action");
    }

    public static void a_monitor_without_permissions(Script s)
    {
        Login login = s.OwnHost(tags: "monitoring");
        s.Http("GET", "/api/exchanges/%2F", show: ["error"], login: login);
    }

    public static void of_the_server(Script s)
    {
        s.AwaitHttp("/api/overview", static o => o["churn_rates"]?["queue_created"] is not null);
        s.AwaitHttp("/api/nodes", static n => n[0]?["uptime"] is not null);
        s.HttpKinds(
            "/api/overview",
            "management_version", "rates_mode", "exchange_types", "product_version", "product_name", "rabbitmq_version", "cluster_name",
            "erlang_version", "erlang_full_version", "disable_stats", "enable_queue_totals", "message_stats", "churn_rates.queue_created",
            "churn_rates.queue_created_details.rate", "object_totals.queues", "object_totals.channels", "statistics_db_event_queue", "node",
            "listeners", "contexts");
        s.HttpKinds(
            "/api/nodes",
            "name", "type", "running", "uptime", "os_pid", "fd_used", "fd_total", "sockets_used", "sockets_total", "mem_used", "mem_limit",
            "mem_alarm", "mem_calculation_strategy", "disk_free", "disk_free_limit", "disk_free_alarm", "proc_used", "proc_total", "run_queue",
            "processors", "rates_mode", "enabled_plugins", "partitions", "exchange_types", "auth_mechanisms", "applications", "contexts",
            "log_files", "db_dir", "config_files", "net_ticktime");
        s.HttpKinds("/api/whoami", "name", "tags");
        s.HttpKinds("/api/cluster-name", "name");
        s.HttpKinds("/api/auth", "enable_uaa", "uaa_client_id", "uaa_location");
        s.Http("GET", "/api/nodes/{none}/memory", show: ["*"]);
        s.Http("GET", "/api/health/checks/port-listener/1", show: ["status", "reason", "missing"]);
        s.Http("GET", "/api/health/checks/port-listener/x", show: ["*"]);
        s.Http("GET", "/api/health/checks/protocol-listener/amqp", show: ["*"]);
        s.Http("GET", "/api/health/checks/protocol-listener/other", show: ["status", "reason", "missing"]);
        s.Http("GET", "/api/health/checks/node-is-quorum-critical", show: ["*"]);
        s.Http("GET", "/api/health/checks/certificate-expiration/1/weeks", show: ["*"]);
        s.Http("GET", "/api/health/checks/certificate-expiration/1/other", show: ["*"]);
        s.Http("GET", "/api/healthchecks/node", show: ["*"]);
        s.Http("PUT", "/api/whoami", "{}", show: ["*"]);
        s.Http("POST", "/api/rebalance/queues", "{}", show: ["*"]);
        s.Http("PUT", "/api/feature-flags/quorum_queue/enable", "{}", show: ["*"]);
        s.Http("PUT", "/api/feature-flags/other/enable", "{}", show: ["*"]);
        s.Http("PUT", "/api/parameters/other/%2F/{p}", """{"value": {}}""", show: ["*"]);
        s.Http("GET", "/api/parameters/other/%2F/{p}", show: ["*"]);
        s.Http("PUT", "/api/global-parameters/{p}", """{"value": {"a": [1, true]}}""", show: ["*"]);
        s.Http("PUT", "/api/global-parameters/{p}", """{"value": 5}""", show: ["*"]);
        s.Http("PUT", "/api/global-parameters/{p}", "{}", show: ["*"]);
        s.Http("GET", "/api/global-parameters/{p}", show: ["value"]);
        s.Http("DELETE", "/api/global-parameters/{p}", show: ["*"]);
        s.Http("DELETE", "/api/global-parameters/{p}", show: ["*"]);
        s.Http("GET", "/api/connections/{none}", show: ["*"]);
        s.Http("DELETE", "/api/connections/{none}", show: ["*"]);
        s.Http("GET", "/api/channels/{none}", show: ["*"]);
        s.Http("GET", "/api/consumers/{none}", show: ["*"]);
        s.Http("GET", "/api/connections/username/{none}", show: ["*"]);
    }

    public static void who_sees_what(Script s)
    {
        foreach (string tag in (string[])["monitoring", "management", "policymaker", ""])
        {
            Login login = s.OwnHost($"vhost{tag}", $"user{tag}", tags: tag);
            foreach (string path in (string[])
                [
                    "/api/nodes", "/api/users", "/api/permissions", "/api/parameters", "/api/definitions",
                    "/api/feature-flags", "/api/health/checks/alarms", "/api/healthchecks/node", "/api/auth",
                ])
            {
                s.Http("GET", path, show: ["error", "reason"], login: login);
            }

            s.Http("PUT", "/api/cluster-name", """{"name": "x"}""", show: ["*"], login: login);
            s.Http("POST", "/api/rebalance/queues", "{}", show: ["*"], login: login);
            s.Http("POST", "/api/definitions", "{}", show: ["*"], login: login);
            s.Http("PUT", "/api/parameters/other/%2F/{p}", """{"value": {}}""", show: ["*"], login: login);
        }
    }

    public static void definitions(Script s)
    {
        s.OwnHost();
        s.Http("POST", "/api/definitions/{vhost}", """{"exchanges": [{"name": "x", "type": "topic", "durable": true, "auto_delete": false, "internal": false, "arguments": {}}], "queues": [{"name": "q", "durable": true, "auto_delete": false, "arguments": {"x-max-length": 5}}], "bindings": [{"source": "x", "destination": "q", "destination_type": "queue", "routing_key": "k", "arguments": {"a": 1}}], "policies": [{"name": "p", "pattern": "^q", "apply-to": "queues", "priority": 1, "definition": {"message-ttl": 5000}}]}""", show: ["*"]);
        s.Http("POST", "/api/definitions/{vhost}", """{"queues": [{"name": "q", "durable": false, "auto_delete": true, "arguments": {}}]}""", show: ["*"]);
        s.Http("GET", "/api/definitions/{vhost}", show: ["exchanges", "parameters"]);
        s.Http("GET", "/api/queues/{vhost}/q", show: ["durable", "arguments"]);
        s.Http("GET", "/api/bindings/{vhost}/e/x/q/q", show: ["routing_key", "arguments"]);
        s.Http("POST", "/api/definitions/{none}", "{}", show: ["*"]);
        s.Http("GET", "/api/definitions/{none}", show: ["*"]);
        s.Http("POST", "/api/definitions", "x", show: ["*"]);
        s.Http("POST", "/api/definitions", "[]", show: ["*"]);
        s.Http("POST", "/api/definitions", """{"unknown": 5}""", show: ["*"]);
        s.Http("POST", "/api/definitions/{vhost}", """{"queues": [{"name": "bad", "durable": true, "auto_delete": false, "arguments": {"x-max-length": -1}}]}""");
    }
}

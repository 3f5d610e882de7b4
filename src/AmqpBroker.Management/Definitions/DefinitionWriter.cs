using System.Text.Json;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using AmqpBroker.Management.Routes;

namespace AmqpBroker.Management.Definitions;

/// <summary>
/// Writes a definitions file as RabbitMQ does: what survives its users. Exclusive queues, what every virtual host has, and
/// bindings of these are not in it. Written while it is read, a list at a time.
/// </summary>
internal sealed class DefinitionWriter(ApiRequest request, Utf8JsonWriter writer, IReadOnlyList<VirtualHostView> hosts, bool single)
{
    private readonly BrokerView _broker = request.Sources.Broker;

    /// <summary>Writes all of it.</summary>
    public async Task WriteAsync()
    {
        string version = request.Sources.Options.ProductVersion;
        writer.WriteStartObject();
        writer.WriteString("rabbit_version", version);
        writer.WriteString("rabbitmq_version", version);
        writer.WriteString("product_name", request.Sources.Options.ProductName);
        writer.WriteString("product_version", version);
        writer.WriteString("rabbitmq_definition_format", single ? "single_virtual_host" : "cluster");
        if (single)
        {
            writer.WriteString("original_vhost_name", hosts[0].Name);
        }
        else
        {
            writer.WriteString("original_cluster_name", ClusterRoutes.NameOf(request));
            WriteAccounts();
        }

        await WriteParametersAsync().ConfigureAwait(false);
        if (!single)
        {
            WriteList("global_parameters", _broker.Parameters.Globals, p =>
            {
                writer.WriteString("name", p.Name);
                writer.WritePropertyName("value");
                writer.WriteRawValue(p.Json);
            });
        }

        await WriteTopologyAsync().ConfigureAwait(false);
        writer.WriteEndObject();
    }

    private static bool IsOwn(string exchange) => exchange.Length == 0 || exchange.StartsWith("amq.", StringComparison.Ordinal);

    private void WriteAccounts()
    {
        AccountsView accounts = _broker.Accounts;
        writer.WritePropertyName("users");
        writer.WriteStartArray();
        foreach (UserInfo user in accounts.Users)
        {
            JsonSerializer.Serialize(writer, UserJson.From(user), ManagementJson.Default.UserJson);
        }

        writer.WriteEndArray();
        WriteList("vhosts", hosts, host =>
        {
            writer.WriteString("name", host.Name);
            WriteHostFields(host);
            writer.WritePropertyName("metadata");
            writer.WriteStartObject();
            WriteHostFields(host);
            writer.WriteEndObject();
            writer.WritePropertyName("limits");
            writer.WriteStartArray();
            writer.WriteEndArray();
        });
        WriteList("permissions", accounts.Permissions, p =>
        {
            writer.WriteString("user", p.User);
            writer.WriteString("vhost", p.VirtualHost);
            writer.WriteString("configure", p.Configure);
            writer.WriteString("write", p.Write);
            writer.WriteString("read", p.Read);
        });
        WriteList("topic_permissions", accounts.TopicPermissions, p =>
        {
            writer.WriteString("user", p.User);
            writer.WriteString("vhost", p.VirtualHost);
            writer.WriteString("exchange", p.Exchange);
            writer.WriteString("write", p.Write);
            writer.WriteString("read", p.Read);
        });
    }

    private void WriteHostFields(VirtualHostView host)
    {
        writer.WriteString("description", host.Settings.Description);
        writer.WritePropertyName("tags");
        writer.WriteStartArray();
        foreach (string tag in host.Settings.Tags)
        {
            writer.WriteStringValue(tag);
        }

        writer.WriteEndArray();
        if (host.Settings.DefaultQueueType is { } type)
        {
            writer.WriteString("default_queue_type", type);
        }
    }

    /// <summary>Limits of virtual hosts and operator policies are parameters, too.</summary>
    private async Task WriteParametersAsync()
    {
        HashSet<string> names = [.. hosts.Select(static h => h.Name)];
        writer.WritePropertyName("parameters");
        writer.WriteStartArray();
        foreach (ParameterInfo parameter in _broker.Parameters.All.Where(p => names.Contains(p.VirtualHost)))
        {
            WriteParameter(parameter.VirtualHost, parameter.Component, parameter.Name, () => writer.WriteRawValue(parameter.Json));
        }

        foreach (VirtualHostView host in hosts)
        {
            Dictionary<string, long> limits = LimitNames.Of(host.Settings.Limits);
            if (limits.Count > 0)
            {
                WriteParameter(host.Name, "vhost-limits", "limits", () => PlainTableConverter.Write(
                    writer, limits.Select(static l => KeyValuePair.Create(l.Key, (object?)l.Value))));
            }

            foreach (PolicyInfo policy in await host.Policies.ListAsync(PolicyKind.Operator, request.Cancellation).ConfigureAwait(false))
            {
                WriteParameter(host.Name, "operator_policy", policy.Name, () =>
                {
                    writer.WriteStartObject();
                    WritePolicyFields(policy);
                    writer.WriteEndObject();
                });
            }
        }

        writer.WriteEndArray();
    }

    private void WriteParameter(string host, string component, string name, Action writeValue)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("value");
        writeValue();
        WriteHost(host);
        writer.WriteString("component", component);
        writer.WriteString("name", name);
        writer.WriteEndObject();
    }

    private void WritePolicyFields(PolicyInfo policy)
    {
        writer.WriteString("pattern", policy.Pattern);
        writer.WriteString("apply-to", policy.ApplyTo);
        writer.WritePropertyName("definition");
        PlainTableConverter.Write(writer, policy.Definition);
        writer.WriteNumber("priority", policy.Priority);
    }

    private async Task WriteTopologyAsync()
    {
        var policies = new List<PolicyInfo>();
        var exchanges = new List<ExchangeInfo>();
        var queues = new List<QueueInfo>();
        var bindings = new List<BindingInfo>();
        foreach (VirtualHostView host in hosts)
        {
            policies.AddRange(await host.Policies.ListAsync(PolicyKind.User, request.Cancellation).ConfigureAwait(false));
            exchanges.AddRange((await host.ListExchangesAsync(request.Cancellation).ConfigureAwait(false)).Where(static x => !IsOwn(x.Name)));
            IReadOnlyList<QueueInfo> all = await host.ListQueuesAsync(request.Cancellation).ConfigureAwait(false);
            HashSet<string> exclusive = [.. all.Where(static q => q.Exclusive).Select(static q => q.Name)];
            queues.AddRange(all.Where(static q => !q.Exclusive));
            bindings.AddRange((await host.ListBindingsAsync(request.Cancellation).ConfigureAwait(false)).Where(
                b => b.Source.Length > 0 && (b.ToExchange || !exclusive.Contains(b.Destination))));
        }

        WriteList("policies", policies, policy =>
        {
            WriteHost(policy.VirtualHost);
            writer.WriteString("name", policy.Name);
            WritePolicyFields(policy);
        });
        await FlushAsync().ConfigureAwait(false);
        WriteList("queues", queues, queue =>
        {
            writer.WriteString("name", queue.Name);
            WriteHost(queue.VirtualHost);
            writer.WriteString("type", queue.Type);
            writer.WriteBoolean("durable", queue.Durable);
            writer.WriteBoolean("auto_delete", queue.AutoDelete);
            WriteArguments(queue.Arguments);
        });
        await FlushAsync().ConfigureAwait(false);
        WriteList("exchanges", exchanges, exchange =>
        {
            writer.WriteString("name", exchange.Name);
            WriteHost(exchange.VirtualHost);
            writer.WriteString("type", exchange.Type);
            writer.WriteBoolean("durable", exchange.Durable);
            writer.WriteBoolean("auto_delete", exchange.AutoDelete);
            writer.WriteBoolean("internal", exchange.Internal);
            WriteArguments(exchange.Arguments);
        });
        await FlushAsync().ConfigureAwait(false);
        WriteList("bindings", bindings, binding =>
        {
            writer.WriteString("source", binding.Source);
            WriteHost(binding.VirtualHost);
            writer.WriteString("destination", binding.Destination);
            writer.WriteString("destination_type", binding.ToExchange ? "exchange" : "queue");
            writer.WriteString("routing_key", binding.RoutingKey);
            WriteArguments(binding.Arguments);
        });
    }

    private void WriteArguments(PlainTable arguments)
    {
        writer.WritePropertyName("arguments");
        PlainTableConverter.Write(writer, arguments);
    }

    private void WriteHost(string host)
    {
        if (!single)
        {
            writer.WriteString("vhost", host);
        }
    }

    private void WriteList<T>(string name, IEnumerable<T> items, Action<T> write)
    {
        writer.WritePropertyName(name);
        writer.WriteStartArray();
        foreach (T item in items)
        {
            writer.WriteStartObject();
            write(item);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private Task FlushAsync() => writer.FlushAsync(request.Cancellation);
}

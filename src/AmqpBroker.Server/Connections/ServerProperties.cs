using System.Runtime.InteropServices;
using AmqpBroker.Protocol;

namespace AmqpBroker.Server.Connections;

/// <summary>What connection.start says about the server: what clients look for, and under names of its own what it is.</summary>
internal static class ServerProperties
{
    /// <summary>RabbitMQ's capabilities, all of which hold here.</summary>
    private static readonly string[] s_capabilities =
    [
        "publisher_confirms", "exchange_exchange_bindings", "basic.nack", "consumer_cancel_notify", "connection.blocked",
        "consumer_priorities", "authentication_failure_close", "per_consumer_qos", "direct_reply_to",
    ];

    /// <summary>This broker's own version.</summary>
    public static string OwnVersion { get; } = typeof(ServerProperties).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>The table for connection.start.</summary>
    public static FieldTable Build(ServerOptions options)
    {
        var capabilities = new FieldTableBuilder();
        foreach (string capability in s_capabilities)
        {
            capabilities.Append(capability, FieldValue.FromBoolean(true));
        }

        return new FieldTableBuilder()
            .Append("capabilities", FieldValue.FromTable(capabilities.Build()))
            .Append("cluster_name", FieldValue.FromString(options.ClusterName))
            .Append("copyright", FieldValue.FromString("Copyright (c) the AmqpBroker authors"))
            .Append("information", FieldValue.FromString($"AmqpBroker {OwnVersion}, an AMQP 0-9-1 broker that RabbitMQ clients use unchanged"))
            .Append("platform", FieldValue.FromString($"{RuntimeInformation.FrameworkDescription} (AmqpBroker {OwnVersion})"))
            .Append("product", FieldValue.FromString(options.AnnounceProduct))
            .Append("version", FieldValue.FromString(options.AnnounceVersion))
            .Append("amqpbroker_version", FieldValue.FromString(OwnVersion))
            .Build();
    }
}

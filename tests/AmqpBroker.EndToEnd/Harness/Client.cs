using System.Text;
using RabbitMQ.Client;

namespace AmqpBroker.EndToEnd.Harness;

/// <summary>Shorthands for RabbitMQ.Client, without its automatic recovery: a lost connection is to be seen.</summary>
internal static class Client
{
    /// <summary>The limit of any one wait for the broker.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(30);

    public static readonly BasicProperties Persistent = new() { Persistent = true };

    private static readonly CreateChannelOptions s_confirmed = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    public static ConnectionFactory Factory(int port) => new()
    {
        HostName = "127.0.0.1",
        Port = port,
        AutomaticRecoveryEnabled = false,
        TopologyRecoveryEnabled = false,
        // Busy machines answer late.
        RequestedConnectionTimeout = Wait,
        ContinuationTimeout = Wait,
    };

    public static Task<IConnection> ConnectAsync(BrokerProcess broker) => Factory(broker.Port).CreateConnectionAsync();

    /// <summary>A channel on which publishing completes with the broker's confirm.</summary>
    public static Task<IChannel> ConfirmedChannelAsync(this IConnection connection) => connection.CreateChannelAsync(s_confirmed);

    public static Task DeclareDurableAsync(this IChannel channel, string queue, Dictionary<string, object?>? arguments = null) =>
        channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments);

    public static ValueTask PublishAsync(this IChannel channel, string queue, string text, BasicProperties? properties = null) =>
        channel.BasicPublishAsync("", queue, mandatory: true, properties ?? Persistent, Encoding.UTF8.GetBytes(text));

    public static string Text(this BasicGetResult result) => Encoding.UTF8.GetString(result.Body.Span);

    /// <summary>All that is ready in a queue, in order; settled.</summary>
    public static async Task<List<BasicGetResult>> TakeAllAsync(this IChannel channel, string queue)
    {
        List<BasicGetResult> all = [];
        while (await channel.BasicGetAsync(queue, autoAck: true) is { } message)
        {
            all.Add(message);
        }

        return all;
    }
}

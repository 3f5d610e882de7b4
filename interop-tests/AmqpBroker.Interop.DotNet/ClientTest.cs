using System.Text;
using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using Xunit;

[assembly: AssemblyFixture(typeof(BrokerFixture))]

namespace AmqpBroker.Interop.DotNet;

/// <summary>A scenario of RabbitMQ.Client 7: a connection and a channel of its own, names of its own, bounded waits.</summary>
public abstract class ClientTest(BrokerUnderTest broker) : IAsyncLifetime
{
    /// <summary>The limit of one test in milliseconds; a scenario takes well under a second when nothing is wrong.</summary>
    public const int TimeoutMs = 60_000;

    /// <summary>The limit of one wait.</summary>
    protected static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    private readonly string _suffix = Guid.NewGuid().ToString("N");
    private IConnection? _connection;
    private IChannel? _channel;

    protected BrokerUnderTest Broker => broker;

    protected IConnection Connection => _connection!;

    protected IChannel Channel => _channel!;

    public virtual async ValueTask InitializeAsync()
    {
        _connection = await Factory().CreateConnectionAsync();
        _channel = await _connection.CreateChannelAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected ConnectionFactory Factory() => new() { Uri = broker.Uri, ClientProvidedName = GetType().Name };

    /// <summary>A name no other test uses.</summary>
    protected string Unique(string name) => $"{name}-{_suffix}";

    /// <summary>Declares a durable queue with a name of its own.</summary>
    protected async Task<string> DeclareQueueAsync(string name, Dictionary<string, object?>? arguments = null)
    {
        string queue = Unique(name);
        await Channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments);
        return queue;
    }

    /// <summary>Declares an exclusive queue that the server names, binds it and consumes from it.</summary>
    protected async Task<Inbox> SubscribeAsync(
        string exchange, string[] keys, Dictionary<string, object?>? arguments = null)
    {
        QueueDeclareOk queue = await Channel.QueueDeclareAsync();
        Assert.NotEmpty(queue.QueueName);
        foreach (string key in keys)
        {
            await Channel.QueueBindAsync(queue.QueueName, exchange, key, arguments);
        }

        return await Inbox.ConsumeAsync(Channel, queue.QueueName, autoAck: true);
    }

    protected async Task PublishAsync(string exchange, string key, string body, BasicProperties? properties = null) =>
        await Channel.BasicPublishAsync(exchange, key, mandatory: true, properties ?? new BasicProperties(), Bytes(body));
}

using System.Text;
using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using Xunit;

[assembly: AssemblyFixture(typeof(BrokerFixture))]

namespace AmqpBroker.Interop.DotNet6;

/// <summary>A scenario of RabbitMQ.Client 6: a connection and a channel of its own, names of its own, bounded waits.</summary>
public abstract class ClientTest : IDisposable
{
    /// <summary>The limit of one test in milliseconds; a scenario takes well under a second when nothing is wrong.</summary>
    public const int TimeoutMs = 60_000;

    /// <summary>The limit of one wait.</summary>
    protected static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    private readonly string _suffix = Guid.NewGuid().ToString("N");

    protected ClientTest(BrokerUnderTest broker)
    {
        Broker = broker;
        Connection = Factory().CreateConnection();
        Channel = Connection.CreateModel();
    }

    protected BrokerUnderTest Broker { get; }

    protected IConnection Connection { get; }

    protected IModel Channel { get; }

    public void Dispose()
    {
        Connection.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected ConnectionFactory Factory() => new() { Uri = Broker.Uri, ClientProvidedName = GetType().Name };

    /// <summary>A name no other test uses.</summary>
    protected string Unique(string name) => $"{name}-{_suffix}";

    /// <summary>Declares a durable queue with a name of its own.</summary>
    protected string DeclareQueue(string name, Dictionary<string, object>? arguments = null)
    {
        string queue = Unique(name);
        Channel.QueueDeclare(queue, durable: true, exclusive: false, autoDelete: false, arguments);
        return queue;
    }

    /// <summary>Declares an exclusive queue that the server names, binds it and consumes from it.</summary>
    protected Inbox Subscribe(string exchange, string[] keys, Dictionary<string, object>? arguments = null)
    {
        QueueDeclareOk queue = Channel.QueueDeclare();
        Assert.NotEmpty(queue.QueueName);
        foreach (string key in keys)
        {
            Channel.QueueBind(queue.QueueName, exchange, key, arguments);
        }

        return Inbox.Consume(Channel, queue.QueueName, autoAck: true);
    }

    protected IBasicProperties Properties(Action<IBasicProperties>? set = null)
    {
        IBasicProperties properties = Channel.CreateBasicProperties();
        set?.Invoke(properties);
        return properties;
    }

    protected IBasicProperties Persistent() => Properties(properties => properties.Persistent = true);

    protected void Publish(string exchange, string key, string body, IBasicProperties? properties = null) =>
        Channel.BasicPublish(exchange, key, mandatory: true, properties, Bytes(body));

    protected uint Ready(string queue) => Channel.QueueDeclarePassive(queue).MessageCount;
}

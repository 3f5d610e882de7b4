#:package RabbitMQ.Client
#:property PublishAot=false
#:property JsonSerializerIsReflectionEnabledByDefault=true

// usage: dotnet run dotnet_client.cs PORT: what RabbitMQ.Client says, where it differs from other clients.
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

var factory = new ConnectionFactory
{
    HostName = "127.0.0.1",
    Port = int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture),
    AutomaticRecoveryEnabled = false,
    ClientProvidedName = "golden",
};
await using IConnection connection = await factory.CreateConnectionAsync();
await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
await channel.ExchangeDeclareAsync("dotnet.x", ExchangeType.Direct, durable: true, autoDelete: true);
await channel.QueueDeclareAsync("dotnet.q", true, false, false, new Dictionary<string, object?> { ["x-queue-type"] = "classic", ["x-expires"] = 60_000L });
await channel.QueueBindAsync("dotnet.q", "dotnet.x", "key");
var properties = new BasicProperties
{
    ContentType = "text/plain",
    DeliveryMode = DeliveryModes.Persistent,
    Priority = 3,
    Timestamp = new AmqpTimestamp(1_700_000_000),
    MessageId = "id",
    Headers = new Dictionary<string, object?>
    {
        ["byte"] = (byte)200,
        ["sbyte"] = (sbyte)-5,
        ["short"] = (short)-300,
        ["ushort"] = (ushort)60_000,
        ["int"] = -70_000,
        ["uint"] = 4_000_000_000u,
        ["long"] = long.MinValue,
        ["float"] = 1.5f,
        ["double"] = -2.25,
        ["decimal"] = 12.5m,
        ["bool"] = true,
        ["null"] = null,
        ["bytes"] = new byte[] { 1, 2, 3 },
        ["string"] = "text",
        ["binary"] = new BinaryTableValue([0xFF, 0xFE]),
        ["time"] = new AmqpTimestamp(1_600_000_000),
        ["list"] = new List<object?> { 1, "two", 3L },
        ["table"] = new Dictionary<string, object?> { ["inner"] = "value" },
    },
};
await channel.BasicPublishAsync("dotnet.x", "key", true, properties, new byte[300]);
await channel.BasicPublishAsync("", "dotnet.q", true, ReadOnlyMemory<byte>.Empty);
await channel.BasicQosAsync(0, 5, false);
var done = new TaskCompletionSource();
var consumer = new AsyncEventingBasicConsumer(channel);
consumer.ReceivedAsync += async (_, delivery) =>
{
    await channel.BasicAckAsync(delivery.DeliveryTag, false);
    if (delivery.DeliveryTag == 2)
    {
        done.SetResult();
    }
};
string tag = await channel.BasicConsumeAsync("dotnet.q", false, "", false, false, null, consumer);
await done.Task;
await channel.BasicCancelAsync(tag);
await connection.UpdateSecretAsync("guest", "rotation");
await channel.QueueDeleteAsync("dotnet.q");
await channel.ExchangeDeleteAsync("dotnet.x");
await channel.CloseAsync();
await connection.CloseAsync();

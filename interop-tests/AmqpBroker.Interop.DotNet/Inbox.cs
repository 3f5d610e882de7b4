using System.Text;
using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AmqpBroker.Interop.DotNet;

/// <summary>A message as a consumer saw it, its body copied (the client takes its buffer back).</summary>
public sealed record Delivery(
    IChannel Channel,
    string ConsumerTag,
    ulong Tag,
    bool Redelivered,
    string Exchange,
    string RoutingKey,
    IReadOnlyBasicProperties Properties,
    byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public ValueTask AckAsync() => Channel.BasicAckAsync(Tag, multiple: false);
}

/// <summary>Keeps what one or several consumers receive, in the order of arrival, until the test takes it.</summary>
public sealed class Inbox
{
    private readonly Mailbox<Delivery> _mailbox = new();
    private readonly TaskCompletionSource<string> _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The tag of the first consumer that ended; without a cancel of ours, by the server's notification.</summary>
    public Task<string> Cancelled => _cancelled.Task;

    /// <summary>True if nothing waits to be taken.</summary>
    public bool IsEmpty => _mailbox.IsEmpty;

    /// <summary>A new inbox with one consumer.</summary>
    public static async Task<Inbox> ConsumeAsync(IChannel channel, string queue, bool autoAck)
    {
        Inbox inbox = new();
        await inbox.AddConsumerAsync(channel, queue, autoAck);
        return inbox;
    }

    /// <summary>Starts a consumer that delivers to this inbox; gives its tag.</summary>
    public async Task<string> AddConsumerAsync(
        IChannel channel, string queue, bool autoAck, Dictionary<string, object?>? arguments = null)
    {
        AsyncEventingBasicConsumer consumer = new(channel);
        consumer.ReceivedAsync += (_, args) =>
        {
            _mailbox.Add(args.ConsumerTag, new Delivery(
                channel,
                args.ConsumerTag,
                args.DeliveryTag,
                args.Redelivered,
                args.Exchange,
                args.RoutingKey,
                new BasicProperties(args.BasicProperties),
                args.Body.ToArray()));
            return Task.CompletedTask;
        };
        consumer.UnregisteredAsync += (_, args) =>
        {
            _cancelled.TrySetResult(args.ConsumerTags[0]);
            return Task.CompletedTask;
        };
        return await channel.BasicConsumeAsync(
            queue, autoAck, consumerTag: "", noLocal: false, exclusive: false, arguments, consumer);
    }

    /// <summary>How many deliveries a consumer has had so far, taken or not.</summary>
    public int ReceivedBy(string consumerTag) => _mailbox.ReceivedBy(consumerTag);

    /// <summary>The next message.</summary>
    public Task<Delivery> TakeAsync() => _mailbox.TakeAsync();

    /// <summary>The texts of the next messages.</summary>
    public async Task<List<string>> TakeTextsAsync(int count) =>
        [.. (await _mailbox.TakeAsync(count)).Select(delivery => delivery.Text)];
}

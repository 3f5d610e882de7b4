using System.Text;
using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AmqpBroker.EndToEnd.Harness;

/// <summary>A delivery, with what is kept of it after the client has taken its buffer back.</summary>
internal sealed record Received(ulong DeliveryTag, bool Redelivered, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>What one consumer receives, in the order of arrival, until the test takes it.</summary>
internal sealed class Inbox
{
    private readonly Channel<Received> _messages = Channel.CreateUnbounded<Received>();

    private Inbox()
    {
    }

    public static async Task<Inbox> ConsumeAsync(IChannel channel, string queue, bool autoAck = true)
    {
        Inbox inbox = new();
        AsyncEventingBasicConsumer consumer = new(channel);
        consumer.ReceivedAsync += (_, d) =>
        {
            inbox._messages.Writer.TryWrite(new Received(d.DeliveryTag, d.Redelivered, d.Body.ToArray()));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck, consumer);
        return inbox;
    }

    /// <summary>The next message.</summary>
    /// <exception cref="TimeoutException">None comes in time.</exception>
    public async Task<Received> TakeAsync() => await _messages.Reader.ReadAsync().AsTask().WaitAsync(Client.Wait);
}

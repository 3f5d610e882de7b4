using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace AmqpBroker.EndToEnd.Crashes;

/// <summary>
/// Publishers and consumers that write into the ledger what they do, until their broker is gone. They are told so as well: a
/// consumer of RabbitMQ.Client whose acknowledgement waits for a socket that is no more may never learn it by itself.
/// </summary>
internal static class Traffic
{
    /// <summary>Receives what consumers publish to learn, by its confirm, that their acknowledgements are on the disk.</summary>
    public const string Marks = "marks";

    private static readonly BasicProperties s_persistent = new() { Persistent = true };
    private static readonly CreateChannelOptions s_confirms = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);

    /// <summary>Publishes, with at most <paramref name="window"/> messages unconfirmed, until the connection is lost.</summary>
    public static async Task PublishAsync(
        IConnection connection, Ledger ledger, ClientChannel history, PublisherLedger own, string exchange, string key, int window, CancellationToken gone)
    {
        using SemaphoreSlim room = new(window);
        using CancellationTokenSource lost = CancellationTokenSource.CreateLinkedTokenSource(gone);
        int confirmedUpTo = 0;
        try
        {
            await using IChannel channel = await connection.CreateChannelAsync(s_confirms, gone);
            channel.BasicAcksAsync += (_, ack) =>
            {
                int tag = (int)ack.DeliveryTag;
                lock (ledger.Gate)
                {
                    for (int i = ack.Multiple ? confirmedUpTo + 1 : tag; i <= tag; i++)
                    {
                        if (own.Confirmed.Add(i - 1))
                        {
                            history.Confirm(new MessageId(own.Id, i - 1));
                            room.Release();
                            ledger.Count();
                        }
                    }

                    confirmedUpTo = ack.Multiple ? tag : confirmedUpTo;
                }

                return Task.CompletedTask;
            };
            channel.ChannelShutdownAsync += (_, _) => lost.CancelAsync();
            while (true)
            {
                await room.WaitAsync(lost.Token);
                MessageId id;
                lock (ledger.Gate)
                {
                    // Before it is sent: from here on the broker may have it.
                    id = new MessageId(own.Id, own.Sent++);
                    history.Publish(id, own.Queues);
                }

                await channel.BasicPublishAsync(exchange, key, mandatory: false, s_persistent, id.ToBody(), lost.Token);
            }
        }
        catch (Exception e) when (IsLoss(e))
        {
            // The broker was killed: that is the end of this publisher.
        }
    }

    /// <summary>
    /// Consumes and acknowledges those messages that <paramref name="wanted"/> accepts, <paramref name="batch"/> at a time if
    /// more than 1, until the connection is lost. The rest stays unacknowledged.
    /// </summary>
    public static async Task ConsumeAsync(
        IConnection connection, Ledger ledger, ClientChannel history, string queue, ushort prefetch, int batch, Func<MessageId, bool> wanted, CancellationToken gone)
    {
        const int AcksPerMark = 20;
        using CancellationTokenSource lost = CancellationTokenSource.CreateLinkedTokenSource(gone);
        List<MessageId> unacked = [];
        List<int> deliveries = [];
        List<MessageId> unmarked = [];
        Queue<(ulong Tag, long Number, List<MessageId> Acked)> marks = [];
        ulong markTag = 0;
        try
        {
            await using IChannel channel = await connection.CreateChannelAsync(s_confirms, gone);
            channel.ChannelShutdownAsync += (_, _) => lost.CancelAsync();
            channel.BasicAcksAsync += (_, confirm) =>
            {
                lock (ledger.Gate)
                {
                    while (marks.TryPeek(out (ulong Tag, long Number, List<MessageId> Acked) mark) && mark.Tag <= confirm.DeliveryTag)
                    {
                        history.ConfirmOther(mark.Number);
                        ledger[queue].Settled.UnionWith(marks.Dequeue().Acked);
                    }
                }

                return Task.CompletedTask;
            };
            AsyncEventingBasicConsumer consumer = new(channel);
            consumer.ReceivedAsync += async (_, delivery) =>
            {
                if (!MessageId.TryRead(delivery.Body.Span, out MessageId id))
                {
                    return;
                }

                int number = history.Deliver(queue, id, delivery.Redelivered, delivery.Body.Span);
                if (!wanted(id))
                {
                    return;
                }

                unacked.Add(id);
                deliveries.Add(number);
                if (unacked.Count < batch)
                {
                    return;
                }

                lock (ledger.Gate)
                {
                    ledger[queue].AckSent.UnionWith(unacked);
                    history.Ack(deliveries);
                }

                unmarked.AddRange(unacked);
                unacked.Clear();
                deliveries.Clear();
                try
                {
                    await channel.BasicAckAsync(delivery.DeliveryTag, multiple: batch > 1, lost.Token);
                    ledger.Count();
                    if (unmarked.Count >= AcksPerMark)
                    {
                        lock (ledger.Gate)
                        {
                            marks.Enqueue((++markTag, history.PublishOther(Marks), [.. unmarked]));
                        }

                        unmarked.Clear();
                        await channel.BasicPublishAsync("", Marks, mandatory: false, s_persistent, new byte[1], lost.Token);
                    }
                }
                catch (Exception e) when (IsLoss(e))
                {
                    await lost.CancelAsync();
                }
            };
            await channel.BasicQosAsync(0, prefetch, global: false, gone);
            await channel.BasicConsumeAsync(queue, autoAck: false, consumer, gone);
            await Task.Delay(Timeout.Infinite, lost.Token); // waits because the token is the event
        }
        catch (Exception e) when (IsLoss(e))
        {
            // The broker was killed before the consumer was there.
        }
    }

    private static bool IsLoss(Exception e) =>
        e is OperationCanceledException or OperationInterruptedException or IOException or ObjectDisposedException;
}

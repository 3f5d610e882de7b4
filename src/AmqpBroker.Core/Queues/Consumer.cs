using AmqpBroker.Core.Sessions;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Queues;

/// <summary>A subscription of a channel to a queue (basic.consume). Lane only.</summary>
internal sealed class Consumer(ChannelSession channel, MessageQueue queue, ShortString tag)
{
    internal ChannelSession Channel { get; } = channel;

    internal MessageQueue Queue { get; } = queue;

    internal ShortString Tag { get; } = tag;

    internal bool NoAck { get; init; }

    internal bool Exclusive { get; init; }

    /// <summary>x-priority: consumers with a higher one are served first.</summary>
    internal long Priority { get; init; }

    /// <summary>x-consumer-timeout: how long it may leave a delivery unacknowledged, in milliseconds; null: as the queue says.</summary>
    internal long? OwnTimeoutMs { get; init; }

    /// <summary>How long it may leave a delivery unacknowledged, in milliseconds; 0 for as long as it likes.</summary>
    internal long TimeoutMs => OwnTimeoutMs ?? Queue.ConsumerTimeoutMs;

    internal FieldTable Arguments { get; init; } = FieldTable.Empty;

    /// <summary>The channel's per-consumer prefetch when the consumer came (basic.qos global=false); 0 is no limit.</summary>
    internal int Prefetch { get; init; }

    internal int Unacked { get; set; }

    /// <summary>basic.cancel, the channel's end or the queue's end: nothing more is delivered.</summary>
    internal bool Cancelled { get; set; }

    /// <summary>
    /// The number of the channel's reply, among those that wait for the disk, that must be sent before anything is delivered
    /// (its consume-ok, or the last one before it came); 0 when nothing is to be waited for.
    /// </summary>
    internal long HeldBehind { get; set; }

    /// <summary>It is the active one and gets nothing more, because one of a higher priority waits for it to settle what it has.</summary>
    internal bool Yields { get; set; }

    /// <summary>It is in its group's round of those that can take a message.</summary>
    internal bool InRound { get; set; }

    /// <summary>A message can be sent to it now.</summary>
    internal bool HasRoom =>
        !Cancelled && HeldBehind == 0 && !Yields && (NoAck || Prefetch == 0 || Unacked < Prefetch) && Channel.HasRoom;
}

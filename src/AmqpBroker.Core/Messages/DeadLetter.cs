using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Queues;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Messages;

/// <summary>
/// What a dead message becomes: its x-death header counts the death, its expiration is taken away, and its key is the
/// queue's dead-letter routing key if there is one.
/// </summary>
internal sealed class DeadLetter
{
    private static readonly ShortString XDeath = ShortString.FromString("x-death");
    private static readonly ShortString FirstReason = ShortString.FromString("x-first-death-reason");
    private static readonly ShortString FirstQueue = ShortString.FromString("x-first-death-queue");
    private static readonly ShortString FirstExchange = ShortString.FromString("x-first-death-exchange");
    private static readonly ShortString Cc = ShortString.FromString("CC");
    private static readonly ShortString Count = ShortString.FromString("count");
    private static readonly ShortString Reason = ShortString.FromString("reason");
    private static readonly ShortString Queue = ShortString.FromString("queue");
    private static readonly ShortString Time = ShortString.FromString("time");
    private static readonly ShortString ExchangeName = ShortString.FromString("exchange");
    private static readonly ShortString RoutingKeys = ShortString.FromString("routing-keys");
    private static readonly ShortString OriginalExpiration = ShortString.FromString("original-expiration");

    private readonly List<FieldTable> _deaths;

    internal DeadLetter(Message message, MessageQueue queue, DeathReason reason, long nowMs)
    {
        FieldTable headers = message.Headers;
        var copied = new List<ShortString>();
        CarbonCopy.Read(message.HeaderTable, copied);
        _deaths = ReadDeaths(headers);
        Record(message, queue, reason, nowMs, copied);

        var builder = new FieldTableBuilder(headers);
        var events = new FieldValue[_deaths.Count];
        for (int i = 0; i < events.Length; i++)
        {
            events[i] = FieldValue.FromTable(_deaths[i]);
        }

        builder.Set(XDeath, FieldValue.FromArray(events));
        if (!headers.Contains(FirstReason))
        {
            builder.Append(FirstReason, FieldValue.FromString(reason.Name()));
            builder.Append(FirstQueue, FieldValue.FromString(queue.Name));
            builder.Append(FirstExchange, FieldValue.FromString(message.Exchange));
        }

        ShortString? key = queue.Limits.DeadLetterRoutingKey;
        if (key is not null)
        {
            builder.Remove(Cc);
        }

        RoutingKey = key ?? message.RoutingKey;
        CarbonKeys = key is null ? message.CarbonKeys.ToArray() : [];
        Properties = new BasicPropertiesEditor(message.Properties.ToArray())
            .SetHeaders(builder.Build())
            .Remove(BasicProperty.Expiration)
            .Build();
    }

    internal ShortString RoutingKey { get; }

    /// <summary>Further keys it is routed by: those it was published with in CC and BCC, as long as BCC is known.</summary>
    internal ShortString[] CarbonKeys { get; }

    /// <summary>The new content properties: flags and list.</summary>
    internal byte[] Properties { get; }

    /// <summary>
    /// The queues it may go to: not one it has died in before without having been rejected since, which would let it go
    /// round for ever.
    /// </summary>
    internal void Admit(ReadOnlySpan<Destination> routes, List<Destination> admitted)
    {
        foreach (Destination queue in routes)
        {
            if (!IsCycle(queue.Name))
            {
                admitted.Add(queue);
            }
        }
    }

    private bool IsCycle(ShortString queue)
    {
        bool rejected = false;
        foreach (FieldTable death in _deaths)
        {
            rejected |= Holds(death, Reason, DeathReason.Rejected.Name().Bytes);
            if (Holds(death, Queue, queue.Bytes))
            {
                return !rejected;
            }
        }

        return false;
    }

    private void Record(Message message, MessageQueue queue, DeathReason reason, long nowMs, List<ShortString> copied)
    {
        int known = _deaths.FindIndex(d =>
            Holds(d, Queue, queue.Name.Bytes) && Holds(d, Reason, reason.Name().Bytes));
        if (known >= 0)
        {
            FieldTable before = _deaths[known];
            long count = before.TryGetValue(Count, out FieldValue value) && value.TryGetInt64(out long n) ? n : 1;
            _deaths.RemoveAt(known);
            _deaths.Insert(0, new FieldTableBuilder(before).Set(Count, FieldValue.FromInt64(count + 1)).Build());
            return;
        }

        // CC is visible to receivers, BCC is not.
        var keys = new FieldValue[copied.Count + 1];
        keys[0] = FieldValue.FromString(message.RoutingKey);
        for (int i = 0; i < copied.Count; i++)
        {
            keys[i + 1] = FieldValue.FromString(copied[i]);
        }

        var death = new FieldTableBuilder()
            .Append(Count, FieldValue.FromInt64(1))
            .Append(Reason, FieldValue.FromString(reason.Name()))
            .Append(Queue, FieldValue.FromString(queue.Name))
            .Append(Time, FieldValue.FromTimestamp((ulong)(nowMs / 1000)))
            .Append(ExchangeName, FieldValue.FromString(message.Exchange))
            .Append(RoutingKeys, FieldValue.FromArray(keys));
        if (message.ExpirationText is { } expiration)
        {
            death.Append(OriginalExpiration, FieldValue.FromString(expiration));
        }

        _deaths.Insert(0, death.Build());
    }

    /// <summary>The x-death header that came with the message, also from a client; a malformed one is replaced.</summary>
    private static List<FieldTable> ReadDeaths(FieldTable headers)
    {
        var deaths = new List<FieldTable>();
        if (headers.TryGetValue(XDeath, out FieldValue value) && value.Type == FieldType.Array)
        {
            foreach (FieldValue element in value.AsArray())
            {
                if (element.Type == FieldType.Table)
                {
                    Merge(deaths, element.AsTable());
                }
            }
        }

        return deaths;
    }

    /// <summary>Old brokers wrote one entry for each death; they become one entry with their number as its count.</summary>
    private static void Merge(List<FieldTable> deaths, FieldTable death)
    {
        if (!death.Contains(Count))
        {
            int same = deaths.FindIndex(d => Same(d, death, Queue) && Same(d, death, Reason));
            if (same >= 0)
            {
                long count = deaths[same].TryGetValue(Count, out FieldValue value) && value.TryGetInt64(out long n) ? n : 1;
                deaths[same] = new FieldTableBuilder(deaths[same]).Set(Count, FieldValue.FromInt64(count + 1)).Build();
                return;
            }

            death = new FieldTableBuilder(death).Append(Count, FieldValue.FromInt64(1)).Build();
        }

        deaths.Add(death);
    }

    private static bool Same(FieldTable left, FieldTable right, ShortString name) =>
        left.TryGetValue(name, out FieldValue a) && right.TryGetValue(name, out FieldValue b) && a == b;

    private static bool Holds(FieldTable death, ShortString name, ReadOnlySpan<byte> text) =>
        death.TryGetValue(name, out FieldValue value) && value.TryGetBytes(out ReadOnlyMemory<byte> bytes)
        && bytes.Span.SequenceEqual(text);
}

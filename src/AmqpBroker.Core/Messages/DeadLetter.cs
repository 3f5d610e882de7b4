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
    private static readonly ShortString LastReason = ShortString.FromString("x-last-death-reason");
    private static readonly ShortString LastQueue = ShortString.FromString("x-last-death-queue");
    private static readonly ShortString LastExchange = ShortString.FromString("x-last-death-exchange");
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
        bool died = headers.TryGetValue(XDeath, out FieldValue history);
        bool readable = died && history.Type == FieldType.Array;
        _deaths = readable ? Grouped(history.AsArray()) : [];
        Record(message, queue, reason, nowMs, copied, sorted: readable);

        var builder = new FieldTableBuilder(headers);
        if (!died)
        {
            builder.Set(FirstReason, FieldValue.FromString(reason.Name()));
            builder.Set(FirstQueue, FieldValue.FromString(queue.Name));
            builder.Set(FirstExchange, FieldValue.FromString(message.Exchange));
        }

        builder.Set(LastReason, FieldValue.FromString(reason.Name()));
        builder.Set(LastQueue, FieldValue.FromString(queue.Name));
        builder.Set(LastExchange, FieldValue.FromString(message.Exchange));
        var events = new FieldValue[_deaths.Count];
        for (int i = 0; i < events.Length; i++)
        {
            events[i] = FieldValue.FromTable(_deaths[i]);
        }

        builder.Set(XDeath, FieldValue.FromArray(events));
        ShortString? key = queue.Settings.DeadLetterRoutingKey;
        if (key is not null)
        {
            builder.Remove(Cc);
        }

        RoutingKey = key ?? message.RoutingKey;
        CarbonKeys = key is null ? message.CarbonKeys.ToArray() : [];
        HiddenKeys = key is null ? message.HiddenKeys.ToArray() : [];
        Properties = new BasicPropertiesEditor(message.Properties.ToArray())
            .SetHeaders(builder.SortByName().Build()) // as RabbitMQ leaves a table that it has set a value in
            .Remove(BasicProperty.Expiration)
            .Build();
    }

    internal ShortString RoutingKey { get; }

    /// <summary>Further keys it is routed by: those it was published with in CC and BCC.</summary>
    internal ShortString[] CarbonKeys { get; }

    /// <summary>Those of BCC, which go with it though no header tells of them.</summary>
    internal ShortString[] HiddenKeys { get; }

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

    /// <summary>
    /// Counts the death and puts it first. Where an entry's fields are sorted and where not is RabbitMQ's way: everything that
    /// goes through its table functions is.
    /// </summary>
    private void Record(
        Message message, MessageQueue queue, DeathReason reason, long nowMs, List<ShortString> copied, bool sorted)
    {
        int known = _deaths.FindIndex(d =>
            Holds(d, Queue, queue.Name.Bytes) && Holds(d, Reason, reason.Name().Bytes));
        if (known >= 0)
        {
            FieldTable before = _deaths[known];
            long count = before.TryGetValue(Count, out FieldValue value) && value.TryGetInt64(out long n) ? n : 0;
            _deaths.RemoveAt(known);
            _deaths.Insert(0, new FieldTableBuilder(before).Set(Count, FieldValue.FromInt64(count + 1)).SortByName().Build());
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

        _deaths.Insert(0, (sorted ? death.SortByName() : death).Build());
    }

    /// <summary>
    /// The deaths that came with the message, also from a client: one entry for each queue and reason. Old brokers wrote one
    /// for each death; their number becomes the count. Several come out the other way round, as they do in RabbitMQ.
    /// </summary>
    private static List<FieldTable> Grouped(FieldValue[] history)
    {
        var deaths = new List<FieldTable>();
        foreach (FieldValue element in history)
        {
            if (element.Type == FieldType.Table)
            {
                deaths.Add(element.AsTable());
            }
        }

        if (deaths.Count < 2)
        {
            return deaths;
        }

        var grouped = new List<FieldTable>();
        for (int i = 0; i < deaths.Count; i++)
        {
            FieldTable death = deaths[i];
            if (deaths.FindIndex(d => SameEvent(d, death)) < i)
            {
                continue;
            }

            int times = deaths.FindAll(d => SameEvent(d, death)).Count;
            grouped.Insert(0, death.Contains(Count) ? death : WithCount(death, times));
        }

        return grouped;
    }

    private static FieldTable WithCount(FieldTable death, int times)
    {
        var builder = new FieldTableBuilder().Append(Count, FieldValue.FromInt64(times));
        foreach ((ShortString name, FieldValue value) in death)
        {
            builder.Append(name, value);
        }

        return builder.Build();
    }

    private static bool SameEvent(FieldTable left, FieldTable right) => Same(left, right, Queue) && Same(left, right, Reason);

    private static bool Same(FieldTable left, FieldTable right, ShortString name) =>
        left.TryGetValue(name, out FieldValue a) == right.TryGetValue(name, out FieldValue b) && a == b;

    private static bool Holds(FieldTable death, ShortString name, ReadOnlySpan<byte> text) =>
        death.TryGetValue(name, out FieldValue value) && value.TryGetBytes(out ReadOnlyMemory<byte> bytes)
        && bytes.Span.SequenceEqual(text);
}

using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Queues;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// Brings a virtual host back from its journal: the images of the newest checkpoint, then the outcomes logged since. An
/// outcome that a queue's image holds already is skipped by its position. One thread; used once.
/// </summary>
internal sealed partial class Replay(VirtualHost host) : IJournalReplay
{
    private readonly ShortStringCache _names = new();
    private readonly Dictionary<int, DuplicateWindow> _windows = [];
    private readonly Dictionary<MessageQueue, RestoredQueue> _restored = [];
    private long _definitionsStamp;

    /// <summary>Called now and then with the bytes done and the bytes there are.</summary>
    internal Action<long, long>? OnProgress { get; init; }

    public void Progress(long bytesDone, long bytesTotal) => OnProgress?.Invoke(bytesDone, bytesTotal);

    /// <summary>What could not be brought back, in words.</summary>
    internal List<string> Lost { get; } = [];

    /// <summary>What was lost with damaged places, which the journal tells of, in words.</summary>
    internal List<string> LostWithDamage { get; } = [];

    public void Image(long stamp, ReadOnlySpan<byte> image)
    {
        try
        {
            Apply(stamp, image);
        }
        catch (Exception e) when (e is not (InvalidDataException or OutOfMemoryException))
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    public void Record(long position, ReadOnlySpan<byte> record)
    {
        try
        {
            ApplyRecord(position, record);
        }
        catch (Exception e) when (e is not (InvalidDataException or OutOfMemoryException))
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    private void Apply(long stamp, ReadOnlySpan<byte> image)
    {
        var reader = new RecordReader(image, _names);
        var kind = (ImageKind)reader.Byte();
        switch (kind)
        {
            case ImageKind.Definitions:
                _definitionsStamp = stamp;
                ReadDefinitions(ref reader);
                break;
            case ImageKind.Queue:
                ReadQueueWithoutPages(ref reader, stamp);
                break;
            case ImageKind.QueueWithPages:
                ReadQueue(ref reader, stamp);
                break;
            case ImageKind.QueuePart:
                ReadQueuePart(ref reader);
                break;
            case ImageKind.Policies:
                for (int count = reader.Count(); count > 0; count--)
                {
                    host.Policies.Put(PolicyRecords.Read(ref reader));
                }

                break;
            case ImageKind.Window:
                WindowImages.Read(ref reader, _windows[reader.Count()]);
                break;
            case ImageKind.Delays:
                ReadDelays(ref reader);
                break;
            default:
                throw new InvalidDataException($"An image of unknown kind {kind}.");
        }
    }

    private void ApplyRecord(long position, ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record, _names);
        var kind = (RecordKind)reader.Byte();
        switch (kind)
        {
            case RecordKind.Published:
                _isPublish = position >= _definitionsStamp;
                Publish(position, record.Length, ref reader);
                _isPublish = false;
                break;
            case RecordKind.Settled:
                Settle(position, ref reader);
                break;
            case RecordKind.Purged:
                Purge(position, ref reader);
                break;
            case RecordKind.Returned:
                Return(position, ref reader);
                break;
            case RecordKind.Delayed:
                Delay(position, ref reader);
                break;
            case RecordKind.MarkedRedelivered:
                MarkRedelivered(position, ref reader);
                break;
            case RecordKind.Delivered:
                FindQueue(position, ref reader)?.Restore(reader.Number(), 0);
                break;
            case RecordKind.KeySeen:
                SeeKey(ref reader);
                break;
            case RecordKind.Paged:
                break;
            case RecordKind.Moved:
                Move(position, ref reader);
                break;
            default:
                if (position >= _definitionsStamp)
                {
                    Define(kind, ref reader);
                }

                break;
        }
    }

    /// <summary>
    /// All is read: queues get their messages, which stay in the journal until they are wanted, and what may have been
    /// delivered before an unclean stop is marked.
    /// </summary>
    internal void Complete(IJournal journal, bool cleanStop)
    {
        host.Warn = Lost.Add;
        var search = new IndexSearch();
        foreach ((MessageQueue queue, RestoredQueue restored) in _restored)
        {
            if (!cleanStop)
            {
                queue.MarkedAtStart |= queue.DeliveredUpTo > queue.MaybeDeliveredUpTo;
                queue.MaybeDeliveredUpTo = Math.Max(queue.MaybeDeliveredUpTo, queue.DeliveredUpTo);
            }

            restored.Open(journal, search);
        }

        search.Run(journal);
        foreach (RestoredQueue restored in _restored.Values)
        {
            restored.Complete(journal, search, Lost.Add, LostWithDamage.Add);
        }

        foreach (DuplicateWindow window in _windows.Values)
        {
            window.Trim();
        }

        _restored.Clear();
        host.RestorePolicies();
        TellOrphans();
    }

    private void Define(RecordKind kind, ref RecordReader reader)
    {
        switch (kind)
        {
            case RecordKind.ExchangeDeclared:
                ReadExchange(ref reader);
                break;
            case RecordKind.ExchangeDeleted:
                if (host.FindExchange(reader.Name()) is { } exchange)
                {
                    Forget(exchange);
                }

                break;
            case RecordKind.QueueDeclared:
                ReadQueueDefinition(ref reader);
                break;
            case RecordKind.QueueDeleted:
                if (host.FindQueue(reader.Count()) is { } queue)
                {
                    _restored.Remove(queue);
                    host.Forget(queue);
                }

                break;
            case RecordKind.Bound:
                if (ReadBinding(ref reader) is { } bound)
                {
                    bound.Source.Bind(bound);
                }

                break;
            case RecordKind.Unbound:
                if (ReadBinding(ref reader) is { } unbound)
                {
                    unbound.Source.Unbind(unbound);
                }

                break;
            case RecordKind.PolicyPut:
                host.Policies.Put(PolicyRecords.Read(ref reader));
                break;
            case RecordKind.PolicyDeleted:
                (PolicyKind policyKind, string policyName) = PolicyRecords.ReadKey(ref reader);
                host.Policies.Remove(policyKind, policyName);
                break;
            default:
                throw new InvalidDataException($"A record of unknown kind {kind}.");
        }
    }

    private void ReadDefinitions(ref RecordReader reader)
    {
        for (int count = reader.Count(); count > 0; count--)
        {
            ReadExchange(ref reader);
        }

        for (int count = reader.Count(); count > 0; count--)
        {
            ReadQueueDefinition(ref reader);
        }

        for (int count = reader.Count(); count > 0; count--)
        {
            if (ReadBinding(ref reader) is { } binding)
            {
                binding.Source.Bind(binding);
            }
        }
    }

    private void ReadExchange(ref RecordReader reader)
    {
        ShortString name = reader.Name();
        ShortString type = reader.Name();
        bool autoDelete = reader.Flag();
        bool isInternal = reader.Flag();
        FieldTable arguments = reader.Table();
        int stateId = ExchangeTypes.Get(type).KeepsState ? reader.Count() : 0;
        if (host.FindExchange(name) is { } ended && (ended.StateId != stateId || ended.Type.Name != type))
        {
            // It could not have been declared anew without having ended: the record of that is lost.
            Forget(ended);
        }

        Exchange exchange = host.RestoreExchange(
            type,
            new ExchangeProperties(
                name, Durable: true, autoDelete, isInternal, arguments,
                ExchangeArguments.Parse(arguments, name, host.NameText)),
            stateId);
        if (exchange.Hold is { } hold)
        {
            _restored.TryAdd(hold, new RestoredQueue(hold));
        }

        if (exchange is DeduplicationExchange { Window: { } window })
        {
            _windows[stateId] = window;
        }
    }

    private void Forget(Exchange exchange)
    {
        if (exchange.Hold is { } hold)
        {
            _restored.Remove(hold);
        }

        _windows.Remove(exchange.StateId);
        host.Forget(exchange);
    }

    private void SeeKey(ref RecordReader reader)
    {
        if (_windows.TryGetValue(reader.Count(), out DuplicateWindow? window))
        {
            long ordinal = reader.Number();
            DuplicateWindow.Entry entry = WindowImages.ReadEntry(ref reader);
            window.Replay(ordinal, entry, nowMs: reader.Number());
        }
    }

    private void ReadQueueDefinition(ref RecordReader reader)
    {
        int id = reader.Count();
        ShortString name = reader.Name();
        bool autoDelete = reader.Flag();
        if (host.FindQueue(id) is not null)
        {
            // Definitions are written twice.
            return;
        }

        QueueArguments arguments = QueueArguments.FromValidated(reader.Table());
        if (host.FindQueue(name) is { } ended)
        {
            // It could not have been declared anew without having ended: the record of that is lost.
            _restored.Remove(ended);
            host.Forget(ended);
        }

        MessageQueue queue = host.RestoreQueue(id, name, autoDelete, arguments);
        _restored.Add(queue, new RestoredQueue(queue));
    }

    private Binding? ReadBinding(ref RecordReader reader)
    {
        Exchange? source = host.FindExchange(reader.Name());
        bool toExchange = reader.Flag();
        ShortString name = reader.Name();
        Destination? destination = toExchange ? host.FindExchange(name) : host.FindQueue(name);
        ShortString key = reader.Name();
        FieldTable arguments = reader.Table();
        return source is null || destination is null ? null : new Binding(source, destination, key, arguments);
    }

    private RestoredQueue FindRestored(ref RecordReader reader, long stamp, out MessageQueue queue)
    {
        queue = host.FindQueue(reader.Count())
            ?? throw new InvalidDataException("The image of a queue that the definitions do not name.");
        queue.ImageStamp = stamp;
        long nextSequence = reader.Number();
        queue.Restore(deliveredUpTo: reader.Number(), nextSequence);
        return _restored[queue];
    }

    private void ReadQueue(ref RecordReader reader, long stamp)
    {
        RestoredQueue restored = FindRestored(ref reader, stamp, out MessageQueue queue);
        queue.MaybeDeliveredUpTo = reader.Number();
        ReadEntries(ref reader, restored);
    }

    /// <summary>More of an image, of a later time: what happened in between is in the log, and is said of it once more.</summary>
    private void ReadQueuePart(ref RecordReader reader)
    {
        MessageQueue queue = host.FindQueue(reader.Count())
            ?? throw new InvalidDataException("A part of the image of a queue that the definitions do not name.");
        _restored[queue].HasParts = true;
        ReadEntries(ref reader, _restored[queue]);
    }

    private static void ReadEntries(ref RecordReader reader, RestoredQueue restored)
    {
        for (int count = reader.Count(); count > 0; count--)
        {
            restored.Add(PageImage.Read(ref reader));
        }

        StoredEntry entry = StoredEntryCodec.None;
        while (!reader.AtEnd)
        {
            entry = StoredEntryCodec.Read(ref reader, in entry);
            restored.Add(in entry);
        }
    }

    /// <summary>As checkpoints were written before there were pages.</summary>
    private void ReadQueueWithoutPages(ref RecordReader reader, long stamp)
    {
        RestoredQueue restored = FindRestored(ref reader, stamp, out _);
        while (!reader.AtEnd)
        {
            long sequence = reader.Number();
            long deadline = reader.Number();
            restored.AddOld(new StoredEntry
            {
                Sequence = sequence,
                DeadlineMs = deadline == 0 ? QueueEntry.Never : deadline,
                DeliveryCount = reader.Count(),
                Redelivered = reader.Flag(),
                Level = reader.Byte(),
                StoredAt = reader.Number(),
                StoredLength = reader.Count(),
                BodyLength = reader.Number(),
                BodyElsewhere = Message.NotStored,
            });
        }
    }

    private void Publish(long position, int length, ref RecordReader reader)
    {
        PublishedRecord published = PublishedRecord.Read(ref reader, position, length);
        foreach ((int id, long sequence, long deadline) in published.Targets)
        {
            if (FindQueue(position, id) is { } queue)
            {
                NoteMissing(queue, sequence);
                queue.Restore(deliveredUpTo: 0, sequence + 1);
                _restored[queue].Add(published.EntryIn(queue, sequence, deadline));
            }
        }
    }

    private void Settle(long position, ref RecordReader reader)
    {
        if (FindQueue(position, ref reader) is not { } queue)
        {
            return;
        }

        for (int count = reader.Count(); count > 0; count--)
        {
            long first = reader.Number();
            _restored[queue].End(first, first + reader.Number());
        }
    }

    private void Purge(long position, ref RecordReader reader)
    {
        if (FindQueue(position, ref reader) is not { } queue)
        {
            return;
        }

        long upTo = reader.Number();
        var kept = new HashSet<long>();
        for (int count = reader.Count(); count > 0; count--)
        {
            kept.Add(reader.Number());
        }

        _restored[queue].Purge(upTo, kept);
    }

    /// <summary>The queue a record speaks of; null when it is gone, or when its image holds the record's effect already.</summary>
    private MessageQueue? FindQueue(long position, ref RecordReader reader) => FindQueue(position, reader.Count());

    private MessageQueue? FindQueue(long position, int id)
    {
        MessageQueue? queue = host.FindQueue(id);
        if (queue is null && _isPublish)
        {
            NoteOrphan(id);
        }

        return queue is null || position < queue.ImageStamp ? null : queue;
    }
}

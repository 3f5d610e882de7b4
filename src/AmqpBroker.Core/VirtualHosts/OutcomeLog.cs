using System.Runtime.InteropServices;
using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Queues;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// Writes what was decided into the journal, in the order in which it took effect. All that one command causes goes into one
/// batch, and a batch survives a crash whole or not at all. Settled sequences and delivered watermarks are gathered and
/// written once per queue at the end of a turn. Lane only.
/// </summary>
internal sealed partial class OutcomeLog(IJournal journal)
{
    /// <summary>
    /// A batch of this size is handed over although its command has not ended: a batch has an end at 1 GiB, and what a
    /// command copies into the journal (thousands of large dead letters at once) has not.
    /// </summary>
    internal const long SplitBytes = 256L * 1024 * 1024;

    private readonly List<MessageQueue> _withEnded = [];
    private readonly List<MessageQueue> _withDelivered = [];
    private JournalBatch? _batch;
    private bool _awaited;

    /// <summary>Something was logged in this turn that somebody waits for: a publish, a definition.</summary>
    internal bool HasAwaited { get; private set; }

    /// <summary>
    /// Where the last appended batch ends that somebody waits for: what promises durability waits until the journal is durable
    /// up to here, and not for the acknowledgements behind it, whose sync may take its time.
    /// </summary>
    internal long AwaitedEnd { get; private set; }

    internal void ExchangeDeclared(Exchange exchange)
    {
        RecordWriter writer = Begin(RecordKind.ExchangeDeclared, awaited: true);
        Write(writer, exchange);
        _batch!.EndRecord();
        RepeatLater(_defined.Exchanges, exchange.Name);
    }

    internal void ExchangeDeleted(ShortString name)
    {
        RecordWriter writer = Begin(RecordKind.ExchangeDeleted, awaited: true);
        writer.Name(name);
        _batch!.EndRecord();
        RepeatLater(_defined.Exchanges, name);
    }

    internal void QueueDeclared(MessageQueue queue)
    {
        RecordWriter writer = Begin(RecordKind.QueueDeclared, awaited: true);
        Write(writer, queue);
        _batch!.EndRecord();
        RepeatLater(_defined.Queues, queue);
    }

    internal void QueueDeleted(MessageQueue queue)
    {
        RecordWriter writer = Begin(RecordKind.QueueDeleted, awaited: true);
        writer.Number(queue.Id);
        _batch!.EndRecord();
        RepeatLater(_defined.Queues, queue);
    }

    internal void Bound(Binding binding)
    {
        RecordWriter writer = Begin(RecordKind.Bound, awaited: true);
        Write(writer, binding);
        _batch!.EndRecord();
        RepeatLater(_defined.Bindings, binding);
    }

    internal void Unbound(Binding binding)
    {
        RecordWriter writer = Begin(RecordKind.Unbound, awaited: true);
        Write(writer, binding);
        _batch!.EndRecord();
        RepeatLater(_defined.Bindings, binding);
    }

    internal void PolicyPut(Policy policy)
    {
        RecordWriter writer = Begin(RecordKind.PolicyPut, awaited: true);
        PolicyRecords.Write(writer, policy);
        _batch!.EndRecord();
        RepeatLater(_defined.Policies, (policy.Kind, policy.Name));
    }

    internal void PolicyDeleted(PolicyKind kind, string name)
    {
        RecordWriter writer = Begin(RecordKind.PolicyDeleted, awaited: true);
        PolicyRecords.WriteKey(writer, kind, name);
        _batch!.EndRecord();
        RepeatLater(_defined.Policies, (kind, name));
    }

    /// <summary>
    /// A message and the durable queues that keep it; its body is written once, or referred to where it is stored already.
    /// Notes in the message where it lives.
    /// </summary>
    internal void Published(Message message, ReadOnlySpan<Target> targets)
    {
        if (_batch is not null && _batch.Position - journal.NextPosition > SplitBytes)
        {
            // Only what came, not what ended: a crash between the two leaves a message twice, and never nowhere.
            AppendBatch();
        }

        Write(message, targets, awaited: true);
    }

    /// <summary>A message that nobody promised to keep, for want of memory: it names no queue, so a restart passes over it.</summary>
    internal void Spilled(Message message) => Write(message, [], awaited: false);

    /// <summary>The index of a page, which a restart passes over; gives where it stands. Nobody waits for it.</summary>
    internal (long Position, int Length) Paged(MessageQueue queue, byte level, ReadOnlySpan<StoredEntry> entries)
    {
        RecordWriter writer = Begin(RecordKind.Paged, awaited: false);
        long start = _batch!.Position - 1;
        PageRecord.Write(writer, queue.Id, level, entries);
        int length = (int)(_batch.Position - start);
        _batch.EndRecord();
        return (start, length);
    }

    private void Write(Message message, ReadOnlySpan<Target> targets, bool awaited)
    {
        RecordWriter writer = Begin(RecordKind.Published, awaited);
        long start = _batch!.Position - 1;
        bool byReference = message.BodyAt != Message.NotStored;
        ReadOnlySpan<ShortString> hiddenKeys = message.HiddenKeys;
        writer.Byte((byte)((byReference ? StoredMessages.Parts.BodyByReference : 0)
            | (hiddenKeys.IsEmpty ? 0 : StoredMessages.Parts.HiddenKeys)));
        writer.Name(message.Exchange);
        writer.Name(message.RoutingKey);
        writer.Bytes(message.Properties);
        if (!hiddenKeys.IsEmpty)
        {
            writer.Number(hiddenKeys.Length);
            foreach (ShortString key in hiddenKeys)
            {
                writer.Name(key);
            }
        }

        int stored = 0;
        foreach (Target target in targets)
        {
            stored += target.Stored ? 1 : 0;
        }

        writer.Number(stored);
        foreach (Target target in targets)
        {
            if (target.Stored)
            {
                writer.Number(target.Queue.Id);
                writer.Number(target.Sequence);
                writer.Number(target.DeadlineMs == QueueEntry.Never ? 0 : target.DeadlineMs);
            }
        }

        writer.Number(message.BodyLength);
        if (byReference)
        {
            writer.Int64(message.BodyAt);
        }
        else
        {
            message.BodyAt = _batch.Position;
            foreach (ContentSlice piece in message.Body)
            {
                _batch.WriteShared(piece.Memory, piece.Slab!);
            }
        }

        message.StoredAt = start;
        message.StoredLength = (int)(_batch.Position - start);
        message.OwnsBody = !byReference;
        _batch.EndRecord();
    }

    /// <summary>The entry ends. Call it before the entry gives its stored bytes back.</summary>
    internal void Settled(MessageQueue queue, long sequence)
    {
        // The journal keeps the bytes until the batch that is open when they are given back is durable: that one will hold this.
        _batch ??= journal.Begin();
        if (queue.EndedThisTurn.Count == 0)
        {
            _withEnded.Add(queue);
        }

        queue.EndedThisTurn.Add(sequence);
    }

    /// <summary>Everything ready went; what is unacked stays.</summary>
    internal void Purged(MessageQueue queue)
    {
        var kept = new List<long>();
        for (QueueEntry? entry = queue.First; entry is not null; entry = entry.Newer)
        {
            if (entry.State is (EntryState.Unacked or EntryState.Dying) && entry.Stored)
            {
                kept.Add(entry.Sequence);
            }
        }

        RecordWriter writer = Begin(RecordKind.Purged, awaited: true);
        writer.Number(queue.Id);
        writer.Number(queue.NextSequence - 1);
        writer.Number(kept.Count);
        foreach (long sequence in CollectionsMarshal.AsSpan(kept))
        {
            writer.Number(sequence);
        }

        _batch!.EndRecord();
    }

    /// <summary>A consumer gave it back: it counts as delivered once more. Nobody waits for this.</summary>
    internal void Returned(MessageQueue queue, long sequence, int deliveryCount)
    {
        RecordWriter writer = Begin(RecordKind.Returned, awaited: false);
        writer.Number(queue.Id);
        writer.Number(sequence);
        writer.Number(deliveryCount);
        _batch!.EndRecord();
    }

    /// <summary>As <see cref="Returned"/>, and it waits until then before it is ready again.</summary>
    internal void Delayed(MessageQueue queue, long sequence, long untilMs, int deliveryCount)
    {
        RecordWriter writer = Begin(RecordKind.Delayed, awaited: false);
        writer.Number(queue.Id);
        writer.Number(sequence);
        writer.Number(untilMs);
        writer.Number(deliveryCount);
        _batch!.EndRecord();
    }

    /// <summary>What may have been delivered before a crash is marked; the mark is kept over the stops to come.</summary>
    internal void MarkedRedelivered(MessageQueue queue, long upToSequence)
    {
        RecordWriter writer = Begin(RecordKind.MarkedRedelivered, awaited: false);
        writer.Number(queue.Id);
        writer.Number(upToSequence);
        _batch!.EndRecord();
    }

    /// <summary>A deduplication exchange has seen a key. Who publishes a persistent message waits for it.</summary>
    internal void KeySeen(DeduplicationExchange exchange, long ordinal, DuplicateWindow.Entry entry, long nowMs, bool awaited)
    {
        RecordWriter writer = Begin(RecordKind.KeySeen, awaited);
        writer.Number(exchange.StateId);
        writer.Number(ordinal);
        WindowImages.Write(writer, entry);
        writer.Number(nowMs);
        _batch!.EndRecord();
    }

    internal void NoteDelivered(MessageQueue queue)
    {
        if (!queue.DeliveredThisTurn)
        {
            queue.DeliveredThisTurn = true;
            _withDelivered.Add(queue);
        }
    }

    /// <summary>
    /// Somebody waits for the settlements of this command (tx.commit): they are synced with it, as is what is logged at its
    /// end only, because it came back too often.
    /// </summary>
    internal void AwaitSettlements()
    {
        _awaited = true;
        HasAwaited = true;
    }

    /// <summary>Between two commands: hands a full batch over, so that the disk can begin with it.</summary>
    internal void AppendIfFull()
    {
        if (_batch is { IsFull: true })
        {
            Append();
        }
    }

    /// <summary>Hands everything logged in the turn over. Afterwards <see cref="AwaitedEnd"/> is right.</summary>
    internal void Append()
    {
        WriteEnded();
        WriteDelivered();
        AppendBatch();
    }

    private void AppendBatch()
    {
        if (_batch is null)
        {
            return;
        }

        JournalBatch batch = _batch;
        _batch = null;
        bool awaited = _awaited;
        _awaited = false;
        batch.Lazy = !awaited;
        journal.Append(batch);
        if (awaited)
        {
            AwaitedEnd = journal.NextPosition;
        }
    }

    internal void EndTurn()
    {
        WriteRepeats();
        Append();
        HasAwaited = false;
        _awaited = false;
    }

    internal static void Write(RecordWriter writer, Exchange exchange)
    {
        writer.Name(exchange.Name);
        writer.Name(exchange.Type.Name);
        writer.Flag(exchange.AutoDelete);
        writer.Flag(exchange.Internal);
        writer.Table(exchange.Arguments);
        if (exchange.Type.KeepsState)
        {
            writer.Number(exchange.StateId);
        }
    }

    internal static void Write(RecordWriter writer, MessageQueue queue)
    {
        writer.Number(queue.Id);
        writer.Name(queue.Name);
        writer.Flag(queue.AutoDelete);
        writer.Table(queue.Arguments.Table);
    }

    internal static void Write(RecordWriter writer, Binding binding)
    {
        writer.Name(binding.Source.Name);
        writer.Flag(binding.Destination.IsExchange);
        writer.Name(binding.Destination.Name);
        writer.Name(binding.RoutingKey);
        writer.Table(binding.Arguments);
    }

    private RecordWriter Begin(RecordKind kind, bool awaited)
    {
        _batch ??= journal.Begin();
        _awaited |= awaited && !_repeating;
        HasAwaited |= awaited && !_repeating;
        _batch.BeginRecord();
        var writer = new RecordWriter(_batch);
        writer.Byte((byte)kind);
        return writer;
    }

    private void WriteEnded()
    {
        foreach (MessageQueue queue in CollectionsMarshal.AsSpan(_withEnded))
        {
            if (!queue.Deleted)
            {
                RecordWriter writer = Begin(RecordKind.Settled, awaited: false);
                writer.Number(queue.Id);
                writer.Number(queue.EndedThisTurn.Count);
                foreach (SequenceRanges.Range range in queue.EndedThisTurn.All)
                {
                    writer.Number(range.First);
                    writer.Number(range.Last - range.First);
                }

                _batch!.EndRecord();
            }

            queue.EndedThisTurn.Clear();
        }

        _withEnded.Clear();
    }

    private void WriteDelivered()
    {
        foreach (MessageQueue queue in CollectionsMarshal.AsSpan(_withDelivered))
        {
            queue.DeliveredThisTurn = false;
            if (!queue.Deleted)
            {
                RecordWriter writer = Begin(RecordKind.Delivered, awaited: false);
                writer.Number(queue.Id);
                writer.Number(queue.DeliveredUpTo);
                _batch!.EndRecord();
            }
        }

        _withDelivered.Clear();
    }
}

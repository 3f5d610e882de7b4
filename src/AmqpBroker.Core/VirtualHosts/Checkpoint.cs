using System.Buffers;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Queues;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// Writes the durable state into a checkpoint over many turns of the lane: the definitions first, then one queue after the
/// other, each image stamped with the position it is consistent with. Lane only.
/// </summary>
internal sealed class Checkpoint
{
    private readonly VirtualHost _host;
    private readonly IJournal _journal;
    private readonly ICheckpointWriter _writer;
    private readonly Queue<MessageQueue> _left;
    private readonly WindowImages _windows;
    private readonly ArrayBufferWriter<byte> _image = new();
    private QueueImage? _queue;
    private MessageQueue? _delaysOf;

    internal Checkpoint(VirtualHost host, IJournal journal)
    {
        _host = host;
        _journal = journal;
        host.Log.Append();
        host.Memory.CheckpointBegins();
        _writer = journal.BeginCheckpoint();
        _left = new Queue<MessageQueue>(host.Holders.Where(static q => q.Durable));
        _windows = new WindowImages(host);
        WriteDefinitions();
        WritePolicies();
    }

    /// <summary>Not complete, and no more can be written until the disk has taken some.</summary>
    internal bool LacksRoom { get; private set; }

    /// <summary>Writes the next images. Gives true when the checkpoint is complete; it becomes durable in the background.</summary>
    internal bool Continue()
    {
        _host.Log.Append();
        int written = 0;
        while (_left.Count > 0 || _queue is not null || !_windows.IsDone)
        {
            LacksRoom = !_writer.HasRoom;
            if (written > _host.Limits.ImagePartBytes || LacksRoom)
            {
                return false;
            }

            if (WriteNext())
            {
                // A part that is not the last is a turn's work.
                written += _queue is null ? _image.WrittenCount : _host.Limits.ImagePartBytes + 1;
                Add();
                WriteDelays();
            }
        }

        _writer.Complete();
        return true;
    }

    /// <summary>Fills the next image. Gives false if what it was to be of is gone.</summary>
    private bool WriteNext()
    {
        if (!_windows.IsDone)
        {
            return _windows.Write(new RecordWriter(_image));
        }

        if (_queue is null)
        {
            MessageQueue queue = _left.Dequeue();
            if (queue.Deleted)
            {
                return false;
            }

            _queue = new QueueImage(queue);
        }

        if (_queue.Queue.Deleted)
        {
            EndQueue();
            return false;
        }

        if (_queue.WritePart(_image))
        {
            _delaysOf = _queue.Queue;
            EndQueue();
        }

        return true;
    }

    /// <summary>It is not gone on with: the journal has given it up.</summary>
    internal void Abandon() => EndQueue();

    private void EndQueue()
    {
        _queue?.End();
        _queue = null;
    }

    private void WriteDefinitions()
    {
        var writer = new RecordWriter(_image);
        writer.Byte((byte)ImageKind.Definitions);
        Exchange[] exchanges = [.. _host.Exchanges.Values.Where(static e => e.Durable && !e.Name.IsEmpty)];
        writer.Number(exchanges.Length);
        foreach (Exchange exchange in exchanges)
        {
            OutcomeLog.Write(writer, exchange);
        }

        MessageQueue[] queues = [.. _host.Queues.Values.Where(static q => q.Durable)];
        writer.Number(queues.Length);
        foreach (MessageQueue queue in queues)
        {
            OutcomeLog.Write(writer, queue);
        }

        Binding[] bindings = [.. exchanges.SelectMany(static e => e.Bindings).Where(static b => b.Durable)];
        writer.Number(bindings.Length);
        foreach (Binding binding in bindings)
        {
            OutcomeLog.Write(writer, binding);
        }

        Add();
    }

    /// <summary>An image of their own: what wrote checkpoints before there were policies had none.</summary>
    private void WritePolicies()
    {
        if (_host.Policies.Count == 0)
        {
            return;
        }

        var writer = new RecordWriter(_image);
        writer.Byte((byte)ImageKind.Policies);
        writer.Number(_host.Policies.Count);
        foreach (Policy policy in _host.Policies.All)
        {
            PolicyRecords.Write(writer, policy);
        }

        Add();
    }

    /// <summary>An image of its own behind the queue's: few queues have any.</summary>
    private void WriteDelays()
    {
        MessageQueue? queue = _delaysOf;
        _delaysOf = null;
        if (queue is null || queue.DelayedCount == 0)
        {
            return;
        }

        var writer = new RecordWriter(_image);
        writer.Byte((byte)ImageKind.Delays);
        writer.Number(queue.Id);
        foreach ((long untilMs, QueueEntry entry) in queue.DelayedEntries)
        {
            if (entry.Stored)
            {
                writer.Number(entry.Sequence);
                writer.Number(untilMs);
            }
        }

        Add();
    }

    private void Add()
    {
        _writer.Add(_journal.NextPosition, _image.WrittenSpan);
        _image.ResetWrittenCount();
    }
}

using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <content>Messages that leave the place where they stood, so that it comes back to the disk. Nobody waits for it.</content>
internal sealed partial class OutcomeLog
{
    /// <summary>
    /// Writes a message once more; a restart passes over it until <see cref="Moved"/> says whose it is. Its body is written unless
    /// the message refers to one. Notes in the message where it lives.
    /// </summary>
    internal void Copied(Message message) => Write(message, [], awaited: false);

    /// <summary>Messages of a queue stand somewhere else from now on.</summary>
    internal void Moved(MessageQueue queue, ReadOnlySpan<StoredEntry> entries)
    {
        RecordWriter writer = Begin(RecordKind.Moved, awaited: false);
        MovedRecord.Write(writer, queue.Id, entries);
        _batch!.EndRecord();
    }
}

namespace AmqpBroker.Core.VirtualHosts;

/// <content>Messages that were written once more, so that the place where they stood comes back to the disk.</content>
internal sealed partial class Replay
{
    private void Move(long position, ref RecordReader reader)
    {
        if (FindQueue(position, ref reader) is not { } queue)
        {
            return;
        }

        foreach (Backlog.StoredEntry moved in MovedRecord.Read(ref reader))
        {
            _restored[queue].Move(in moved);
        }
    }
}

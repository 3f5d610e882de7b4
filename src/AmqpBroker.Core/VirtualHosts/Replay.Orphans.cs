namespace AmqpBroker.Core.VirtualHosts;

/// <content>Messages of queues that nobody knows: both records of the declaration are damaged.</content>
internal sealed partial class Replay
{
    private readonly SortedDictionary<int, int> _orphans = [];
    private bool _isPublish;

    private void NoteOrphan(int id) => _orphans[id] = _orphans.GetValueOrDefault(id) + 1;

    private void TellOrphans()
    {
        foreach ((int id, int count) in _orphans)
        {
            Lost.Add($"{count} messages are of queue number {id}, whose declaration is lost");
        }
    }
}

using AmqpBroker.Core.Backlog;

namespace AmqpBroker.Core.Queues;

/// <summary>What messages need that move in the journal: walks over entries, and pages whose index changes.</summary>
internal partial class MessageQueue
{
    private List<ChainWalk>? _walks;

    /// <summary>A checkpoint writes what it holds, part by part: meanwhile nothing goes into pages, and pages stay what they are.</summary>
    internal bool IsImaged { get; set; }

    /// <summary>Begins a walk over all entries in memory. <see cref="EndWalk"/> must follow.</summary>
    internal ChainWalk BeginWalk()
    {
        var walk = new ChainWalk();
        walk.Begin(_first);
        (_walks ??= []).Add(walk);
        return walk;
    }

    internal void EndWalk(ChainWalk walk)
    {
        _walks!.Remove(walk);
        if (_walks.Count == 0)
        {
            _walks = null;
        }
    }

    private void PassWalks(QueueEntry entry)
    {
        foreach (ChainWalk walk in _walks!)
        {
            walk.Pass(entry);
        }
    }

    /// <summary>The page's messages are on their way into memory.</summary>
    internal bool IsReading(ColdPage page) => _reading is PageRead read && ReferenceEquals(read.Page, page);

    /// <summary>The same messages, of which some have another place in the journal.</summary>
    internal void Replace(ColdPage page, ColdPage with)
    {
        _levels[page.Level].Replace(page, with);
        with.NotBeforeMs = page.NotBeforeMs;
        page.Dropped = true;
        _host.Retire(page);
        if (with.NextDeadlineMs != QueueEntry.Never)
        {
            NoteColdDeadline(with);
            Arm();
        }
    }
}

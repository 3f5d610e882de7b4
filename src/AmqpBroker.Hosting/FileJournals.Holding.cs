using AmqpBroker.Core.Brokers;
using AmqpBroker.Storage;

namespace AmqpBroker.Hosting;

/// <content>Holding the files of all journals for a backup.</content>
internal sealed partial class FileJournals
{
    // Guarded by the lock, as is the set.
    private readonly object _gate = new();
    private readonly HashSet<string> _held = [];
    private bool _isHeld;

    /// <summary>
    /// Holds all journals' files as they are. Blocks for a moment. Null when somebody holds them already.
    /// </summary>
    public HeldJournals? TryHold()
    {
        string[] names;
        lock (_gate)
        {
            if (_isHeld)
            {
                return null;
            }

            _isHeld = true;
            names = [.. _open.Keys];
            _held.UnionWith(names);
        }

        List<HeldFiles> files = [];
        try
        {
            // The accounts last: a virtual host that is made meanwhile is then known and empty, or not known at all, and one
            // that is deleted meanwhile is known to be.
            foreach (string name in names.OrderBy(static n => n == Broker.AccountsJournal).ThenBy(static n => n, StringComparer.Ordinal))
            {
                if (_open.TryGetValue(name, out FileJournal? journal) && journal.HoldFiles() is { } held)
                {
                    files.Add(held);
                }
            }

            return new HeldJournals(files, Release);
        }
        catch
        {
            files.ForEach(static f => f.Dispose());
            Release();
            throw;
        }
    }

    private void Release()
    {
        lock (_gate)
        {
            _isHeld = false;
            _held.Clear();
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The files of a deleted virtual host stay while they are copied.</summary>
    private void AwaitRelease(string name)
    {
        lock (_gate)
        {
            while (_held.Contains(name))
            {
                Monitor.Wait(_gate);
            }

            _open.TryRemove(name, out _);
        }
    }
}

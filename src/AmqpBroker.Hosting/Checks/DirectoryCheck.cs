using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Storage;

namespace AmqpBroker.Hosting.Checks;

/// <summary>
/// Verifies a data directory that no broker uses: tries a start of it in memory, counts what would be served, and reads what a
/// start leaves to later. Changes nothing on the disk.
/// </summary>
internal static class DirectoryCheck
{
    /// <summary>Checks.</summary>
    /// <exception cref="UnsupportedFormatException">A newer broker wrote it.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static async Task<CheckReport> RunAsync(string directory, CancellationToken cancellation)
    {
        var journals = new TriedJournals(directory);
        foreach (string journal in StoreFolders.JournalsIn(directory))
        {
            FileJournal.CheckFormat(FileSystems.Machine, journal);
        }

        if (!journals.Existing.Contains(Broker.AccountsJournal))
        {
            return Result(directory, ["the accounts' journal is missing: a start would make the default user and virtual host anew"], [], []);
        }

        List<string> told = [];
        List<VirtualHostReport> hosts = [];
        using (Broker broker = Broker.Open(new BrokerOptions(), journals, new FrozenTime(), e => Tell(told, e.Message), what => Tell(told, what)))
        {
            foreach (VirtualHostView host in new BrokerView(broker).VirtualHosts)
            {
                IReadOnlyList<QueueInfo> queues = await host.ListQueuesAsync(cancellation).ConfigureAwait(false);
                hosts.Add(new VirtualHostReport(
                    host.Name, [.. queues.Where(static q => q.Durable).Select(static q => new QueueReport(q.Name, (long)q.ReadyMessages + q.UnackedMessages + q.DelayedMessages, q.ReadyBytes))]));
            }
        }

        cancellation.ThrowIfCancellationRequested();
        return Result(directory, told, [.. journals.Existing.Order(StringComparer.Ordinal).Select(name => Report(directory, name, journals.Found.GetValueOrDefault(name)))], hosts);
    }

    private static CheckReport Result(string directory, List<string> told, List<JournalReport> journals, List<VirtualHostReport> hosts) => new()
    {
        Directory = directory,
        Whole = told.Count == 0 && journals.TrueForAll(static j => j.Damage.Count == 0),
        Damage = told,
        Journals = journals,
        VirtualHosts = hosts,
    };

    private static JournalReport Report(string directory, string name, RecoveryInfo? found)
    {
        ScanResult scan = SegmentScan.Run(FileSystems.Machine, Path.Combine(directory, StoreFolders.Journals, name), found?.ReplayedFrom ?? long.MaxValue);
        return new JournalReport
        {
            Name = name,
            Files = scan.Files,
            Bytes = scan.Bytes,
            Batches = scan.Batches + (found?.Batches ?? 0),
            Images = found?.Images ?? 0,
            ReplayedFrom = found?.ReplayedFrom ?? 0,
            CleanStop = found?.CleanStop ?? false,
            TailBytes = found?.TruncatedTailBytes ?? 0,
            PutAside = scan.PutAside,
            Damage = [.. (found?.Quarantined ?? []).Concat(scan.Damage).Select(static d => new DamageReport(d.File, d.Position, d.Length, d.Reason))],
        };
    }

    private static void Tell(List<string> told, string what)
    {
        lock (told)
        {
            told.Add(what);
        }
    }
}

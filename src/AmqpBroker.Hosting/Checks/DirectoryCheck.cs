using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Storage;

namespace AmqpBroker.Hosting.Checks;

/// <summary>
/// Verifies a data directory that no broker uses: tries a start of it in memory, counts what would be served, and reads what a
/// start leaves to later. Changes nothing on the disk.
/// </summary>
internal static class DirectoryCheck
{
    /// <summary>The budget of memory for messages: none is to be read before it is asked for.</summary>
    private static readonly BrokerOptions s_options = new() { Limits = new VirtualHostLimits { ReadyMessageBytes = 1 } };

    /// <summary>Checks. <paramref name="progress"/> is asked for who is told of a long part: what it is, and how many bytes it has.</summary>
    /// <exception cref="UnsupportedFormatException">A newer broker wrote it.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static async Task<CheckReport> RunAsync(string directory, Func<string, long, Action<long>> progress, CancellationToken cancellation)
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
        using (Broker broker = Broker.Open(s_options, journals, new FrozenTime(), e => Tell(told, e.Message), what => Tell(told, what)))
        {
            foreach (VirtualHostView host in new BrokerView(broker).VirtualHosts)
            {
                IReadOnlyList<QueueInfo> queues = await host.ListQueuesAsync(cancellation).ConfigureAwait(false);
                Action<long> read = progress($"messages of virtual host '{host.Name}' read", queues.Where(static q => q.Durable).Sum(static q => q.ReadyBytes));
                Dictionary<string, QueueVerification> damaged = (await host.VerifyBacklogAsync(read, cancellation).ConfigureAwait(false)).ToDictionary(static d => d.Queue);
                hosts.Add(new VirtualHostReport(host.Name, [.. queues.Where(static q => q.Durable).Select(q => Report(q, damaged.GetValueOrDefault(q.Name)))]));
            }
        }

        cancellation.ThrowIfCancellationRequested();
        string[] names = [.. journals.Existing.Order(StringComparer.Ordinal)];
        Action<long> verified = progress("files verified", names.Sum(name => SizeOf(Path.Combine(directory, StoreFolders.Journals, name))));
        return Result(directory, told, [.. names.Select(name => Report(directory, name, journals.Found.GetValueOrDefault(name), verified))], hosts);
    }

    private static long SizeOf(string journal) => Directory.EnumerateFiles(journal).Sum(static f => new FileInfo(f).Length);

    private static QueueReport Report(QueueInfo queue, QueueVerification? damage) =>
        new(queue.Name, (long)queue.ReadyMessages + queue.UnackedMessages + queue.DelayedMessages, queue.ReadyBytes)
        {
            Damaged = damage?.Damaged ?? 0,
            WithoutIndex = damage?.WithoutIndex ?? 0,
            Why = damage?.Why,
        };

    private static CheckReport Result(string directory, List<string> told, List<JournalReport> journals, List<VirtualHostReport> hosts) => new()
    {
        Directory = directory,
        Whole = told.Count == 0 && journals.TrueForAll(static j => j.Damage.Count == 0) && !hosts.Exists(static h => h.Queues.Any(static q => q.Why is not null)),
        Damage = told,
        Journals = journals,
        VirtualHosts = hosts,
    };

    private static JournalReport Report(string directory, string name, RecoveryInfo? found, Action<long> verified)
    {
        ScanResult scan = SegmentScan.Run(FileSystems.Machine, Path.Combine(directory, StoreFolders.Journals, name), found?.ReplayedFrom ?? long.MaxValue, verified);
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

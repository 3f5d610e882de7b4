using System.Text;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Storage;
using AmqpBroker.Testing;

namespace AmqpBroker.Core.Tests.Damage;

/// <summary>A broker started on a simulated disk: what it serves, and what it said was damaged.</summary>
internal sealed class OpenedBroker : IJournalFactory, IDisposable
{
    /// <summary>Where in all headers the version stands.</summary>
    private const int VersionAt = 4;

    private readonly SimulatedFileSystem _disk;
    private readonly List<FileJournal> _journals = [];
    private readonly Broker _broker;

    private OpenedBroker(SimulatedFileSystem disk, long checkpointBytes)
    {
        _disk = disk;
        _broker = Broker.Open(new BrokerOptions { CheckpointBytes = checkpointBytes }, this, new ManualClock(), e => Failures.Add(e), what => Warnings.Add(what));
    }

    /// <summary>What ended it; nothing should.</summary>
    public List<Exception> Failures { get; } = [];

    /// <summary>What was told of what is lost.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>What was put aside.</summary>
    public List<QuarantinedRange> PutAside { get; } = [];

    /// <summary>Bytes taken for an unfinished tail.</summary>
    public long TailBytes { get; private set; }

    /// <summary>Something was said of damage.</summary>
    public bool Reported => Warnings.Count > 0 || PutAside.Count > 0 || TailBytes > 0;

    /// <summary>All that it keeps, a line each.</summary>
    public HashSet<string> State { get; } = [];

    /// <summary>The same data as today's version keeps it: with a checkpoint of its own for all journals, and closed in order.</summary>
    public static DirectoryImage Upgrade(DirectoryImage image)
    {
        SimulatedFileSystem disk = image.ToDisk();
        using (OpenedBroker broker = new(disk, checkpointBytes: 1))
        {
            // Nothing changes by it, but it is a change, and so makes a checkpoint.
            broker._broker.Administration.SetUserTagsAsync("guest", ["administrator"]).GetAwaiter().GetResult();
            foreach (VirtualHostView host in new BrokerView(broker._broker).VirtualHosts)
            {
                host.PingAsync(CancellationToken.None).GetAwaiter().GetResult();
            }

            Xunit.Assert.True(
                SpinWait.SpinUntil(() => disk.Paths.Where(IsManifest).All(p => disk.ReadAll(p)[VersionAt] > 1) && disk.Paths.Any(IsManifest), TimeSpan.FromSeconds(30)),
                "no checkpoint of today's version was written");
        }

        return DirectoryImage.Of(disk);
    }

    public static OpenedBroker Open(SimulatedFileSystem disk)
    {
        OpenedBroker opened = new(disk, checkpointBytes: 64L * 1024 * 1024);
        AccountsState accounts = opened._broker.Accounts.State;
        opened.State.UnionWith(accounts.ToChanges().Select(static c => $"account {Describe(c)}"));
        foreach (VirtualHostRuntime host in opened._broker.VirtualHosts)
        {
            string queue = "";
            foreach (string line in DescribeWhenAllIsRead(host).Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries))
            {
                queue = line.StartsWith("queue ", StringComparison.Ordinal) ? line.Split(' ')[1] : queue;
                opened.State.Add(line.StartsWith("message ", StringComparison.Ordinal) ? $"{host.Name} {queue} {line}" : $"{host.Name} {line}");
            }
        }

        return opened;
    }

    /// <summary>What a start brings into memory it has looked at, and said what of it is damaged.</summary>
    private static string DescribeWhenAllIsRead(VirtualHostRuntime host)
    {
        while (true)
        {
            var look = new Look(host.Host);
            if (!host.Post(look))
            {
                look.Done.Task.GetAwaiter().GetResult();
            }

            if (look.Text is { } text)
            {
                return text;
            }

            Thread.Yield();
        }
    }

    private sealed class Look(VirtualHost host) : LaneWork
    {
        internal TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal string? Text { get; private set; }

        public override void Execute() => Text = host.IsWarmingUp ? null : DurableState.Describe(host);

        public override void Completed() => Done.SetResult();
    }

    private static bool IsManifest(string path) => path.EndsWith(".manifest", StringComparison.Ordinal);

    IEnumerable<string> IJournalFactory.Existing => _disk.Paths.Where(static p => p.StartsWith("/data/vhosts/", StringComparison.Ordinal)).Select(static p => p.Split('/')[3]).Distinct();

    IJournal IJournalFactory.Open(string name, IJournalReplay replay, out bool cleanStop)
    {
        FileJournal journal = FileJournal.Open(
            new FileJournalOptions { Directory = "/data/vhosts/" + name, FirstSegmentBytes = FileJournalOptions.SmallestSegmentBytes }, _disk, replay);
        _journals.Add(journal);
        cleanStop = journal.Recovery.CleanStop;
        PutAside.AddRange(journal.Recovery.Quarantined);
        TailBytes += journal.Recovery.TruncatedTailBytes;
        return journal;
    }

    public void Dispose() => _broker.Dispose();

    private static string Describe(AccountChange change)
    {
        var record = new System.Buffers.ArrayBufferWriter<byte>();
        change.Write(new RecordWriter(record));
        return $"{change.GetType().Name} {Encoding.Latin1.GetString(record.WrittenSpan)}";
    }
}

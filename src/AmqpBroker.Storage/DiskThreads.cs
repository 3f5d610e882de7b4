namespace AmqpBroker.Storage;

/// <summary>
/// The few threads on which blocking disk calls run: two for commits, one for reading back and one for work in the background,
/// shared by all journals, whatever their number.
/// </summary>
public sealed class DiskThreads
{
    /// <summary>More would only queue in the disk; fewer would let one slow sync hold every journal.</summary>
    private const int CommitThreads = 2;

    private readonly DiskThread[] _commit = new DiskThread[CommitThreads];
    private readonly DiskThread _background = new("disk background");
    private readonly DiskThread _reads = new("disk reads");
    private int _next = -1;

    /// <summary>Creates the threads; each starts when it has work.</summary>
    public DiskThreads()
    {
        for (int i = 0; i < _commit.Length; i++)
        {
            _commit[i] = new DiskThread($"disk commit {i}");
        }
    }

    /// <summary>Those of the process.</summary>
    public static DiskThreads Shared { get; } = new();

    internal DiskTask ForCommits(IDiskWork work) =>
        new(_commit[(int)((uint)Interlocked.Increment(ref _next) % CommitThreads)], work);

    internal DiskTask ForReads(IDiskWork work) => new(_reads, work);

    internal DiskTask ForBackground(IDiskWork work) => new(_background, work);
}

namespace AmqpBroker.Server.Alarms;

/// <summary>Measures this process and the machine or container it runs in.</summary>
/// <param name="dataDirectory">Whose file system counts; it exists.</param>
/// <param name="storeIsFull">Whether a journal waits for room.</param>
/// <param name="freeDisk">Has journals give back what they can.</param>
public sealed class MachineGauge(string dataDirectory, Func<bool> storeIsFull, Action freeDisk) : IResourceGauge
{
    private readonly string _dataDirectory = Path.GetFullPath(dataDirectory);

    /// <inheritdoc/>
    public long MemoryTotal { get; } = MachineMemory.Read();

    /// <inheritdoc/>
    public long MemoryUsed => Environment.WorkingSet;

    /// <inheritdoc/>
    public long? DiskFree
    {
        get
        {
            try
            {
                return new DriveInfo(_dataDirectory).AvailableFreeSpace;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                // A path that is no drive of its own (a network share, say), or one that is away for now: not a shortage.
                return null;
            }
        }
    }

    /// <inheritdoc/>
    public bool StoreIsFull => storeIsFull();

    /// <inheritdoc/>
    public void FreeDisk() => freeDisk();

    /// <inheritdoc/>
    public void FreeMemory() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
}

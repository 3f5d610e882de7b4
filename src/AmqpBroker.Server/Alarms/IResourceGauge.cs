namespace AmqpBroker.Server.Alarms;

/// <summary>Measures what alarms are about. Called by one thread at a time, some times a second.</summary>
public interface IResourceGauge
{
    /// <summary>The memory of the machine, or of the container if that is less, in bytes.</summary>
    long MemoryTotal { get; }

    /// <summary>The memory that the process occupies, in bytes.</summary>
    long MemoryUsed { get; }

    /// <summary>The free space where the data directory is, in bytes; null when it cannot be told.</summary>
    long? DiskFree { get; }

    /// <summary>Whether a journal waits for room, however much there seems to be (a quota, say).</summary>
    bool StoreIsFull { get; }

    /// <summary>Gives memory that nobody uses any more back to the system. May take a while.</summary>
    void FreeMemory();

    /// <summary>Has disk space given back that the store can spare. Returns at once; called at every look while space is short.</summary>
    void FreeDisk()
    {
    }
}

using AmqpBroker.Server.Alarms;

namespace AmqpBroker.Server.Tests.Support;

/// <summary>Measures what the test says.</summary>
internal sealed class TestGauge : IResourceGauge
{
    public long MemoryTotal { get; set; } = 10_000;

    public long MemoryUsed { get; set; }

    public long? DiskFree { get; set; } = 1L << 40;

    public bool StoreIsFull { get; set; }

    /// <summary>What of the used memory nobody needs.</summary>
    public long Garbage { get; set; }

    public int FreedTimes { get; private set; }

    public int DiskFreed { get; private set; }

    public void FreeDisk() => DiskFreed++;

    public void FreeMemory()
    {
        FreedTimes++;
        MemoryUsed -= Garbage;
        Garbage = 0;
    }
}

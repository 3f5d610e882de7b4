namespace AmqpBroker.Server.Alarms;

/// <summary>How the resources stood at the last look.</summary>
/// <param name="Active">What is short.</param>
/// <param name="MemoryUsed">In bytes.</param>
/// <param name="MemoryLimit">In bytes.</param>
/// <param name="DiskFree">In bytes; null when it cannot be told.</param>
/// <param name="DiskFreeLimit">In bytes.</param>
public sealed record AlarmReport(Shortages Active, long MemoryUsed, long MemoryLimit, long? DiskFree, long DiskFreeLimit)
{
    /// <summary>The memory alarm is on.</summary>
    public bool Memory => Active.HasFlag(Shortages.Memory);

    /// <summary>The disk alarm is on.</summary>
    public bool Disk => Active.HasFlag(Shortages.Disk);
}

namespace AmqpBroker.Server.Alarms;

/// <summary>The resources that are short at a moment.</summary>
[Flags]
public enum Shortages
{
    /// <summary>There is enough of everything.</summary>
    None = 0,

    /// <summary>The disk's free space is below its limit, or a journal waits for room.</summary>
    Disk = 1,

    /// <summary>The process uses more memory than its limit.</summary>
    Memory = 2,
}

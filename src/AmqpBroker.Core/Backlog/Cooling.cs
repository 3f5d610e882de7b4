namespace AmqpBroker.Core.Backlog;

/// <summary>What came of asking a queue to put messages away.</summary>
internal enum Cooling
{
    /// <summary>It has none that may go.</summary>
    Nothing,

    /// <summary>It has some that the disk does not have yet: they may go after a commit.</summary>
    Awaits,

    /// <summary>A page's worth went.</summary>
    Done,
}

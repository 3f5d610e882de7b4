namespace AmqpBroker.Core.VirtualHosts;

/// <summary>When the journal gives room on the disk back. Tests make it happen more often.</summary>
internal sealed record SpaceLimits
{
    /// <summary>
    /// What must have become free for a checkpoint that gives it back, in bytes: half of a segment of the largest size. Less is
    /// not worth the images, and comes with the next checkpoint anyway.
    /// </summary>
    internal long WorthACheckpointBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>From one look at what has become free to the next, in milliseconds; none without a change in between.</summary>
    internal long LookMs { get; init; } = 1000;

    /// <summary>From the beginning of a checkpoint to one that only gives room back, in milliseconds: so the images of a large virtual host stay a small part of the traffic.</summary>
    internal long CheckpointGapMs { get; init; } = 2000;

    /// <summary>The same after a checkpoint that the disk refused: what hindered it is hardly over yet.</summary>
    internal long RetryMs { get; init; } = 30_000;
}

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

    /// <summary>
    /// A segment of which less than this fraction lives is given up, and what lives in it is written once more: so a byte that
    /// stays is copied for two that come back, at least.
    /// </summary>
    internal int SparseBelowOneIn { get; init; } = 3;

    /// <summary>What must come back for that, in bytes, as with <see cref="WorthACheckpointBytes"/>.</summary>
    internal long WorthMovingBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>
    /// So long little of it must have gone by itself, in milliseconds: what is being consumed is gone before it is worth a copy.
    /// </summary>
    internal long StableMs { get; init; } = 10_000;

    /// <summary>Until what could not be moved is looked at again, in milliseconds.</summary>
    internal long MoveAgainMs { get; init; } = 60_000;

    /// <summary>The most that is moved in one go through all queues, in bytes: a go looks at every message in memory, so it is to be worth it, and what it remembers is bounded.</summary>
    internal long MostMovedBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Moved in one step, in bytes: half a millisecond of the lane.</summary>
    internal long MoveStepBytes { get; init; } = 512 * 1024;

    /// <summary>From one step to the next, in milliseconds. With <see cref="MoveStepBytes"/>: 10 MB a second, and twice that where pages of a backlog move; a small part of what a disk takes.</summary>
    internal long MoveGapMs { get; init; } = 50;
}

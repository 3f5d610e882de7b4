using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Simulation;

/// <summary>Limits with which room comes back, and messages are moved for it, all the time: whatever lives is worth it.</summary>
internal static class OftenMoved
{
    /// <summary>Enough passes between two steps of a run, and few enough for a run to end.</summary>
    private const int LookMs = 20;

    internal static VirtualHostLimits Limits(int? budget = null)
    {
        var limits = new VirtualHostLimits
        {
            ImagePartBytes = 12,
            Space = new SpaceLimits
            {
                WorthACheckpointBytes = 1,
                LookMs = LookMs,
                CheckpointGapMs = 3 * LookMs,
                RetryMs = LookMs,
                SparseBelowOneIn = 1,
                WorthMovingBytes = 1,
                StableMs = 0,
                MoveAgainMs = 2 * LookMs,
                MoveStepBytes = 200,
                MoveGapMs = 0,
            },
        };
        return budget is { } bytes ? limits with { ReadyMessageBytes = bytes, ColdExpiryStepMs = 0 } : limits;
    }
}

using AmqpBroker.Storage;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// Looks at what has become free in the journal, and says when a checkpoint is worth it for that alone: without one, what a
/// restart would replay stays on the disk, needed or not. Lane only.
/// </summary>
internal sealed class SpaceKeeper(VirtualHost host, IJournal journal)
{
    /// <summary>Nobody has looked at what is there now.</summary>
    private const long NotLookedAt = -1;

    private readonly SpaceLimits _limits = host.Limits.Space;
    private readonly List<RegionUse> _regions = [];
    private long _lookedAt = NotLookedAt;
    private long _nextLookMs;
    private long _nextCheckpointMs;
    private bool _isShort;

    /// <summary>When it wants to look again; never while nothing changes.</summary>
    internal long NextLookMs => HasChanged ? _nextLookMs : long.MaxValue;

    private bool HasChanged => _lookedAt != journal.NextPosition;

    /// <summary>So much has become free that a checkpoint is worth it.</summary>
    internal bool IsCheckpointDue()
    {
        if (host.NowMs < _nextLookMs || !HasChanged)
        {
            return false;
        }

        _nextLookMs = host.NowMs + _limits.LookMs;
        _lookedAt = journal.NextPosition;
        bool isWorthIt = journal.BytesSinceCheckpoint > 0 && FreeableBytes() >= (_isShort ? 1 : _limits.WorthACheckpointBytes);
        _isShort = false;
        if (isWorthIt && host.NowMs < _nextCheckpointMs)
        {
            _nextLookMs = Math.Max(_nextLookMs, _nextCheckpointMs);
            _lookedAt = NotLookedAt;
            return false;
        }

        return isWorthIt;
    }

    /// <summary>The disk is nearly full: anything is worth a checkpoint at the next look, which is now.</summary>
    internal void RoomIsShort()
    {
        _isShort = true;
        _lookedAt = NotLookedAt;
        _nextLookMs = _nextCheckpointMs;
    }

    internal void CheckpointBegins() => _nextCheckpointMs = host.NowMs + _limits.CheckpointGapMs;

    internal void CheckpointFailed() => _nextCheckpointMs = host.NowMs + _limits.RetryMs;

    /// <summary>What was freed meanwhile waits for the next.</summary>
    internal void CheckpointCompleted() => _lookedAt = NotLookedAt;

    /// <summary>What files would come back with a checkpoint, in bytes.</summary>
    private long FreeableBytes()
    {
        journal.ReadUse(_regions);
        long bytes = 0;
        foreach (RegionUse region in _regions)
        {
            bool waits = !region.IsBelowCheckpoint || region.LiveBytes > 0;
            bytes += waits && region.LiveBytes == host.Memory.RetiredBytesIn(region.Region) ? region.FileBytes : 0;
        }

        return bytes;
    }
}

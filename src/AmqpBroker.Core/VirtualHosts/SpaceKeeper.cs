using AmqpBroker.Core.Backlog;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// Looks at what has become free in the journal, and says when a checkpoint is worth it for that alone: without one, what a
/// restart would replay stays on the disk, needed or not. Segments of which little lives are given up, and what lives in them
/// is moved. Lane only.
/// </summary>
internal sealed class SpaceKeeper(VirtualHost host, IJournal journal)
{
    /// <summary>Nobody has looked at what is there now.</summary>
    private const long NotLookedAt = -1;

    private readonly SpaceLimits _limits = host.Limits.Space;
    private readonly List<RegionUse> _regions = [];
    private readonly SparseRegions _sparse = new(host.Limits.Space);
    private SurvivorMove? _move;
    private long _lookedAt = NotLookedAt;
    private long _nextLookMs;
    private long _nextCheckpointMs;
    private long _nextStepMs;
    private bool _isShort;

    /// <summary>When it wants to look again; never while nothing changes.</summary>
    internal long NextLookMs => HasChanged ? _nextLookMs : long.MaxValue;

    /// <summary>When there are messages to move; never while what is under way waits for the disk.</summary>
    internal long NextStepMs => _move is { IsReady: true } ? _nextStepMs : long.MaxValue;

    /// <summary>There are messages to move now.</summary>
    internal bool IsStepDue => host.NowMs >= NextStepMs;

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
        journal.ReadUse(_regions);
        bool isWorthIt = journal.BytesSinceCheckpoint > 0 && FreeableBytes() >= (_isShort ? 1 : _limits.WorthACheckpointBytes);
        BeginMoveIfWorthIt();
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

    /// <summary>Moves some messages.</summary>
    internal void Step()
    {
        if (!IsStepDue)
        {
            return;
        }

        // Publishers first: when the disk does not keep up, it has no time for this.
        bool worked = journal.HasRoom && _move!.Step() > 0;
        _nextStepMs = worked || !journal.HasRoom ? host.NowMs + _limits.MoveGapMs : host.NowMs;
        if (_move!.IsDone)
        {
            _move = null;
            _lookedAt = NotLookedAt;
        }
    }

    /// <summary>What files would come back with a checkpoint, in bytes.</summary>
    private long FreeableBytes()
    {
        long bytes = 0;
        foreach (RegionUse region in _regions)
        {
            bool waits = !region.ComesBackByItself || region.LiveBytes > 0;
            bytes += waits && region.LiveBytes == host.Memory.RetiredBytesIn(region.Region) ? region.FileBytes : 0;
        }

        return bytes;
    }

    private void BeginMoveIfWorthIt()
    {
        if (_move is not null || host.IsWarmingUp)
        {
            return;
        }

        bool mayChange = _sparse.Look(_regions, host.Memory.RetiredBytesIn, host.NowMs);
        if (_sparse.Choose(_isShort ? 1 : _limits.WorthMovingBytes, host.NowMs) is { } places)
        {
            _move = new SurvivorMove(host, places, _limits.MoveStepBytes);
        }
        else if (mayChange)
        {
            // Time alone may make it worth it.
            _lookedAt = NotLookedAt;
        }
    }
}

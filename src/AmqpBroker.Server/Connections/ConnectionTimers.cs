using AmqpBroker.Server.Timing;

namespace AmqpBroker.Server.Connections;

/// <summary>
/// A connection's time limits: one deadline for the stage it is in, and heartbeats both ways while it is open. The reader and
/// the sender note that something came or went; the wheel looks at it only when something may be due.
/// </summary>
internal sealed class ConnectionTimers(Connection connection, DeadlineWheel wheel) : WheelEntry
{
    /// <summary>
    /// How long a client may neither take nor send anything while it takes too little to be read. Long, as a client that has
    /// said all it has to say is silent, and only what a send has taken as a whole shows, a megabyte at most.
    /// </summary>
    public const long HeldPatienceMs = 120_000;

    private readonly Lock _gate = new();
    private long _deadlineMs = long.MaxValue;
    private string? _deadlineReason;
    private long _heartbeatMs;
    private long _lastReceivedMs;
    private long _lastSentMs;
    private bool _stopped;

    /// <summary>The reader waits for the lane and not for the client: the client's silence does not count.</summary>
    public volatile bool ReadingPaused;

    /// <summary>The client takes too little to be read: what it sends is a sign of life all the same, and so is what it takes.</summary>
    public volatile bool ReadingHeld;

    /// <summary>Something came, whatever it was.</summary>
    public void Received() => Volatile.Write(ref _lastReceivedMs, wheel.NowMs);

    /// <summary>Something went out.</summary>
    public void Sent() => Volatile.Write(ref _lastSentMs, wheel.NowMs);

    /// <summary>
    /// The stage must be over after <paramref name="timeoutMs"/>; replaces the deadline before. Any thread.
    /// Without a reason the end of the wait is nothing to speak of.
    /// </summary>
    public void StartDeadline(int timeoutMs, string? reason)
    {
        lock (_gate)
        {
            _deadlineMs = wheel.NowMs + timeoutMs;
            _deadlineReason = reason;
            ScheduleNext(wheel.NowMs);
        }
    }

    /// <summary>The stage is over in time.</summary>
    public void EndDeadline()
    {
        lock (_gate)
        {
            _deadlineMs = long.MaxValue;
        }
    }

    /// <summary>Starts heartbeats: one goes out after half the interval without any frame, and a client silent for two intervals is gone.</summary>
    public void StartHeartbeats(int intervalSeconds)
    {
        lock (_gate)
        {
            _heartbeatMs = intervalSeconds * 1000L;
            _lastReceivedMs = wheel.NowMs;
            _lastSentMs = wheel.NowMs;
            ScheduleNext(wheel.NowMs);
        }
    }

    /// <summary>Ends heartbeats: the client has no more to say, and nothing may follow what ends the connection.</summary>
    public void EndHeartbeats()
    {
        lock (_gate)
        {
            _heartbeatMs = 0;
        }
    }

    /// <summary>The connection is over.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            wheel.Cancel(this);
        }
    }

    /// <inheritdoc/>
    internal override void OnDue(long nowMs)
    {
        string? reason = null;
        bool over = false;
        bool sendHeartbeat = false;
        lock (_gate)
        {
            if (nowMs >= _deadlineMs)
            {
                over = true;
                reason = _deadlineReason;
            }
            else if (_heartbeatMs > 0)
            {
                if (ReadingPaused || (ReadingHeld && connection.HasSentUnread()))
                {
                    Received();
                }

                over = nowMs >= Volatile.Read(ref _lastReceivedMs) + SilenceMs;
                reason = over ? $"missed heartbeats from client, timeout: {_heartbeatMs / 1000}s" : null;
                sendHeartbeat = nowMs >= Volatile.Read(ref _lastSentMs) + (_heartbeatMs / 2);
                if (sendHeartbeat)
                {
                    // Also when a slow client keeps it from going out now: it has then something to read already.
                    Sent();
                }
            }

            if (!over)
            {
                ScheduleNext(nowMs);
            }
        }

        if (over)
        {
            connection.Abort(reason ?? "closed");
        }
        else if (sendHeartbeat)
        {
            connection.SendHeartbeat();
        }
    }

    private long SilenceMs => ReadingHeld ? Math.Max(2 * _heartbeatMs, HeldPatienceMs) : 2 * _heartbeatMs;

    private void ScheduleNext(long nowMs)
    {
        long next = _deadlineMs;
        if (_heartbeatMs > 0)
        {
            next = Math.Min(next, Volatile.Read(ref _lastSentMs) + (_heartbeatMs / 2));
            next = Math.Min(next, Volatile.Read(ref _lastReceivedMs) + SilenceMs);
        }

        if (next != long.MaxValue && !_stopped)
        {
            wheel.Schedule(this, Math.Max(next, nowMs + 1));
        }
    }
}

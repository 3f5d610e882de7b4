namespace AmqpBroker.Server.Connections;

/// <summary>Counts the open connections of a server, which are limited. Any thread.</summary>
internal sealed class ConnectionQuota(int limit)
{
    private int _open;

    /// <summary>How many may be open at a time.</summary>
    public int Limit => limit;

    /// <summary>Counts one more, unless the limit is reached.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _open) <= limit)
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>One that entered has ended.</summary>
    public void Leave() => Interlocked.Decrement(ref _open);
}

namespace AmqpBroker.Server.Connections;

/// <summary>
/// Keeps a busy connection from holding up others: the runtime may go on after a wait on the thread that polls the sockets
/// of many connections, and a client that always has sent more would keep it there. Used by one read loop.
/// </summary>
internal struct PollingTurns
{
    /// <summary>Reads that may follow each other on the polling thread: half a millisecond at most, of full blocks.</summary>
    private const int MaxReads = 4;

    private int _reads;

    /// <summary>Notes a read.</summary>
    /// <param name="waited">Whether it had to wait: then others had their turn.</param>
    public void Read(bool waited) => _reads = waited ? 0 : _reads + 1;

    /// <summary>Whether the loop is to go on in the pool, where all get their share.</summary>
    public readonly bool AreOver => _reads >= MaxReads && !Thread.CurrentThread.IsThreadPoolThread;
}

using AmqpBroker.Core.Lanes;

namespace AmqpBroker.Core.Sessions;

/// <summary>Brings the credit that a connection gave back into the lane; one per session, posted at most once at a time.</summary>
internal sealed class DrainedWork(Session session) : LaneWork
{
    private long _bytes;
    private int _posted;

    internal void Add(long bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        PostIfNeeded();
    }

    public override void Execute() => session.GiveBack(Interlocked.Exchange(ref _bytes, 0));

    public override void Completed()
    {
        Volatile.Write(ref _posted, 0);
        if (Interlocked.Read(ref _bytes) != 0)
        {
            PostIfNeeded();
        }
    }

    private void PostIfNeeded()
    {
        if (Interlocked.Exchange(ref _posted, 1) == 0 && session.Runtime.Post(this))
        {
            Completed();
        }
    }
}

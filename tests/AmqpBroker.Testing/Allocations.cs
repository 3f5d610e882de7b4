namespace AmqpBroker.Testing;

/// <summary>Measures what code allocates.</summary>
public static class Allocations
{
    private const int Rounds = 5;

    /// <summary>
    /// The bytes that the calling thread allocates while <paramref name="action"/> runs: the least of several runs. A garbage
    /// collection in the midst of a run counts the rest of the thread's allocation block, which has nothing to do with it.
    /// </summary>
    public static long Least(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        action();
        long least = long.MaxValue;
        for (int round = 0; round < Rounds && least > 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}

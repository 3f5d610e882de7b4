using AmqpBroker.Storage;

namespace AmqpBroker.Core.Brokers;

/// <summary>
/// How long who asks for a change is kept waiting for the disk. A change that has begun is not taken back: it takes effect when
/// the disk has taken it; one that waits for an earlier one is given up. So at most one is left on the way. Any thread.
/// </summary>
internal sealed class DiskPatience(TimeProvider time, Func<bool> diskFull, Action<string> warn)
{
    /// <summary>Longer than a busy disk needs for a few hundred bytes, and shorter than clients and an orderly stop wait.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Waits for a change, which is given its turn.</summary>
    /// <exception cref="AdministrationException">The disk did not take it in time.</exception>
    public async Task<T> WaitAsync<T>(Func<ChangeTurn, Task<T>> change)
    {
        using ChangeTurn turn = new();
        Task<T> asked = change(turn);
        try
        {
            return await asked.WaitAsync(Limit, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            bool givenUp = turn.TryGiveUp();
            if (!givenUp)
            {
                Watch(asked);
            }

            string outcome = givenUp ? "nothing has changed" : "the change takes effect when the disk has taken it";
            throw Refused(diskFull() ? "the disk is full" : $"the disk did not take it within {Limit.TotalSeconds:0} s", outcome);
        }
        catch (DiskFullException)
        {
            throw Refused("the disk is full", "nothing has changed");
        }
    }

    /// <summary>As the other, for a change that gives nothing.</summary>
    /// <exception cref="AdministrationException">As the other.</exception>
    public Task WaitAsync(Func<ChangeTurn, Task> change) =>
        WaitAsync(async turn =>
        {
            await change(turn).ConfigureAwait(false);
            return true;
        });

    /// <summary>Nobody waits any more: what goes wrong now is said to the log.</summary>
    private void Watch(Task left) =>
        left.ContinueWith(
            task => warn($"A change for which the disk was waited for in vain was not made: {task.Exception!.InnerException!.Message}"),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);

    private static AdministrationException Refused(string why, string outcome) => new(Refusal.DiskFull, $"{why}: {outcome}");
}

namespace AmqpBroker.Core.Lanes;

/// <summary>
/// Runs foreign code of a lane so that its exceptions reach <see cref="ILaneHost.OnFault"/> and nothing else:
/// one that escaped would leave the gate shut for ever, or hit a poster that has nothing to do with it.
/// </summary>
internal static class LaneFaults
{
    public static void Execute(LaneWork work, ILaneHost host)
    {
        try
        {
            work.Execute();
        }
#pragma warning disable CA1031 // the host decides what any exception means
        catch (Exception e)
#pragma warning restore CA1031
        {
            Report(host, work, e);
        }
    }

    public static void Completed(LaneWork work, ILaneHost host)
    {
        try
        {
            work.Completed();
        }
#pragma warning disable CA1031 // as above
        catch (Exception e)
#pragma warning restore CA1031
        {
            Report(host, work, e);
        }
    }

    public static void BeginTurn(ILaneHost host)
    {
        try
        {
            host.BeginTurn();
        }
#pragma warning disable CA1031 // as above
        catch (Exception e)
#pragma warning restore CA1031
        {
            Report(host, null, e);
        }
    }

    public static TurnEffects? EndTurn(ILaneHost host)
    {
        try
        {
            return host.EndTurn();
        }
#pragma warning disable CA1031 // as above
        catch (Exception e)
#pragma warning restore CA1031
        {
            Report(host, null, e);
            return null;
        }
    }

    public static void Flush(TurnEffects effects, ILaneHost host)
    {
        try
        {
            effects.Flush();
        }
#pragma warning disable CA1031 // as above
        catch (Exception e)
#pragma warning restore CA1031
        {
            Report(host, null, e);
        }
    }

    private static void Report(ILaneHost host, LaneWork? work, Exception exception)
    {
        try
        {
            host.OnFault(work, exception);
        }
#pragma warning disable CA1031 // going on would leave a virtual host that answers nobody
        catch (Exception e)
#pragma warning restore CA1031
        {
            Environment.FailFast("The fault handler of a lane failed.", new AggregateException(exception, e));
        }
    }
}

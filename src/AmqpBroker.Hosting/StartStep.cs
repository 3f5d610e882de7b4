namespace AmqpBroker.Hosting;

/// <summary>Turns what the system refuses during the start into one line for the user.</summary>
internal static class StartStep
{
    public static void Run(string failure, Action step) => Run(failure, () =>
    {
        step();
        return true;
    });

    /// <exception cref="BrokerStartException">The system refused.</exception>
    public static T Run<T>(string failure, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BrokerStartException($"{failure} {e.Message}", e);
        }
    }
}

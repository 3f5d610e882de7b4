using System.Net.Sockets;

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
    public static async Task RunAsync(string failure, Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw new BrokerStartException($"{failure} {e.Message}", e);
        }
    }

    /// <exception cref="BrokerStartException">The system refused.</exception>
    public static T Run<T>(string failure, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw new BrokerStartException($"{failure} {e.Message}", e);
        }
    }

    private static bool IsRefusal(Exception e) =>
        e is IOException or UnauthorizedAccessException or SocketException or NotSupportedException;
}

namespace AmqpBroker.Hosting;

/// <summary>
/// Where what waits for a socket goes on: on the thread that polls the sockets, not on one of the pool that has to be woken
/// for it (decision 0011). The runtime takes that from the environment alone, when the first socket is used.
/// </summary>
internal static class SocketContinuations
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Has them go on at once, unless the environment says otherwise. Before anything uses a socket.</summary>
    public static void GoOnAtOnce()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            Environment.SetEnvironmentVariable(Variable, "1");
        }
    }
}

namespace AmqpBroker.Interop;

/// <summary>The table of all client programs. A new client is a folder under <c>interop-tests/clients</c> and a row here.</summary>
internal static class Clients
{
    public static IReadOnlyList<Client> All { get; } =
    [
    ];
}

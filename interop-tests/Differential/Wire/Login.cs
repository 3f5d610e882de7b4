namespace AmqpBroker.Differential.Wire;

/// <summary>As whom a connection is opened, and where.</summary>
internal sealed record Login(string User, string Password, string VirtualHost)
{
    public static readonly Login Guest = new("guest", "guest", "/");
}

namespace AmqpBroker.Control;

/// <summary>What can be asked.</summary>
internal static class ControlPaths
{
    public const string Status = "/status";

    public const string Backup = "/backup";
}

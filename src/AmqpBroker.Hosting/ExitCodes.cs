namespace AmqpBroker.Hosting;

/// <summary>How the process ends.</summary>
internal static class ExitCodes
{
    /// <summary>Stopped when it was asked to.</summary>
    public const int Stopped = 0;

    /// <summary>Could not start, or could not go on.</summary>
    public const int Failed = 1;

    /// <summary>An option that cannot be.</summary>
    public const int BadOption = 2;
}

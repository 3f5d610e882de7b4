namespace AmqpBroker.EndToEnd.Harness;

/// <summary>Finds the repository's files, and the broker that was built from them.</summary>
internal static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>
    /// The broker to test: what <c>AMQPBROKER_BINARY</c> names (the native binary), or the build output of the same
    /// configuration as these tests'.
    /// </summary>
    public static string BrokerBinary { get; } = FindBinary();

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "AmqpBroker.sln"))
            ? folder
            : FindRoot(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("No AmqpBroker.sln above the tests."));

    private static string FindBinary()
    {
        string? named = Environment.GetEnvironmentVariable("AMQPBROKER_BINARY");
        // .../bin/Release/net10.0/
        string framework = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string configuration = Path.GetDirectoryName(framework)!;
        string path = string.IsNullOrEmpty(named)
            ? Path.Combine(
                Root, "src", "AmqpBroker", "bin", Path.GetFileName(configuration), Path.GetFileName(framework),
                OperatingSystem.IsWindows() ? "amqpbroker.exe" : "amqpbroker")
            : Path.GetFullPath(named);
        return File.Exists(path) ? path : throw new InvalidOperationException($"There is no broker at {path}: build src/AmqpBroker.");
    }
}

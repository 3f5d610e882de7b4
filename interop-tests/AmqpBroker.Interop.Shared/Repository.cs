namespace AmqpBroker.Interop.Shared;

/// <summary>Finds files of this repository from wherever a test was built to.</summary>
public static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "AmqpBroker.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName
            ?? throw new InvalidOperationException($"No AmqpBroker.sln in any folder above {AppContext.BaseDirectory}.");
    }
}

namespace AmqpBroker.SpecGenerator;

/// <summary>Where things are in the repository.</summary>
public static class Repository
{
    /// <summary>The folder with the solution, at or above <paramref name="start"/>.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string FindRoot(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AmqpBroker.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No AmqpBroker.sln at or above {start}.");
    }
}

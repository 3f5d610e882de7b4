namespace AmqpBroker.Storage;

/// <summary>How a data directory and a backup's folder are laid out.</summary>
public static class StoreFolders
{
    /// <summary>Holds the journals, a folder each.</summary>
    public const string Journals = "vhosts";

    /// <summary>Where a restore puts what it has so far: while it is there, the directory is not one to serve from.</summary>
    public const string Restoring = "restoring";

    /// <summary>Ends the name of a backup's folder while it is not complete.</summary>
    public const string Unfinished = ".unfinished";

    /// <summary>The journals' directories, in order of their names.</summary>
    public static IReadOnlyList<string> JournalsIn(string directory)
    {
        string journals = Path.Combine(directory, Journals);
        return Directory.Exists(journals) ? [.. Directory.EnumerateDirectories(journals).Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>True when there is nothing of that name, or a directory without anything in it.</summary>
    internal static bool IsFree(string path, params ReadOnlySpan<string> mayHold)
    {
        if (!Directory.Exists(path))
        {
            return !File.Exists(path);
        }

        foreach (string entry in Directory.EnumerateFileSystemEntries(path))
        {
            if (!mayHold.Contains(Path.GetFileName(entry)))
            {
                return false;
            }
        }

        return true;
    }
}

namespace AmqpBroker.Bench;

/// <summary>What all parts of a bench need to know.</summary>
/// <param name="Broker">Path of the broker's executable.</param>
/// <param name="Folder">Where data directories and the report go.</param>
/// <param name="Options">Handed to the broker as they are.</param>
internal sealed record Setting(string Broker, string Folder, IReadOnlyList<string> Options)
{
    /// <summary>An empty data directory.</summary>
    public string NewDataDirectory(string name)
    {
        string path = Path.Combine(Folder, $"data-{name}");
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        return path;
    }
}

using System.Globalization;
using System.Security.Cryptography;

namespace AmqpBroker.EndToEnd.Harness;

/// <summary>A folder of one test, deleted with all that is in it at the end.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("amqpbroker-endtoend-").FullName;

    /// <summary>Where the test's broker keeps its data; made by the broker.</summary>
    public string Data => this["data"];

    /// <summary>The path of a file or folder in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Everything in a folder with its contents' hash, to tell whether anything was touched.</summary>
    public static string[] Listing(string folder) =>
    [
        .. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(entry => File.Exists(entry) ? $"{entry} {Hash(entry)}" : entry),
    ];

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static string Hash(string file)
    {
        if (System.IO.Path.GetFileName(file) is "lock" or "control.sock")
        {
            // Reading the one would ask for the very lock that the broker holds; the other is no file to read.
            return new FileInfo(file).Length.ToString(CultureInfo.InvariantCulture);
        }

        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Convert.ToHexString(SHA256.HashData(stream));
    }
}

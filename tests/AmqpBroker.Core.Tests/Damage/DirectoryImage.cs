using System.IO.Compression;
using AmqpBroker.Testing;

namespace AmqpBroker.Core.Tests.Damage;

/// <summary>The files of a data directory, in memory.</summary>
internal sealed class DirectoryImage
{
    private const string Root = "/data/vhosts/";

    private DirectoryImage(Dictionary<string, byte[]> files) => Files = files;

    /// <summary>By path.</summary>
    public Dictionary<string, byte[]> Files { get; }

    /// <summary>What stands in a golden data directory.</summary>
    public static DirectoryImage Load(string name)
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(AppContext.BaseDirectory, "Formats", name + ".zip"));
        Dictionary<string, byte[]> files = [];
        foreach (ZipArchiveEntry entry in archive.Entries.Where(static e => e.FullName.StartsWith("data/", StringComparison.Ordinal) && e.Length > 0))
        {
            using MemoryStream bytes = new();
            using Stream stream = entry.Open();
            stream.CopyTo(bytes);
            files.Add("/" + entry.FullName, bytes.ToArray());
        }

        return new DirectoryImage(files);
    }

    /// <summary>What stands on a simulated disk.</summary>
    public static DirectoryImage Of(SimulatedFileSystem disk) => new(
        disk.Paths.Where(static p => p.StartsWith(Root, StringComparison.Ordinal)).ToDictionary(static p => p, disk.ReadAll));

    /// <summary>A disk with these files on it.</summary>
    public SimulatedFileSystem ToDisk(Action<Dictionary<string, byte[]>>? damage = null)
    {
        Dictionary<string, byte[]> files = Files.ToDictionary(static f => f.Key, static f => (byte[])f.Value.Clone());
        damage?.Invoke(files);
        SimulatedFileSystem disk = new(1);
        foreach ((string path, byte[] bytes) in files)
        {
            disk.Replace(path, bytes);
        }

        return disk;
    }
}

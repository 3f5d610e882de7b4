using System.Globalization;
using System.Text;

namespace AmqpBroker.Storage;

/// <summary>A file of a backup.</summary>
/// <param name="Path">Relative to the backup's folder, with slashes.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Crc">The CRC-32C of all of it.</param>
public sealed record BackupFile(string Path, long Bytes, uint Crc);

/// <summary>What belongs to a backup: a text file that people can read too. FORMAT.md has its lines.</summary>
/// <param name="Created">When the copy was begun.</param>
/// <param name="Product">The version that made it.</param>
/// <param name="Files">All files but this one.</param>
public sealed record BackupManifest(DateTimeOffset Created, string Product, IReadOnlyList<BackupFile> Files)
{
    /// <summary>Its name in the backup's folder: a folder without it is no backup.</summary>
    public const string FileName = "backup.manifest";

    private const int Version = 1;
    private const string Magic = "amqpbroker-backup ";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>As it stands in the file.</summary>
    public byte[] ToBytes()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Magic}{Version}\ncreated {Created.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}\nby {Product}\n");
        foreach (BackupFile file in Files)
        {
            text.Append(CultureInfo.InvariantCulture, $"file {file.Bytes} {file.Crc:X8} {file.Path}\n");
        }

        byte[] lines = Encoding.UTF8.GetBytes(text.ToString());
        return [.. lines, .. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"end {Files.Count} {Crc32C.Of(lines):X8}\n"))];
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is none, or damaged.</exception>
    /// <exception cref="UnsupportedFormatException">A newer version wrote it.</exception>
    public static BackupManifest Read(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        if (!text.StartsWith(Magic, StringComparison.Ordinal) || !text.EndsWith('\n'))
        {
            throw new InvalidDataException("is not the manifest of a backup");
        }

        int end = bytes[..^1].LastIndexOf((byte)'\n') + 1;
        string[] lines = text[..^1].Split('\n');
        string[] last = lines[^1].Split(' ');
        if (last is not ["end", string count, string crc]
            || !uint.TryParse(crc, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint expected)
            || Crc32C.Of(bytes[..end]) != expected)
        {
            throw new InvalidDataException("fails its checksum");
        }

        int version = int.Parse(lines[0].AsSpan(Magic.Length), CultureInfo.InvariantCulture);
        if (version > Version)
        {
            throw new UnsupportedFormatException("a backup", version, Version);
        }

        List<BackupFile> files = [.. lines.Where(static l => l.StartsWith("file ", StringComparison.Ordinal)).Select(ReadFile)];
        return files.Count.ToString(CultureInfo.InvariantCulture) == count
            ? new BackupManifest(DateTimeOffset.Parse(Rest(lines, "created "), CultureInfo.InvariantCulture), Rest(lines, "by "), files)
            : throw new InvalidDataException("does not name as many files as it says");
    }

    private static BackupFile ReadFile(string line)
    {
        string[] parts = line.Split(' ', 4);
        string path = parts[3];
        return !System.IO.Path.IsPathRooted(path) && !path.Split('/').Contains("..")
            ? new BackupFile(
                path,
                long.Parse(parts[1], CultureInfo.InvariantCulture),
                uint.Parse(parts[2], NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            : throw new InvalidDataException($"names '{path}', which is not in its folder");
    }

    private static string Rest(string[] lines, string start) =>
        lines.FirstOrDefault(l => l.StartsWith(start, StringComparison.Ordinal))?[start.Length..]
        ?? throw new InvalidDataException($"has no line '{start.Trim()}'");
}

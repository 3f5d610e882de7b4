using System.Globalization;

namespace AmqpBroker.Storage;

/// <summary>The names of the files in a journal's directory.</summary>
internal static class StoreNames
{
    /// <summary>A file that was not finished; removed at the next opening.</summary>
    public const string Unfinished = ".tmp";

    /// <summary>The folder for what failed a checksum.</summary>
    public const string Quarantine = "quarantine";

    private const string SegmentPrefix = "segment-";
    private const string SegmentSuffix = ".log";
    private const string CheckpointPrefix = "checkpoint-";
    private const string ImagesSuffix = ".images";
    private const string ManifestSuffix = ".manifest";

    public static string Segment(long number) => string.Create(CultureInfo.InvariantCulture, $"{SegmentPrefix}{number:D10}{SegmentSuffix}");

    /// <summary>Reads the number in a segment's name; false for other files.</summary>
    public static bool TryParseSegment(string name, out long number) => TryParse(name, SegmentPrefix, SegmentSuffix, out number);

    public static string Images(long number) => string.Create(CultureInfo.InvariantCulture, $"{CheckpointPrefix}{number:D10}{ImagesSuffix}");

    public static string Manifest(long number) => string.Create(CultureInfo.InvariantCulture, $"{CheckpointPrefix}{number:D10}{ManifestSuffix}");

    /// <summary>Reads the number in the name of a checkpoint's images.</summary>
    public static bool TryParseImages(string name, out long number) => TryParse(name, CheckpointPrefix, ImagesSuffix, out number);

    /// <summary>Reads the number in the name of a checkpoint's manifest.</summary>
    public static bool TryParseManifest(string name, out long number) => TryParse(name, CheckpointPrefix, ManifestSuffix, out number);

    private static bool TryParse(string name, string prefix, string suffix, out long number)
    {
        number = 0;
        return name.StartsWith(prefix, StringComparison.Ordinal)
            && name.EndsWith(suffix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(prefix.Length..^suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}

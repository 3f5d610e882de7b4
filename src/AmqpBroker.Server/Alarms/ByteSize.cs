using System.Globalization;

namespace AmqpBroker.Server.Alarms;

/// <summary>Numbers of bytes as people write them, with RabbitMQ's units.</summary>
public static class ByteSize
{
    // Longer names first: each ends with a shorter one.
    private static readonly (string Unit, long Bytes)[] s_units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("k", 1L << 10), ("M", 1L << 20), ("G", 1L << 30), ("T", 1L << 40), ("", 1),
    ];

    /// <summary>A number and a unit, or a number of bytes: 50MB, 1GiB, 1000000. Null for anything else, and for more than there can be.</summary>
    public static long? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        (string unit, long bytes) = s_units.First(u => text.EndsWith(u.Unit, StringComparison.Ordinal));
        return long.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number <= long.MaxValue / bytes
                ? number * bytes
                : null;
    }
}

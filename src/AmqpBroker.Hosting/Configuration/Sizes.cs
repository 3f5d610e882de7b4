using System.Globalization;
using AmqpBroker.Server.Alarms;

namespace AmqpBroker.Hosting.Configuration;

/// <summary>Reads numbers of bytes with RabbitMQ's units, and shares.</summary>
internal static class Sizes
{
    // Longer names first: each ends with a shorter one.
    private static readonly (string Unit, long Bytes)[] s_units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("k", 1L << 10), ("M", 1L << 20), ("G", 1L << 30), ("T", 1L << 40), ("", 1),
    ];

    /// <summary>A number and a unit, or a number of bytes: 50MB, 1GiB, 1000000.</summary>
    /// <exception cref="SettingException">It is none, or more than there can be.</exception>
    public static long ParseBytes(string text)
    {
        (string unit, long bytes) = s_units.First(u => text.EndsWith(u.Unit, StringComparison.Ordinal));
        return long.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number <= long.MaxValue / bytes
                ? number * bytes
                : throw new SettingException($"is a size such as 50MB or 2GiB, not '{text}'");
    }

    /// <summary>A share of the memory (a number with a point such as 0.6, or 0 or 1), or a size.</summary>
    /// <exception cref="SettingException">It is neither.</exception>
    public static MemoryLimit ParseMemoryLimit(string text)
    {
        if (text is not ("0" or "1") && !text.Contains('.', StringComparison.Ordinal))
        {
            return MemoryLimit.OfBytes(ParseBytes(text));
        }

        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share <= 1
            ? MemoryLimit.OfShare(share)
            : throw new SettingException($"is a share from 0.0 to 1.0, or a size such as 2GB, not '{text}'");
    }
}

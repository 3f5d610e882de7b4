using System.Globalization;

namespace AmqpBroker.Server.Alarms;

/// <summary>How much memory the process may use before publishers are stopped: a share of what there is, or a number of bytes.</summary>
public readonly record struct MemoryLimit
{
    private MemoryLimit(double share, long bytes)
    {
        Share = share;
        Bytes = bytes;
    }

    /// <summary>RabbitMQ's from 4.0 on. The rest is for what grows while publishers stop, and for the garbage collector.</summary>
    public static MemoryLimit Default { get; } = OfShare(0.6);

    /// <summary>The share of the machine's or container's memory; 0 when bytes count.</summary>
    public double Share { get; }

    /// <summary>The bytes; 0 when a share counts, and also for a limit of nothing, which is always exceeded.</summary>
    public long Bytes { get; }

    /// <summary>A share of what there is, from 0 (always exceeded) to 1.</summary>
    public static MemoryLimit OfShare(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        return new MemoryLimit(share, 0);
    }

    /// <summary>A number of bytes, however much there is.</summary>
    public static MemoryLimit OfBytes(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new MemoryLimit(0, bytes);
    }

    /// <summary>A share (a number with a point such as 0.6, or 0 or 1), or a <see cref="ByteSize"/>; null for anything else.</summary>
    public static MemoryLimit? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text is not ("0" or "1") && !text.Contains('.', StringComparison.Ordinal))
        {
            return ByteSize.TryParse(text) is { } bytes ? OfBytes(bytes) : null;
        }

        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share <= 1
            ? OfShare(share)
            : null;
    }

    /// <summary>The limit in bytes where there are <paramref name="totalBytes"/>.</summary>
    public long Of(long totalBytes) => Share > 0 ? (long)(Share * totalBytes) : Bytes;

    /// <inheritdoc/>
    public override string ToString() => Share > 0
        ? Share.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Bytes} bytes");
}

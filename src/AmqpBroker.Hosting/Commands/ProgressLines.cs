using System.Diagnostics;
using System.Globalization;

namespace AmqpBroker.Hosting.Commands;

/// <summary>Says now and then how far something long is; of what is short it says nothing. One thread.</summary>
internal sealed class ProgressLines(TextWriter output, string what, long totalBytes)
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(2);

    private long _done;
    private long _last = Stopwatch.GetTimestamp();

    public void Note(long bytes)
    {
        _done += bytes;
        if (Stopwatch.GetElapsedTime(_last) >= s_every)
        {
            _last = Stopwatch.GetTimestamp();
            output.WriteLine($"{what}: {Size(_done)} of {Size(totalBytes)}, {(totalBytes == 0 ? 100 : _done * 100 / totalBytes)} %");
        }
    }

    /// <summary>Bytes as people read them.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:F0} kB"),
        < 10_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:F1} GB"),
    };
}

namespace AmqpBroker.Differential.Runs;

/// <content>Steps that let disk space run short, in scenarios of classes with <see cref="OwnBrokersAttribute"/>.</content>
internal sealed partial class Script
{
    /// <summary>More than any disk has free.</summary>
    private const long UnreachableBytes = 1L << 60;

    /// <summary>What both brokers ask for by themselves.</summary>
    private const long DefaultBytes = 50_000_000;

    /// <summary>Raises the disk alarm.</summary>
    public void RaiseDiskAlarm() => SetDiskFreeLimit("(disk alarm)", UnreachableBytes);

    /// <summary>Clears it.</summary>
    public void ClearDiskAlarm() => SetDiskFreeLimit("(no disk alarm any more)", DefaultBytes);

    private void SetDiskFreeLimit(string note, long bytes)
    {
        Transcript.Note(note);
        Own.SetDiskFreeLimitAsync(bytes).GetAwaiter().GetResult();
    }
}

namespace AmqpBroker.Storage;

/// <summary>
/// The files of a journal that serves, held so that they can be copied: none of them is removed or used again before this is
/// disposed. Together they are the journal up to <see cref="Position"/>, whole. Any thread.
/// </summary>
public sealed class HeldFiles : IDisposable
{
    private Action? _release;

    internal HeldFiles(string directory, long position, IReadOnlyList<FilePart> files, Action release)
    {
        Directory = directory;
        Position = position;
        Files = files;
        _release = release;
    }

    /// <summary>The journal's directory.</summary>
    public string Directory { get; }

    /// <summary>The end of the log that the copy has: everything that was committed when the files were taken lies below it.</summary>
    public long Position { get; }

    /// <summary>The checkpoint's files and the segments, as far as they belong to the copy.</summary>
    public IReadOnlyList<FilePart> Files { get; }

    /// <summary>The files may change again.</summary>
    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}

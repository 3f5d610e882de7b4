namespace AmqpBroker.Storage;

/// <summary>Copies files, or reads them for their checksum, step by step at a limited rate. One thread.</summary>
/// <param name="fileSystem">Where the files are.</param>
/// <param name="pace">How fast.</param>
/// <param name="progress">Told of the bytes of each step.</param>
internal sealed class FileCopier(IFileSystem fileSystem, CopyPace pace, Action<long> progress)
{
    private const int StepBytes = 256 * 1024;

    /// <summary>Little enough in the kernel's hands that a commit's sync does not wait long behind it.</summary>
    private const long SyncBytes = 4L << 20;

    private readonly byte[] _buffer = new byte[StepBytes];

    /// <summary>Copies the first bytes of a file and makes them durable; zeros become holes. Gives their checksum.</summary>
    /// <exception cref="IOException">The disk refuses, or the file ends before.</exception>
    public uint Copy(string from, string to, long bytes, CancellationToken cancellation)
    {
        using IFile source = fileSystem.OpenForReading(from);
        using IFile target = fileSystem.Open(to, create: true);
        uint crc = Crc32C.Start;
        long unsynced = 0;
        bool endsInHole = false;
        for (long offset = 0; offset < bytes;)
        {
            ReadOnlySpan<byte> step = Read(source, from, offset, bytes);
            crc = Crc32C.Add(crc, step);
            endsInHole = !step.ContainsAnyExcept((byte)0);
            if (!endsInHole)
            {
                target.Write(offset, step);
                unsynced += step.Length;
            }

            offset += step.Length;
            if (unsynced >= SyncBytes)
            {
                target.Sync();
                unsynced = 0;
            }

            Note(step.Length, cancellation);
        }

        if (endsInHole)
        {
            target.Write(bytes - 1, [0]);
        }

        target.Sync();
        return Crc32C.Finish(crc);
    }

    /// <summary>The checksum of a file's first bytes.</summary>
    /// <exception cref="IOException">The disk refuses, or the file ends before.</exception>
    public uint Checksum(string path, long bytes, CancellationToken cancellation)
    {
        using IFile file = fileSystem.OpenForReading(path);
        uint crc = Crc32C.Start;
        for (long offset = 0; offset < bytes;)
        {
            ReadOnlySpan<byte> step = Read(file, path, offset, bytes);
            crc = Crc32C.Add(crc, step);
            offset += step.Length;
            Note(step.Length, cancellation);
        }

        return Crc32C.Finish(crc);
    }

    private ReadOnlySpan<byte> Read(IFile file, string path, long offset, long bytes)
    {
        int wanted = (int)Math.Min(StepBytes, bytes - offset);
        int count = file.Read(offset, _buffer.AsSpan(0, wanted));
        return count == wanted ? _buffer.AsSpan(0, count) : throw new IOException($"'{path}' ends after {offset + count} bytes; it should have {bytes}.");
    }

    private void Note(int bytes, CancellationToken cancellation)
    {
        progress(bytes);
        pace.Note(bytes, cancellation);
    }
}

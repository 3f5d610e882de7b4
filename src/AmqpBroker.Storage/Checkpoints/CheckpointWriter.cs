using System.Buffers;

namespace AmqpBroker.Storage;

/// <summary>
/// A checkpoint on its way to the disk. The lane adds images to a buffer; the background thread takes the buffer to the
/// file, and finishes the file once the log is durable up to the highest stamp: an image must never be ahead of the log.
/// </summary>
internal sealed class CheckpointWriter(CheckpointTarget target, long number, long begunAt, long lowestStamp, Func<long> nextPosition, Action wake, Action roomAvailable, Action ended) : ICheckpointWriter
{
    /// <summary>Copied in one step of the background thread, which has other work too.</summary>
    private const int CopyStepBytes = 8 << 20;

    private readonly Lock _gate = new();
    private ArrayBufferWriter<byte> _filling = new();
    private ArrayBufferWriter<byte> _draining = new();
    private IFile? _file;
    private long _offset = CheckpointHeader.Bytes;
    private uint _crc = Crc32C.Start;
    private uint _images;
    private long _imagesEnd;
    private long _replayFrom = begunAt;
    private long _maxStamp = begunAt;
    private bool _foundFull;
    private bool _complete;
    private bool _abandoned;

    /// <inheritdoc/>
    public bool HasRoom
    {
        get
        {
            lock (_gate)
            {
                bool full = _filling.WrittenCount >= target.BufferBytes;
                _foundFull |= full;
                return !full;
            }
        }
    }

    /// <inheritdoc/>
    public void Add(long stamp, ReadOnlySpan<byte> image)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stamp, lowestStamp);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stamp, nextPosition());
        if (_complete || _abandoned)
        {
            throw new InvalidOperationException("The checkpoint has ended.");
        }

        lock (_gate)
        {
            new ImageFrame(stamp, (uint)image.Length, Crc32C.Of(image)).WriteTo(_filling.GetSpan(ImageFrame.Bytes));
            _filling.Advance(ImageFrame.Bytes);
            _filling.Write(image);
            _images++;
            _replayFrom = Math.Min(_replayFrom, stamp);
            _maxStamp = Math.Max(_maxStamp, stamp);
        }

        wake();
    }

    /// <inheritdoc/>
    public void Complete()
    {
        Volatile.Write(ref _complete, true);
        wake();
    }

    /// <inheritdoc/>
    public void Abandon()
    {
        Volatile.Write(ref _abandoned, true);
        wake();
    }

    /// <summary>
    /// Does what can be done now. Gives true when the checkpoint has ended; <paramref name="replayFrom"/> is then the new
    /// position, or -1 when it was abandoned. Background thread.
    /// </summary>
    /// <exception cref="IOException">The disk refused; the checkpoint is to be given up.</exception>
    public bool Step(long committed, out long replayFrom)
    {
        replayFrom = -1;
        if (Volatile.Read(ref _abandoned))
        {
            GiveUp();
            return true;
        }

        bool complete = Volatile.Read(ref _complete);
        if (Drain())
        {
            roomAvailable();
        }

        if (!complete || committed < _maxStamp)
        {
            return false;
        }

        if (!CopyImages())
        {
            wake();
            return false;
        }

        target.SyncLog(_maxStamp);
        Finish();
        replayFrom = _replayFrom;
        ended();
        return true;
    }

    /// <summary>Removes what was written. Background thread.</summary>
    public void GiveUp()
    {
        _file?.Dispose();
        _file = null;
        try
        {
            if (target.FileSystem.FileExists(UnfinishedPath))
            {
                target.FileSystem.Delete(UnfinishedPath);
            }
        }
        catch (IOException)
        {
            // Unfinished files are removed when the journal is opened next; until then this one only takes room.
        }

        ended();
    }

    private string ImagesPath => Path.Combine(target.Directory, StoreNames.Images(number));

    private string UnfinishedPath => ImagesPath + StoreNames.Unfinished;

    /// <summary>Writes what was collected. Gives true if somebody was told before that there is no room.</summary>
    private bool Drain()
    {
        bool foundFull;
        lock (_gate)
        {
            (_filling, _draining) = (_draining, _filling);
            foundFull = _foundFull;
            _foundFull = false;
        }

        _file ??= target.FileSystem.Open(UnfinishedPath, create: true);
        if (_draining.WrittenCount > 0)
        {
            _file.Write(_offset, _draining.WrittenSpan);
            _file.Sync();
            _crc = Crc32C.Add(_crc, _draining.WrittenSpan);
            _offset += _draining.WrittenCount;
            _draining.ResetWrittenCount();
        }

        return foundFull;
    }

    /// <summary>
    /// Writes every image once more behind the last: a checkpoint stands for all that came before it, and one bad sector must
    /// not take a queue with it, or all of them. Gives true when all is written.
    /// </summary>
    private bool CopyImages()
    {
        _imagesEnd = _imagesEnd == 0 ? _offset : _imagesEnd;
        long end = _imagesEnd + (_imagesEnd - CheckpointHeader.Bytes);
        byte[] buffer = new byte[(int)Math.Min(CopyStepBytes, end - _offset)];
        if (buffer.Length > 0)
        {
            int count = _file!.Read(_offset - _imagesEnd + CheckpointHeader.Bytes, buffer);
            _file.Write(_offset, buffer.AsSpan(0, count));
            _file.Sync();
            _crc = Crc32C.Add(_crc, buffer.AsSpan(0, count));
            _offset += count;
        }

        return _offset == end;
    }

    private void Finish()
    {
        CheckpointHeader header = new()
        {
            JournalId = target.JournalId,
            Number = number,
            Epoch = target.Epoch,
            ReplayFrom = _replayFrom,
            Durable = _maxStamp,
            Images = _images,
            CopiesAt = _imagesEnd,
        };
        byte[] bytes = new byte[CheckpointHeader.Bytes];
        header.WriteTo(bytes, CheckpointHeader.ImagesMagic);
        _file!.Sync();
        _file.Write(0, bytes);
        _file.Sync();
        _file.Dispose();
        _file = null;
        target.FileSystem.Rename(UnfinishedPath, ImagesPath);

        // The manifest must not become durable before the name of what it lists.
        target.FileSystem.SyncDirectory(target.Directory);

        string manifestPath = Path.Combine(target.Directory, StoreNames.Manifest(number));
        using (IFile manifest = target.FileSystem.Open(manifestPath + StoreNames.Unfinished, create: true))
        {
            manifest.Write(0, ManifestEntry.Manifest(header, [new ManifestEntry(StoreNames.Images(number), _offset, Crc32C.Finish(_crc))]));
            manifest.Sync();
        }

        target.FileSystem.Rename(manifestPath + StoreNames.Unfinished, manifestPath);
        target.FileSystem.SyncDirectory(target.Directory);
        target.Pins.RemoveCheckpoints(RemoveOlder);
    }

    /// <summary>The new checkpoint is durable: the ones before it are not needed.</summary>
    private void RemoveOlder()
    {
        foreach (string name in target.FileSystem.ListFiles(target.Directory))
        {
            if ((StoreNames.TryParseManifest(name, out long other) || StoreNames.TryParseImages(name, out other)) && other < number)
            {
                target.FileSystem.Delete(Path.Combine(target.Directory, name));
            }
        }
    }
}

/// <summary>Where checkpoints go.</summary>
internal sealed record CheckpointTarget(IFileSystem FileSystem, string Directory, ulong JournalId, long Epoch, Action<long> SyncLog, FilePins Pins, int BufferBytes);

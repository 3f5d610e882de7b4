namespace AmqpBroker.Testing;

/// <summary>
/// The content of a file on a simulated disk: what a reader sees now, what is certain to be on the disk, and every version of
/// each sector that was written in between and may or may not have reached it.
/// </summary>
internal sealed class SimulatedFile
{
    public const int SectorBytes = 512;

    private readonly SortedDictionary<long, List<byte[]>> _pending = [];
    private byte[] _current = [];
    private byte[] _durable = [];
    private long _length;
    private long _durableLength;

    public long Length => _length;

    /// <summary>A file of which everything is durable.</summary>
    public static SimulatedFile Durable(ReadOnlySpan<byte> bytes) => new()
    {
        _current = bytes.ToArray(),
        _durable = bytes.ToArray(),
        _length = bytes.Length,
        _durableLength = bytes.Length,
    };

    public int Read(long offset, Span<byte> destination)
    {
        int count = (int)Math.Clamp(_length - offset, 0, destination.Length);
        _current.AsSpan((int)Math.Min(offset, _length), count).CopyTo(destination);
        return count;
    }

    public byte[] ToArray() => _current.AsSpan(0, (int)_length).ToArray();

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        long end = offset + bytes.Length;
        if (end > _current.Length)
        {
            Array.Resize(ref _current, (int)Math.Max(end, _current.Length * 2L));
        }

        _length = Math.Max(_length, end);
        bytes.CopyTo(_current.AsSpan((int)offset));
        for (long sector = offset / SectorBytes; sector * SectorBytes < end; sector++)
        {
            if (!_pending.TryGetValue(sector, out List<byte[]>? versions))
            {
                _pending[sector] = versions = [];
            }

            versions.Add(Sector(_current, sector));
        }
    }

    /// <summary>Everything written is durable.</summary>
    public void Sync()
    {
        foreach ((long sector, List<byte[]> versions) in _pending)
        {
            Keep(sector, versions[^1]);
        }

        _pending.Clear();
        _durableLength = _length;
    }

    /// <summary>
    /// The sync fails: each sector holds one of its versions, and the system takes all for written, so that a later sync
    /// does not write them again.
    /// </summary>
    public void FailSync(Random random)
    {
        Settle(random);
        _pending.Clear();
    }

    /// <summary>What a crash leaves: each sector old, new or in between, and as much of the growth as luck has it.</summary>
    public SimulatedFile AfterCrash(Random random)
    {
        SimulatedFile copy = Durable(_durable.AsSpan(0, (int)Math.Min(_durableLength, _durable.Length)));
        copy._durableLength = copy._length = _durableLength;
        if (_length > _durableLength)
        {
            long sectors = (_length - _durableLength + SectorBytes - 1) / SectorBytes;
            copy._durableLength = random.Next(3) switch
            {
                0 => _durableLength,
                1 => _length,
                _ => Math.Min(_length, (_durableLength / SectorBytes + random.NextInt64(sectors + 1)) * SectorBytes),
            };
            copy._durableLength = Math.Max(copy._durableLength, _durableLength);
        }

        foreach ((long sector, List<byte[]> versions) in _pending)
        {
            copy._pending[sector] = versions;
        }

        copy.Settle(random);
        return Durable(copy._durable.AsSpan(0, (int)copy._durableLength));
    }

    private static byte[] Sector(byte[] content, long sector)
    {
        byte[] bytes = new byte[SectorBytes];
        int start = (int)(sector * SectorBytes);
        content.AsSpan(start, Math.Min(SectorBytes, content.Length - start)).CopyTo(bytes);
        return bytes;
    }

    /// <summary>A crash is one of: all lost, all kept, a mix decided for each sector.</summary>
    private void Settle(Random random)
    {
        int mood = random.Next(4);
        if (_durable.Length < _durableLength)
        {
            Array.Resize(ref _durable, (int)_durableLength);
        }

        foreach ((long sector, List<byte[]> versions) in _pending)
        {
            int choice = mood switch
            {
                0 => -1,
                1 => versions.Count - 1,
                _ => random.Next(-1, versions.Count),
            };
            if (choice >= 0)
            {
                Keep(sector, versions[choice]);
            }
        }
    }

    private void Keep(long sector, byte[] bytes)
    {
        long end = (sector + 1) * SectorBytes;
        if (_durable.Length < end)
        {
            Array.Resize(ref _durable, (int)Math.Max(end, _durable.Length * 2L));
        }

        bytes.CopyTo(_durable.AsSpan((int)(sector * SectorBytes)));
    }
}

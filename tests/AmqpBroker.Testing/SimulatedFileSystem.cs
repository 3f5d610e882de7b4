using AmqpBroker.Storage;

namespace AmqpBroker.Testing;

/// <summary>The simulated machine has lost its power: nothing works until <see cref="SimulatedFileSystem.Crash"/>.</summary>
public sealed class SimulatedCrashException() : Exception("The simulated machine lost its power.");

/// <summary>What a call is refused with.</summary>
public enum SimulatedFault
{
    /// <summary>An input/output error. A sync that gets it loses what was not durable, and hides that.</summary>
    InputOutput,

    /// <summary>No room.</summary>
    NoRoom,

    /// <summary>The power goes: no later call works, and <see cref="SimulatedFileSystem.Crash"/> gives what is left.</summary>
    PowerLoss,
}

/// <summary>
/// A disk in memory that keeps only what it promised: what was not synced may be lost, kept or torn at sector boundaries in
/// any mix, names are durable only after their directory was synced, and calls can be refused. All chance comes from the
/// seed, so a run with the same calls is the same run. Directories themselves are durable at once. Any thread.
/// </summary>
public sealed class SimulatedFileSystem(int seed) : IFileSystem
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly SortedDictionary<string, SimulatedFile> _names = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SimulatedFile> _durableNames = new(StringComparer.Ordinal);
    private readonly List<NameChange> _changes = [];
    private readonly HashSet<string> _locks = new(StringComparer.Ordinal);
    private bool _crashed;

    private sealed record NameChange(string Directory, string? Removed, string? Added, SimulatedFile? File);

    /// <summary>The calls made so far that change something: writes, syncs, name changes.</summary>
    public long Calls { get; private set; }

    /// <summary>The bytes that were read so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>The call (counted by <see cref="Calls"/>) at which the fault happens; 0 for never.</summary>
    public long FaultAtCall { get; set; }

    /// <summary>The fault that happens then.</summary>
    public SimulatedFault Fault { get; set; }

    /// <summary>The bytes that all files together may have.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>True: every sync of a file fails.</summary>
    public bool SyncFails { get; set; }

    /// <summary>The files there are.</summary>
    public IReadOnlyList<string> Paths
    {
        get
        {
            lock (_gate)
            {
                return [.. _names.Keys];
            }
        }
    }

    /// <summary>The bytes of a file as a reader sees them.</summary>
    public byte[] ReadAll(string path)
    {
        lock (_gate)
        {
            return _names[path].ToArray();
        }
    }

    /// <summary>Replaces a file, durably: for damage.</summary>
    public void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _names[path] = _durableNames[path] = SimulatedFile.Durable(bytes);
        }
    }

    /// <summary>Removes a file, durably: for damage.</summary>
    public void Remove(string path)
    {
        lock (_gate)
        {
            _names.Remove(path);
            _durableNames.Remove(path);
        }
    }

    /// <summary>The disk as a loss of power at this moment leaves it, for the next start. This one stays as it is.</summary>
    public SimulatedFileSystem Crash()
    {
        lock (_gate)
        {
            SimulatedFileSystem next = new(_random.Next());
            Dictionary<SimulatedFile, SimulatedFile> files = [];
            foreach ((string name, SimulatedFile file) in NamesAfterCrash())
            {
                if (!files.TryGetValue(file, out SimulatedFile? copy))
                {
                    files[file] = copy = file.AfterCrash(_random);
                }

                next._names[name] = next._durableNames[name] = copy;
            }

            return next;
        }
    }

    /// <summary>The disk as the files stand, without a loss of power: what a killed process leaves.</summary>
    public SimulatedFileSystem Copy()
    {
        lock (_gate)
        {
            SimulatedFileSystem next = new(_random.Next());
            foreach ((string name, SimulatedFile file) in _names)
            {
                next._names[name] = next._durableNames[name] = SimulatedFile.Durable(file.ToArray());
            }

            return next;
        }
    }

    /// <inheritdoc/>
    public IFile Open(string path, bool create)
    {
        lock (_gate)
        {
            if (!_names.TryGetValue(path, out SimulatedFile? file))
            {
                if (!create)
                {
                    throw new FileNotFoundException("No such simulated file.", path);
                }

                Call(path);
                file = new SimulatedFile();
                Change(new NameChange(DirectoryOf(path), null, path, file));
            }

            return new Handle(this, file, path);
        }
    }

    /// <inheritdoc/>
    public bool FileExists(string path)
    {
        lock (_gate)
        {
            return _names.ContainsKey(path);
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> ListFiles(string directory)
    {
        lock (_gate)
        {
            return [.. _names.Keys.Where(p => DirectoryOf(p) == directory).Select(p => Path.GetFileName(p)!)];
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            Call(from);
            Change(new NameChange(DirectoryOf(to), from, to, _names[from]));
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        lock (_gate)
        {
            Call(path);
            Change(new NameChange(DirectoryOf(path), path, null, null));
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        lock (_gate)
        {
            Call(path);
            foreach (NameChange change in _changes.Where(c => c.Directory == path))
            {
                Apply(_durableNames, change);
            }

            _changes.RemoveAll(c => c.Directory == path);
        }
    }

    /// <inheritdoc/>
    public IDisposable? TryLock(string path)
    {
        lock (_gate)
        {
            return _locks.Add(path) ? new Held(this, path) : null;
        }
    }

    private static string DirectoryOf(string path) => Path.GetDirectoryName(path)!;

    private static void Apply(SortedDictionary<string, SimulatedFile> names, NameChange change)
    {
        if (change.Removed is not null)
        {
            names.Remove(change.Removed);
        }

        if (change.Added is not null)
        {
            names[change.Added] = change.File!;
        }
    }

    /// <summary>Name changes that were not synced reached the disk up to some point in order, or in any choice of them.</summary>
    private SortedDictionary<string, SimulatedFile> NamesAfterCrash()
    {
        SortedDictionary<string, SimulatedFile> names = new(_durableNames, StringComparer.Ordinal);
        bool inOrder = _random.Next(2) == 0;
        int reached = _random.Next(_changes.Count + 1);
        for (int i = 0; i < _changes.Count; i++)
        {
            if (inOrder ? i < reached : _random.Next(2) == 0)
            {
                Apply(names, _changes[i]);
            }
        }

        return names;
    }

    private void Change(NameChange change)
    {
        Apply(_names, change);
        _changes.Add(change);
    }

    private SimulatedFault? NextCall()
    {
        if (_crashed)
        {
            throw new SimulatedCrashException();
        }

        Calls++;
        if (Calls != FaultAtCall)
        {
            return null;
        }

        _crashed = Fault == SimulatedFault.PowerLoss;
        return Fault;
    }

    private void Call(string path) => ThrowFor(NextCall(), path);

    private static void ThrowFor(SimulatedFault? fault, string path)
    {
        switch (fault)
        {
            case SimulatedFault.InputOutput:
                throw new IOException($"Simulated input/output error on '{path}'.");
            case SimulatedFault.NoRoom:
                throw new DiskFullException(path);
            case SimulatedFault.PowerLoss:
                throw new SimulatedCrashException();
        }
    }

    private sealed class Held(SimulatedFileSystem disk, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._gate)
            {
                disk._locks.Remove(path);
            }
        }
    }

    private sealed class Handle(SimulatedFileSystem disk, SimulatedFile file, string path) : IFile
    {
        public long Length
        {
            get
            {
                lock (disk._gate)
                {
                    return file.Length;
                }
            }
        }

        public int Read(long offset, Span<byte> destination)
        {
            lock (disk._gate)
            {
                int count = file.Read(offset, destination);
                disk.BytesRead += count;
                return count;
            }
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            lock (disk._gate)
            {
                SimulatedFault? fault = disk.NextCall();
                long growth = Math.Max(0, offset + bytes.Length - file.Length);
                if (growth > 0 && disk._names.Values.Distinct().Sum(f => f.Length) + growth > disk.CapacityBytes)
                {
                    fault ??= SimulatedFault.NoRoom;
                }

                // A refused write, and one that the power went out under, may have done a part: whole sectors.
                file.Write(offset, fault is null ? bytes : bytes[..WholeSectors(offset, disk._random.Next(growth > 0 && fault == SimulatedFault.NoRoom ? 1 : bytes.Length + 1), bytes.Length)]);
                ThrowFor(fault, path);
            }
        }

        public void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> pieces)
        {
            byte[] all = new byte[TotalOf(pieces)];
            int at = 0;
            foreach (ReadOnlyMemory<byte> piece in pieces)
            {
                piece.Span.CopyTo(all.AsSpan(at));
                at += piece.Length;
            }

            Write(offset, all);
        }

        public void Allocate(long length)
        {
            long grow = length - Length;
            if (grow > 0)
            {
                Write(length - grow, new byte[grow]);
            }
        }

        public void Sync()
        {
            lock (disk._gate)
            {
                SimulatedFault? fault = disk.NextCall();
                if (fault is null && disk.SyncFails)
                {
                    fault = SimulatedFault.InputOutput;
                }

                if (fault == SimulatedFault.InputOutput)
                {
                    file.FailSync(disk._random);
                }

                ThrowFor(fault, path);
                file.Sync();
            }
        }

        public void Dispose()
        {
        }

        private static int WholeSectors(long offset, int count, int all) => count == all
            ? all
            : (int)Math.Max(0, ((offset + count) / SimulatedFile.SectorBytes * SimulatedFile.SectorBytes) - offset);

        private static int TotalOf(ReadOnlySpan<ReadOnlyMemory<byte>> pieces)
        {
            int total = 0;
            foreach (ReadOnlyMemory<byte> piece in pieces)
            {
                total += piece.Length;
            }

            return total;
        }
    }
}

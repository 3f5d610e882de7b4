using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AmqpBroker.Benchmarks.BacklogLayout;

/// <summary>Real files in one folder, with counts of what was written, read, synced and kept. Spike code: not the store's.</summary>
internal sealed class SpikeDisk : IDisposable
{
    private const int DontNeed = 4;
    private readonly string _folder;
    private readonly List<SpikeFile> _files = [];
    private int _number;

    public SpikeDisk(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    public long Written { get; set; }

    public long Read { get; set; }

    public int Reads { get; set; }

    public int Syncs { get; set; }

    public double SyncSeconds { get; set; }

    public long Kept { get; private set; }

    public long Peak { get; private set; }

    public SpikeFile Create()
    {
        SpikeFile file = new(this, Path.Combine(_folder, $"{++_number:000000}.dat"));
        _files.Add(file);
        return file;
    }

    public void Grew(long bytes)
    {
        Kept += bytes;
        Peak = Math.Max(Peak, Kept);
    }

    public void Removed(SpikeFile file) => _files.Remove(file);

    public void ResetCounts()
    {
        Written = 0;
        Read = 0;
        Reads = 0;
        Syncs = 0;
        SyncSeconds = 0;
        Peak = Kept;
    }

    /// <summary>Makes the next reads come from the device: drops the pages of all files (they are clean after a sync).</summary>
    public void MakeCold()
    {
        foreach (SpikeFile file in _files)
        {
            _ = posix_fadvise((int)file.Handle.DangerousGetHandle(), 0, 0, DontNeed);
        }
    }

    public void Dispose()
    {
        foreach (SpikeFile file in _files.ToArray())
        {
            file.Delete();
        }
        Directory.Delete(_folder);
    }

    [DllImport("libc")]
    private static extern int posix_fadvise(int fd, long offset, long length, int advice);
}

internal sealed class SpikeFile
{
    private readonly SpikeDisk _disk;
    private readonly string _path;

    public SpikeFile(SpikeDisk disk, string path)
    {
        _disk = disk;
        _path = path;
        Handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
    }

    public SafeFileHandle Handle { get; }

    public long Size { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes, long at)
    {
        RandomAccess.Write(Handle, bytes, at);
        _disk.Written += bytes.Length;
        if (at + bytes.Length > Size)
        {
            _disk.Grew(at + bytes.Length - Size);
            Size = at + bytes.Length;
        }
    }

    public void Read(Span<byte> into, long at)
    {
        int read = RandomAccess.Read(Handle, into, at);
        if (read != into.Length)
        {
            throw new IOException($"{read} of {into.Length} bytes at {at}");
        }
        lock (_disk)
        {
            _disk.Read += read;
            _disk.Reads++;
        }
    }

    /// <summary>fdatasync; returns the seconds it took.</summary>
    public double Sync()
    {
        long start = Stopwatch.GetTimestamp();
        if (fdatasync((int)Handle.DangerousGetHandle()) != 0)
        {
            throw new IOException("fdatasync failed");
        }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _disk.Syncs++;
        _disk.SyncSeconds += seconds;
        return seconds;
    }

    public void Delete()
    {
        Handle.Dispose();
        File.Delete(_path);
        _disk.Grew(-Size);
        _disk.Removed(this);
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int fdatasync(int fd);
}

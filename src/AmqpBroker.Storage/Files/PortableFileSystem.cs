using Microsoft.Win32.SafeHandles;

namespace AmqpBroker.Storage;

/// <summary>
/// Files by the framework alone: for systems other than Linux, where directories are not synced and a sync is the
/// framework's full one.
/// </summary>
internal class PortableFileSystem : IFileSystem
{
    /// <summary>HResult of ERROR_DISK_FULL on Windows; on Unix the framework puts the error number there.</summary>
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    public virtual IFile Open(string path, bool create) => new PortableFile(OpenHandle(path, create), path);

    public virtual IFile OpenForReading(string path) => new PortableFile(OpenReadingHandle(path), path);

    public bool FileExists(string path) => File.Exists(path);

    public void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        string full = Path.GetFullPath(path);
        string? parent = Path.GetDirectoryName(full);
        if (parent is not null)
        {
            CreateDirectory(parent);
        }

        Directory.CreateDirectory(full);
        if (parent is not null)
        {
            SyncDirectory(parent);
        }
    }

    public IReadOnlyList<string> ListFiles(string directory) =>
        Directory.Exists(directory) ? [.. Directory.EnumerateFiles(directory).Select(f => Path.GetFileName(f)!)] : [];

    public virtual void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    public void Delete(string path) => File.Delete(path);

    public virtual void SyncDirectory(string path)
    {
        // The framework opens no directories; the file systems of these other systems order names with their journals.
    }

    public IDisposable? TryLock(string path) => TryLock(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);

    /// <summary>The same for a file that is there, which may be read-only.</summary>
    public static IDisposable? TryLockExisting(string path) => TryLock(path, FileMode.Open, FileAccess.Read);

    private static SafeFileHandle? TryLock(string path, FileMode mode, FileAccess access)
    {
        try
        {
            // On Unix the framework takes an exclusive flock for this.
            return File.OpenHandle(path, mode, access, FileShare.None);
        }
        catch (IOException e) when (e.HResult is WindowsSharingViolation or Libc.WouldBlockError)
        {
            return null;
        }
    }

    protected static SafeFileHandle OpenHandle(string path, bool create)
    {
        try
        {
            return File.OpenHandle(path, create ? FileMode.OpenOrCreate : FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (IOException e) when (IsDiskFull(e))
        {
            throw new DiskFullException(path);
        }
    }

    protected static SafeFileHandle OpenReadingHandle(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private static bool IsDiskFull(IOException e) => e.HResult is WindowsDiskFull or Libc.NoSpaceError or Libc.QuotaError;

    private sealed class PortableFile(SafeFileHandle handle, string path) : IFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public int Read(long offset, Span<byte> destination)
        {
            int total = 0;
            while (total < destination.Length)
            {
                int count = RandomAccess.Read(handle, destination[total..], offset + total);
                if (count == 0)
                {
                    break;
                }

                total += count;
            }

            return total;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            try
            {
                RandomAccess.Write(handle, bytes, offset);
            }
            catch (IOException e) when (IsDiskFull(e))
            {
                throw new DiskFullException(path);
            }
        }

        public void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> pieces)
        {
            foreach (ReadOnlyMemory<byte> piece in pieces)
            {
                Write(offset, piece.Span);
                offset += piece.Length;
            }
        }

        public void Allocate(long length) => RandomAccess.SetLength(handle, length);

        public void Sync() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }
}

using AmqpBroker.Storage;

namespace AmqpBroker.Simulation.Histories;

/// <summary>A disk's interface, for a mutant to change one member of.</summary>
internal class MutantDisk(IFileSystem disk) : IFileSystem
{
    public virtual IFile Open(string path, bool create) => disk.Open(path, create);

    public bool FileExists(string path) => disk.FileExists(path);

    public void CreateDirectory(string path) => disk.CreateDirectory(path);

    public IReadOnlyList<string> ListFiles(string directory) => disk.ListFiles(directory);

    public virtual void Rename(string from, string to) => disk.Rename(from, to);

    public virtual void Delete(string path) => disk.Delete(path);

    public virtual void SyncDirectory(string path) => disk.SyncDirectory(path);

    public IDisposable? TryLock(string path) => disk.TryLock(path);
}

/// <summary>A file's interface, for a mutant to change one member of.</summary>
internal class MutantFile(IFile file) : IFile
{
    public long Length => file.Length;

    public virtual int Read(long offset, Span<byte> destination) => file.Read(offset, destination);

    public virtual void Write(long offset, ReadOnlySpan<byte> bytes) => file.Write(offset, bytes);

    public virtual void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> pieces) => file.Write(offset, pieces);

    public virtual void Allocate(long length) => file.Allocate(length);

    public virtual void Sync() => file.Sync();

    public void Dispose() => file.Dispose();
}

namespace AmqpBroker.Storage;

/// <summary>The machine's file system on Linux.</summary>
internal sealed class LinuxFileSystem : PortableFileSystem
{
    public override IFile Open(string path, bool create) => new LinuxFile(OpenHandle(path, create), path);

    public override IFile OpenForReading(string path) => new LinuxFile(OpenReadingHandle(path), path);

    public override void Rename(string from, string to)
    {
        if (Libc.Rename(from, to) != 0)
        {
            throw Libc.Error("The renaming", from);
        }
    }

    public override void SyncDirectory(string path)
    {
        int directory = Libc.Open(path, Libc.OpenCloseOnExec);
        if (directory < 0)
        {
            throw Libc.Error("The opening", path);
        }

        IOException? failure = Libc.FSync(directory) == 0 ? null : Libc.Error("fsync", path);
        _ = Libc.Close(directory);
        if (failure is not null)
        {
            throw failure;
        }
    }
}

using AmqpBroker.Storage;

namespace AmqpBroker.Simulation.Histories;

/// <summary>A store that does not sync its files.</summary>
internal sealed class SyncsNothing : Mutant
{
    internal override IFileSystem Disk(IFileSystem disk) => new Changed(disk);

    private sealed class Changed(IFileSystem disk) : MutantDisk(disk)
    {
        public override IFile Open(string path, bool create) => new ChangedFile(base.Open(path, create));
    }

    private sealed class ChangedFile(IFile file) : MutantFile(file)
    {
        public override void Sync()
        {
        }
    }
}

/// <summary>A store that takes a failed sync for one that it may try again later.</summary>
internal sealed class SwallowsFailedSyncs : Mutant
{
    internal override IFileSystem Disk(IFileSystem disk) => new Changed(disk);

    private sealed class Changed(IFileSystem disk) : MutantDisk(disk)
    {
        public override IFile Open(string path, bool create) => new ChangedFile(base.Open(path, create));
    }

    private sealed class ChangedFile(IFile file) : MutantFile(file)
    {
        public override void Sync()
        {
            try
            {
                base.Sync();
            }
            catch (IOException)
            {
                // The error of this mutant.
            }
        }
    }
}

/// <summary>A store that does not look whether its writes found room.</summary>
internal sealed class SwallowsFullDisk : Mutant
{
    internal override IFileSystem Disk(IFileSystem disk) => new Changed(disk);

    private sealed class Changed(IFileSystem disk) : MutantDisk(disk)
    {
        public override IFile Open(string path, bool create) => new ChangedFile(base.Open(path, create));
    }

    private sealed class ChangedFile(IFile file) : MutantFile(file)
    {
        public override void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> pieces)
        {
            try
            {
                base.Write(offset, pieces);
            }
            catch (DiskFullException)
            {
                // The error of this mutant.
            }
        }
    }
}

/// <summary>A store that does not sync its directory.</summary>
internal sealed class DropsDirectorySyncs : Mutant
{
    internal override IFileSystem Disk(IFileSystem disk) => new Changed(disk);

    private sealed class Changed(IFileSystem disk) : MutantDisk(disk)
    {
        public override void SyncDirectory(string path)
        {
        }
    }
}

/// <summary>A store that forgets to give its finished checkpoints their names.</summary>
internal sealed class LeavesCheckpointsUnnamed : Mutant
{
    internal override IFileSystem Disk(IFileSystem disk) => new Changed(disk);

    private sealed class Changed(IFileSystem disk) : MutantDisk(disk)
    {
        public override void Rename(string from, string to)
        {
            if (!to.Contains("checkpoint", StringComparison.Ordinal))
            {
                base.Rename(from, to);
            }
        }
    }
}

using System.Globalization;

namespace AmqpBroker.Storage.Tests;

/// <summary>A journal that goes on while it is copied: the copy is the journal up to a position, whole, and what it was made from comes free.</summary>
public sealed class CopyTests
{
    private static readonly CopyPace s_unlimited = new(0);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_copy_holds_what_was_committed_when_it_began_whatever_comes_meanwhile(int seed)
    {
        using TempDirectory directory = new();
        using FileJournal journal = FileJournalTests.Open(directory);
        Random random = new(seed);
        Living living = new(journal);
        int recycled = 0;
        for (int round = 0; round < 4; round++)
        {
            living.Work(random, steps: random.Next(20, 80));
            using TempDirectory copies = new();
            HeldFiles held = journal.HoldFiles()!;
            Dictionary<long, string> expected = living.Committed();
            Assert.Equal(journal.CommittedPosition, held.Position);
            living.Work(random, steps: random.Next(0, 120));
            BackupFolder backup = Write(held, copies);
            held.Dispose();
            Assert.Empty(backup.Verify(static _ => { }, CancellationToken.None));
            backup.RestoreTo(copies["data"], static _ => { }, CancellationToken.None);
            Assert.Equal(expected, Living.Read(Path.Combine(copies["data"], StoreFolders.Journals, Path.GetFileName(directory.Path))));
            journal.RunBackground();
            recycled += journal.DiskBytes < 30 * 16 * 1024 ? 1 : 0;
        }

        Assert.True(recycled > 1, "what was held never came free");
    }

    [Fact]
    public void What_is_held_stays_until_it_is_released_and_goes_then()
    {
        using TempDirectory directory = new();
        using FileJournal journal = FileJournalTests.Open(directory);
        Living living = new(journal);
        living.Work(new Random(1), steps: 200);
        using (HeldFiles held = journal.HoldFiles()!)
        {
            byte[][] before = Contents(held);
            living.Work(new Random(2), steps: 200);
            Assert.Equal(before, Contents(held));
        }

        living.Work(new Random(3), steps: 150);
        string[] names = [.. Directory.GetFiles(directory.Path, "checkpoint-*").Select(Path.GetFileName)!];
        Assert.Equal(2, names.Length);
    }

    [Fact]
    public void A_closed_journal_gives_nothing_to_hold()
    {
        using TempDirectory directory = new();
        FileJournal journal = FileJournalTests.Open(directory);
        journal.Dispose();
        Assert.Null(journal.HoldFiles());
    }

    [Fact]
    public void A_stopped_journal_is_copied_without_its_spare_files()
    {
        using TempDirectory directory = new();
        using TempDirectory copies = new();
        Dictionary<long, string> expected;
        using (FileJournal journal = FileJournalTests.Open(directory))
        {
            Living living = new(journal);
            living.Work(new Random(5), steps: 300);
            expected = living.Committed();
        }

        JournalSource source = JournalSource.OfStopped(FileSystems.Machine, directory.Path);
        Assert.True(source.Files.Count < Directory.GetFiles(directory.Path).Length - 2);
        using (BackupTarget target = BackupTarget.Prepare(FileSystems.Machine, copies["backup"]))
        {
            target.Copy(source, s_unlimited, static _ => { }, CancellationToken.None);
            target.Complete(DateTimeOffset.UnixEpoch, "test", static _ => { }, CancellationToken.None);
        }

        BackupFolder.Open(FileSystems.Machine, copies["backup"]).RestoreTo(copies["data"], static _ => { }, CancellationToken.None);
        Assert.Equal(expected, Living.Read(Path.Combine(copies["data"], StoreFolders.Journals, source.Name)));
    }

    [Fact]
    public void A_backup_that_is_not_completed_leaves_nothing()
    {
        using TempDirectory directory = new();
        using TempDirectory copies = new();
        using FileJournal journal = FileJournalTests.Open(directory);
        new Living(journal).Work(new Random(5), steps: 50);
        using HeldFiles held = journal.HoldFiles()!;
        using CancellationTokenSource stop = new();
        using (BackupTarget target = BackupTarget.Prepare(FileSystems.Machine, copies["backup"]))
        {
            Assert.Throws<IOException>(() => BackupTarget.Prepare(FileSystems.Machine, copies["backup"]));
            Assert.Throws<OperationCanceledException>(() => target.Copy(Source(held), s_unlimited, _ => stop.Cancel(), stop.Token));
        }

        Assert.Empty(Directory.GetFileSystemEntries(copies.Path));
    }

    [Fact]
    public void A_backup_that_is_damaged_is_said_and_never_restored()
    {
        using TempDirectory directory = new();
        using TempDirectory copies = new();
        using FileJournal journal = FileJournalTests.Open(directory);
        new Living(journal).Work(new Random(5), steps: 300);
        using HeldFiles held = journal.HoldFiles()!;
        Write(held, copies);
        foreach (string path in Directory.GetFiles(copies["backup"], "*", SearchOption.AllDirectories))
        {
            byte[] whole = File.ReadAllBytes(path);
            byte[] damaged = [.. whole];
            damaged[damaged.Length / 2] ^= 1;
            File.WriteAllBytes(path, damaged);
            Assert.Throws<IOException>(() =>
            {
                BackupFolder backup = BackupFolder.Open(FileSystems.Machine, copies["backup"]);
                Assert.Single(backup.Verify(static _ => { }, CancellationToken.None));
                backup.RestoreTo(copies["data"], static _ => { }, CancellationToken.None);
            });
            Assert.False(Directory.Exists(Path.Combine(copies["data"], StoreFolders.Journals)));
            File.WriteAllBytes(path, whole);
        }

        BackupFolder.Open(FileSystems.Machine, copies["backup"]).RestoreTo(copies["data"], static _ => { }, CancellationToken.None);
        Assert.Throws<IOException>(() =>
            BackupFolder.Open(FileSystems.Machine, copies["backup"]).RestoreTo(copies["data"], static _ => { }, CancellationToken.None));
    }

    [Fact]
    public void A_newer_backup_is_refused()
    {
        string text = System.Text.Encoding.UTF8.GetString(new BackupManifest(DateTimeOffset.UnixEpoch, "1.0", []).ToBytes())
            .Replace("amqpbroker-backup 1", "amqpbroker-backup 2", StringComparison.Ordinal);
        text = text[..text.IndexOf("end ", StringComparison.Ordinal)];
        text += string.Create(CultureInfo.InvariantCulture, $"end 0 {Crc32C.Of(System.Text.Encoding.UTF8.GetBytes(text)):X8}\n");
        Assert.Contains("version 2", Assert.Throws<UnsupportedFormatException>(() => BackupManifest.Read(System.Text.Encoding.UTF8.GetBytes(text))).Message);
    }

    private static JournalSource Source(HeldFiles held) => new(Path.GetFileName(held.Directory), held.Directory, held.Files);

    private static byte[][] Contents(HeldFiles held) =>
        [.. held.Files.Select(f => File.ReadAllBytes(Path.Combine(held.Directory, f.Name))[..(int)f.Bytes])];

    private static BackupFolder Write(HeldFiles held, TempDirectory copies)
    {
        using BackupTarget target = BackupTarget.Prepare(FileSystems.Machine, copies["backup"]);
        target.Copy(Source(held), s_unlimited, static _ => { }, CancellationToken.None);
        target.Complete(DateTimeOffset.UnixEpoch, "test", static _ => { }, CancellationToken.None);
        return BackupFolder.Open(FileSystems.Machine, copies["backup"]);
    }

    /// <summary>
    /// A user of a journal: records that live until a later record ends them, and checkpoints that say where the living are.
    /// </summary>
    private sealed class Living(FileJournal journal) : IJournalReplay
    {
        private readonly Dictionary<long, string> _living = [];
        private readonly Dictionary<long, int> _lengths = [];

        /// <summary>What lives in the journal of a directory, its bytes included.</summary>
        public static Dictionary<long, string> Read(string directory)
        {
            Living living = new(null!);
            using FileJournal journal = FileJournal.Open(FileJournalTests.Options(directory), FileSystems.Machine, living);
            Assert.Empty(journal.Recovery.Quarantined);
            Assert.Equal(0, journal.Recovery.TruncatedTailBytes);
            foreach ((long position, int length) in living._lengths)
            {
                byte[] bytes = new byte[length];
                journal.ReadAt(position, bytes);
                living._living[position] = Convert.ToHexString(bytes);
            }

            return living._living;
        }

        public Dictionary<long, string> Committed() => new(_living);

        public void Work(Random random, int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                JournalBatch batch = journal.Begin();
                byte[] bytes = new byte[random.Next(10, 900)];
                random.NextBytes(bytes);
                bytes[0] = 1;
                long position = batch.AddRecord(bytes);
                journal.AddLive(position, bytes.Length);
                _living[position] = Convert.ToHexString(bytes);
                _lengths[position] = bytes.Length;
                while (_living.Count > 40)
                {
                    long ended = _living.Keys.ElementAt(random.Next(_living.Count));
                    batch.AddRecord([2, .. BitConverter.GetBytes(ended)]);
                    journal.RemoveLive(ended, _lengths[ended]);
                    _living.Remove(ended);
                    _lengths.Remove(ended);
                }

                journal.Append(batch);
                if (random.Next(60) == 0)
                {
                    ICheckpointWriter checkpoint = journal.BeginCheckpoint();
                    foreach ((long at, int length) in _lengths)
                    {
                        checkpoint.Add(journal.NextPosition, [.. BitConverter.GetBytes(at), .. BitConverter.GetBytes(length)]);
                    }

                    checkpoint.Complete();
                }

                journal.RunOneGroup();
                journal.RunBackground();
            }
        }

        void IJournalReplay.Image(long stamp, ReadOnlySpan<byte> image) => _lengths[BitConverter.ToInt64(image)] = BitConverter.ToInt32(image[8..]);

        void IJournalReplay.Record(long position, ReadOnlySpan<byte> record)
        {
            if (record[0] == 1)
            {
                _lengths[position] = record.Length;
            }
            else
            {
                _lengths.Remove(BitConverter.ToInt64(record[1..]));
            }
        }

        void IJournalReplay.Progress(long bytesDone, long bytesTotal)
        {
        }
    }
}

using System.Buffers.Binary;
using AmqpBroker.Testing;

namespace AmqpBroker.Storage.Tests;

/// <summary>An older format is read and goes on in the new one; a newer one is refused by name, and nothing is touched.</summary>
public sealed class FormatVersionTests
{
    private const string Directory = "/data/vhost";

    [Fact]
    public void What_an_older_version_wrote_is_read_and_what_comes_stands_in_segments_of_today()
    {
        SimulatedFileSystem disk = Build();
        string[] older = [.. disk.Paths.Where(p => !IsSpare(disk, p))];
        Assert.All(older, path => SetVersion(disk, path, 0, StoreFormat.Version - 1));
        RecordingReplay replay = new();
        using (FileJournal journal = Open(disk, replay))
        {
            Assert.Equal(["second"], replay.Texts);
            Assert.Single(replay.Images);
            journal.AppendText("third");
        }

        string[] newer = [.. disk.Paths.Where(p => p.EndsWith(".log", StringComparison.Ordinal) && !IsSpare(disk, p)).Except(older)];
        Assert.Equal(StoreFormat.Version, BinaryPrimitives.ReadUInt16LittleEndian(disk.ReadAll(Assert.Single(newer)).AsSpan(4)));
        RecordingReplay again = new();
        using FileJournal last = Open(disk, again);
        Assert.Equal(["second", "third"], again.Texts);
        Assert.Empty(last.Recovery.Quarantined);
    }

    [Fact]
    public void A_segment_that_nothing_is_in_yet_becomes_one_of_today()
    {
        SimulatedFileSystem disk = Build();
        foreach (string path in disk.Paths.Where(p => p.EndsWith(".log", StringComparison.Ordinal) && !IsSpare(disk, p)))
        {
            SetVersion(disk, path, 0, 0);
            byte[] bytes = disk.ReadAll(path);
            bytes.AsSpan(SegmentHeader.Bytes).Clear();
            disk.Replace(path, bytes);
        }

        foreach (string path in disk.Paths.Where(p => p.Contains("checkpoint", StringComparison.Ordinal)))
        {
            disk.Remove(path);
        }

        Open(disk, new RecordingReplay()).Dispose();
        using FileJournal again = Open(disk, new RecordingReplay());
        Assert.Empty(again.Recovery.Quarantined);
    }

    [Theory]
    [InlineData(".log", 0)]
    [InlineData(".log", SegmentHeader.Bytes)]
    [InlineData(".images", 0)]
    [InlineData(".manifest", 0)]
    public void A_newer_file_of_any_kind_is_refused_by_its_name_and_nothing_is_touched(string kind, int at)
    {
        SimulatedFileSystem disk = Build();
        string newer = disk.Paths.First(p => p.EndsWith(kind, StringComparison.Ordinal) && !IsSpare(disk, p));
        SetVersion(disk, newer, at, StoreFormat.Version + 1);
        string[] before = [.. disk.Paths];
        long calls = disk.Calls;
        UnsupportedFormatException refusal = Assert.Throws<UnsupportedFormatException>(() => Open(disk, new RecordingReplay()));
        Assert.Contains(newer, refusal.Message);
        Assert.Contains($"version {StoreFormat.Version + 1}", refusal.Message);
        Assert.Contains("restore a backup", refusal.Message);
        Assert.Equal(before, disk.Paths);
        Assert.Equal(calls, disk.Calls);
    }

    private static SimulatedFileSystem Build()
    {
        SimulatedFileSystem disk = new(1);
        using FileJournal journal = Open(disk, new RecordingReplay());
        journal.AppendText("first");
        ICheckpointWriter checkpoint = journal.BeginCheckpoint();
        checkpoint.Add(journal.NextPosition, "image of first"u8);
        checkpoint.Complete();
        journal.RunOneGroup();
        journal.RunBackground();
        journal.AppendText("second");
        return disk;
    }

    private static bool IsSpare(SimulatedFileSystem disk, string path) => disk.ReadAll(path).AsSpan(0, Math.Min(64, disk.ReadAll(path).Length)).IndexOfAnyExcept((byte)0) < 0;

    private static void SetVersion(SimulatedFileSystem disk, string path, int at, int version)
    {
        byte[] bytes = disk.ReadAll(path);
        Span<byte> header = bytes.AsSpan(at, 64);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[60..], Crc32C.Of(header[..60]));
        if (path.EndsWith(".manifest", StringComparison.Ordinal))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4), Crc32C.Of(bytes.AsSpan(0, bytes.Length - 4)));
        }

        disk.Replace(path, bytes);
    }

    private static FileJournal Open(SimulatedFileSystem disk, IJournalReplay replay) => FileJournal.Open(FileJournalTests.Options(Directory), disk, replay);
}

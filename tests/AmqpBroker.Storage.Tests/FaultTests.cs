using AmqpBroker.Testing;

namespace AmqpBroker.Storage.Tests;

/// <summary>What the journal does when the disk refuses.</summary>
public sealed class FaultTests
{
    private const string Directory = "/data/vhost";
    private readonly SimulatedFileSystem _disk = new(5);
    private readonly RecordingListener _listener = new();

    [Fact]
    public void A_sync_that_fails_is_final()
    {
        FileJournal journal = Open();
        journal.AppendText("kept");
        journal.RunOneGroup();
        long confirmed = _listener.Position;
        CountedBytes body = new(new byte[10_000]);
        _disk.SyncFails = true;
        journal.AppendText("lost");
        journal.RunOneGroup();
        _disk.SyncFails = false;

        Assert.Equal(confirmed, _listener.Position);
        Assert.Contains("input/output", _listener.Failure!.Message);
        JournalBatch batch = journal.Begin();
        batch.BeginRecord();
        batch.WriteShared(body.Bytes, body);
        batch.EndRecord();
        Assert.Throws<JournalFailedException>(() => journal.Append(batch));
        Assert.Equal(0, body.References);
        journal.RunOneGroup();
        journal.RunBackground();
        journal.Dispose();
        Assert.Equal(1, _listener.Failures);
        Assert.Equal(confirmed, _listener.Position);
    }

    [Fact]
    public void A_write_that_fails_is_final_and_releases_what_was_queued()
    {
        FileJournal journal = Open();
        CountedBytes body = new(new byte[10_000]);
        for (int i = 0; i < 3; i++)
        {
            JournalBatch batch = journal.Begin();
            batch.BeginRecord();
            batch.WriteShared(body.Bytes, body);
            batch.EndRecord();
            journal.Append(batch);
        }

        Assert.Equal(3, body.References);
        _disk.Fault = SimulatedFault.InputOutput;
        _disk.FaultAtCall = _disk.Calls + 1;
        journal.RunOneGroup();
        Assert.NotNull(_listener.Failure);
        Assert.Equal(0, body.References);
        Assert.Equal(0, _listener.Position);
    }

    [Fact]
    public void A_full_disk_is_reported_early_and_loses_nothing()
    {
        FileJournal journal = Open();
        journal.RunBackground();
        _disk.CapacityBytes = 70_000;
        List<string> texts = [];
        bool reportedWhileWriting = false;
        for (int i = 0; i < 300; i++)
        {
            string text = $"{i} {new string('x', 400)}";
            texts.Add(text);
            journal.AppendText(text);
            journal.RunOneGroup();
            journal.RunBackground();
            reportedWhileWriting |= _listener.Full.Count == 1 && _listener.Position == journal.NextPosition;
        }

        Assert.True(reportedWhileWriting, "it was said while there still was room kept back");
        Assert.Equal([true], _listener.Full);
        Assert.True(_listener.Position < journal.NextPosition, "more was appended than fits");
        Assert.Null(_listener.Failure);

        _disk.CapacityBytes = long.MaxValue;
        journal.RunOneGroup();
        journal.RunBackground();
        Assert.Equal([true, false], _listener.Full);
        Assert.Equal(journal.NextPosition, _listener.Position);

        RecordingReplay replay = new();
        Open(replay, _disk.Crash());
        Assert.Equal(texts, replay.Texts);
    }

    [Fact]
    public void A_full_disk_can_be_started_on()
    {
        FileJournal journal = Open();
        journal.RunBackground();
        journal.AppendText("x");
        journal.Dispose();
        SimulatedFileSystem disk = _disk.Crash();
        disk.CapacityBytes = 0;
        for (int i = 0; i < 5; i++)
        {
            RecordingReplay replay = new();
            FileJournal again = Open(replay, disk);
            Assert.Equal("x", replay.Texts.First());
            again.AppendText("y");
            again.RunOneGroup();
            again.Dispose();
        }
    }

    [Fact]
    public void A_checkpoint_that_finds_no_room_is_given_up_and_the_one_before_counts()
    {
        FileJournal journal = Open();
        journal.AppendText("a");
        Checkpoint(journal, "first");
        Assert.Single(_listener.Checkpoints);
        journal.AppendText("b");
        _disk.CapacityBytes = 0;
        Checkpoint(journal, new string('i', 5000));
        Assert.Single(_listener.CheckpointFailures);
        _disk.CapacityBytes = long.MaxValue;
        Checkpoint(journal, "third");
        Assert.Equal(2, _listener.Checkpoints.Count);
        Assert.Null(_listener.Failure);
    }

    [Fact]
    public void A_newer_format_is_refused_and_left_alone()
    {
        FileJournal journal = Open();
        journal.AppendText("x");
        journal.Dispose();
        string path = _disk.Paths.First(p => p.EndsWith(".log", StringComparison.Ordinal) && _disk.ReadAll(p)[0] != 0);
        byte[] bytes = _disk.ReadAll(path);
        bytes[4] = 9;
        BitConverter.TryWriteBytes(bytes.AsSpan(60), Crc32C.Of(bytes.AsSpan(0, 60)));
        _disk.Replace(path, bytes);
        UnsupportedFormatException refusal = Assert.Throws<UnsupportedFormatException>(() => Open());
        Assert.Contains("version 9", refusal.Message);
        Assert.Contains(path, refusal.Message);
        Assert.Equal(bytes, _disk.ReadAll(path));
    }

    private static void Checkpoint(FileJournal journal, string image)
    {
        ICheckpointWriter checkpoint = journal.BeginCheckpoint();
        checkpoint.Add(journal.NextPosition, System.Text.Encoding.UTF8.GetBytes(image));
        checkpoint.Complete();
        journal.RunOneGroup();
        journal.RunBackground();
        journal.RunOneGroup();
    }

    private FileJournal Open(IJournalReplay? replay = null, SimulatedFileSystem? disk = null)
    {
        FileJournal journal = FileJournal.Open(FileJournalTests.Options(Directory), disk ?? _disk, replay ?? new RecordingReplay());
        journal.Subscribe(_listener);
        return journal;
    }
}

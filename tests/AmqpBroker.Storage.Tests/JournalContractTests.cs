using System.Text;

namespace AmqpBroker.Storage.Tests;

/// <summary>What holds for every journal. Each kind of journal runs these as its own.</summary>
public abstract class JournalContractTests
{
    [Fact]
    public void Records_come_back_in_order_at_their_positions()
    {
        using StepJournal journal = Create();
        long a = journal.Journal.AppendText("a1", "a2");
        long b = journal.Journal.AppendText("b");
        journal.Step();
        Assert.Equal(journal.Journal.NextPosition, journal.Listener.Position);

        RecordingReplay replay = journal.Reopen();
        Assert.Equal(["a1", "a2", "b"], replay.Texts);
        Assert.Equal([a, a + 6, b], replay.Records.Select(r => r.Position));
        byte[] read = new byte[2];
        journal.Journal.ReadAt(replay.Records[1].Position, read);
        Assert.Equal("a2"u8, read);
    }

    [Fact]
    public void An_empty_batch_uses_no_position()
    {
        using StepJournal journal = Create();
        long before = journal.Journal.NextPosition;
        JournalBatch batch = journal.Journal.Begin();
        Assert.True(batch.IsEmpty);
        journal.Journal.Append(batch);
        Assert.Equal(before, journal.Journal.NextPosition);
        journal.Step();
        Assert.Equal(0, journal.Listener.Position);
    }

    [Fact]
    public void Only_one_batch_is_open_at_a_time()
    {
        using StepJournal journal = Create();
        JournalBatch batch = journal.Journal.Begin();
        Assert.Throws<InvalidOperationException>(() => journal.Journal.Begin());
        journal.Journal.Append(batch);
        journal.Journal.Append(journal.Journal.Begin());
    }

    [Fact]
    public void A_record_must_be_ended_and_hold_something()
    {
        using StepJournal journal = Create();
        JournalBatch batch = journal.Journal.Begin();
        batch.BeginRecord();
        Assert.Throws<InvalidOperationException>(batch.EndRecord);
        Assert.Throws<InvalidOperationException>(batch.BeginRecord);
        batch.Write("x"u8);
        Assert.Throws<InvalidOperationException>(() => journal.Journal.Append(batch));
        batch.EndRecord();
        Assert.Throws<InvalidOperationException>(batch.EndRecord);
        journal.Journal.Append(batch);
        journal.Step();
        Assert.Equal(["x"], journal.Reopen().Texts);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2047)]
    [InlineData(5000)]
    [InlineData(300_000)]
    [InlineData(5_000_000)]
    public void Shared_bytes_are_written_where_the_batch_says_and_released(int size)
    {
        using StepJournal journal = Create();
        CountedBytes body = new([.. Enumerable.Range(0, size).Select(i => (byte)(i * 31))]);
        JournalBatch batch = journal.Journal.Begin();
        batch.BeginRecord();
        batch.Write("head"u8);
        long position = batch.Position;
        batch.WriteShared(body.Bytes, body);
        batch.GetSpan(3)[0] = (byte)'t';
        batch.Advance(1);
        batch.EndRecord();
        journal.Journal.AddLive(position, size);
        journal.Journal.Append(batch);
        journal.Step();
        Assert.Equal(0, body.References);

        byte[] read = new byte[size];
        journal.Journal.ReadAt(position, read);
        Assert.Equal(body.Bytes, read);
        RecordingReplay replay = journal.Reopen();
        Assert.Equal([.. "head"u8, .. body.Bytes, (byte)'t'], Assert.Single(replay.Records).Bytes);
    }

    [Fact]
    public void A_batch_is_full_at_the_target_size_and_grows_beyond_it()
    {
        using StepJournal journal = Create();
        JournalBatch batch = journal.Journal.Begin();
        int records = 0;
        while (!batch.IsFull)
        {
            batch.AddRecord(new byte[1000]);
            records++;
        }

        Assert.InRange(records, 64, 256);
        batch.AddRecord(new byte[70_000]);
        journal.Journal.Append(batch);
        journal.Step();
        Assert.Equal(records + 1, journal.Reopen().Records.Count);
    }

    [Fact]
    public void Nothing_can_be_read_wherever_a_record_ends()
    {
        using StepJournal journal = Create();
        long end = journal.Journal.AppendText("x") + 1;
        journal.Journal.AddLive(end - 1, 1);
        journal.Step();
        journal.Journal.ReadAt(end, []);
        journal.Journal.AppendText("y");
        journal.Step();
        journal.Journal.ReadAt(end, []);
    }

    [Fact]
    public void What_is_not_committed_cannot_be_read()
    {
        using StepJournal journal = Create();
        long position = journal.Journal.AppendText("x");
        Assert.Throws<ArgumentOutOfRangeException>(() => journal.Journal.ReadAt(position, new byte[1]));
    }

    [Fact]
    public void After_a_checkpoint_only_what_follows_is_replayed()
    {
        using StepJournal journal = Create();
        journal.Journal.AppendText("old");
        ICheckpointWriter checkpoint = journal.Journal.BeginCheckpoint();
        Assert.Throws<InvalidOperationException>(() => journal.Journal.BeginCheckpoint());
        long begun = journal.Journal.NextPosition;
        checkpoint.Add(journal.Journal.NextPosition, "image 1"u8);
        journal.Journal.AppendText("between");
        checkpoint.Add(journal.Journal.NextPosition, "image 2"u8);
        checkpoint.Complete();
        journal.Step();
        Assert.Equal([begun], journal.Listener.Checkpoints);
        journal.Journal.AppendText("after");
        journal.Step();

        RecordingReplay replay = journal.Reopen();
        Assert.Equal(["image 1", "image 2"], replay.Images.Select(i => Encoding.UTF8.GetString(i.Bytes)));
        Assert.Equal(begun, replay.Images[0].Stamp);
        Assert.True(replay.Images[1].Stamp > begun);
        Assert.Equal(["between", "after"], replay.Texts);
    }

    [Fact]
    public void An_abandoned_checkpoint_changes_nothing()
    {
        using StepJournal journal = Create();
        journal.Journal.AppendText("a");
        ICheckpointWriter checkpoint = journal.Journal.BeginCheckpoint();
        checkpoint.Add(journal.Journal.NextPosition, "image"u8);
        checkpoint.Abandon();
        journal.Step();
        RecordingReplay replay = journal.Reopen();
        Assert.Empty(replay.Images);
        Assert.Equal(["a"], replay.Texts);
        journal.Journal.BeginCheckpoint().Abandon();
    }

    [Fact]
    public void Live_bytes_stay_readable_over_checkpoints_and_restarts()
    {
        using StepJournal journal = Create();
        long position = journal.Journal.AppendText("body");
        journal.Journal.AddLive(position, 4);
        journal.Step();
        for (int round = 0; round < 3; round++)
        {
            journal.Journal.BeginCheckpoint().Complete();
            journal.Step();
            byte[] read = new byte[4];
            journal.Journal.ReadAt(position, read);
            Assert.Equal("body"u8, read);
            Assert.Empty(journal.Reopen().Records);
            journal.Journal.AddLive(position, 4);
        }
    }

    [Fact]
    public void Bytes_live_until_the_record_that_ends_them_is_durable()
    {
        using StepJournal journal = Create();
        long position = journal.Journal.AppendText("body");
        journal.Journal.AddLive(position, 4);
        journal.Journal.BeginCheckpoint().Complete();
        journal.Step();
        JournalBatch end = journal.Journal.Begin();
        end.AddRecord("ended"u8);
        journal.Journal.RemoveLive(position, 4);
        journal.Journal.Append(end);
        Assert.Empty(journal.Reopen().Records);
        byte[] read = new byte[4];
        journal.Journal.ReadAt(position, read);
        Assert.Equal("body"u8, read);
    }

    [Fact]
    public void Positions_go_on_after_a_restart()
    {
        using StepJournal journal = Create();
        journal.Journal.AppendText("a");
        journal.Step();
        long end = journal.Journal.NextPosition;
        journal.Reopen();
        Assert.True(journal.Journal.NextPosition >= end);
        journal.Journal.AppendText("b");
        journal.Step();
        Assert.Equal(["a", "b"], journal.Reopen().Texts);
    }

    private protected abstract StepJournal Create();
}

/// <summary>A journal that a test steps by hand and opens again.</summary>
internal abstract class StepJournal : IDisposable
{
    public abstract IJournal Journal { get; }

    public RecordingListener Listener { get; protected set; } = new();

    /// <summary>Does everything that waits.</summary>
    public abstract void Step();

    /// <summary>Restarts without an orderly close and gives what came back.</summary>
    public abstract RecordingReplay Reopen();

    public abstract void Dispose();
}

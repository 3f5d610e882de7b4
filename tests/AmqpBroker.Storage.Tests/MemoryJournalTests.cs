namespace AmqpBroker.Storage.Tests;

public sealed class MemoryJournalTests : JournalContractTests
{
    [Fact]
    public void Without_stepping_an_append_commits_at_once()
    {
        using MemoryJournal journal = new();
        RecordingListener listener = new();
        journal.Subscribe(listener);
        journal.AppendText("x");
        Assert.Equal(journal.NextPosition, listener.Position);
    }

    [Fact]
    public void What_was_not_stepped_is_lost_in_a_crash()
    {
        using StepJournal journal = Create();
        journal.Journal.AppendText("kept");
        journal.Step();
        journal.Journal.AppendText("lost");
        Assert.Equal(["kept"], journal.Reopen().Texts);
    }

    [Fact]
    public void Batches_without_live_bytes_go_after_a_checkpoint()
    {
        using MemoryJournal journal = new();
        long live = journal.AppendText("live");
        journal.AddLive(live, 4);
        journal.AppendText("dead");
        journal.BeginCheckpoint().Complete();
        Assert.Equal(BatchBytes("live"), journal.RetainedBytes);
        journal.RemoveLive(live, 4);
        Assert.Equal(0, journal.RetainedBytes);
        Assert.Throws<ArgumentOutOfRangeException>(() => journal.ReadAt(live, new byte[4]));
    }

    private protected override StepJournal Create() => new Stepped();

    private static long BatchBytes(string text) => 64 + 4 + text.Length;

    private sealed class Stepped : StepJournal
    {
        private MemoryJournal _journal = new(manualStepping: true);

        public Stepped() => _journal.Subscribe(Listener);

        public override IJournal Journal => _journal;

        public override void Step()
        {
            while (_journal.RunOneGroup())
            {
            }
        }

        public override RecordingReplay Reopen()
        {
            RecordingReplay replay = new();
            _journal = _journal.Reopen(replay, out _);
            Listener = new RecordingListener();
            _journal.Subscribe(Listener);
            return replay;
        }

        public override void Dispose() => _journal.Dispose();
    }
}

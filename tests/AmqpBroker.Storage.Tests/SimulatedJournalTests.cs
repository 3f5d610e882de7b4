using AmqpBroker.Testing;

namespace AmqpBroker.Storage.Tests;

/// <summary>The contract over the simulated disk, where each reopening is a loss of power.</summary>
public sealed class SimulatedJournalTests : JournalContractTests
{
    private protected override StepJournal Create() => new Stepped();

    private sealed class Stepped : StepJournal
    {
        private SimulatedFileSystem _disk = new(1);
        private FileJournal _journal;

        public Stepped() => _journal = Open(new RecordingReplay());

        public override IJournal Journal => _journal;

        public override void Step()
        {
            while (_journal.RunOneGroup())
            {
            }

            _journal.RunBackground();
        }

        public override RecordingReplay Reopen()
        {
            _disk = _disk.Crash();
            RecordingReplay replay = new();
            Listener = new RecordingListener();
            _journal = Open(replay);
            Assert.Empty(_journal.Recovery.Quarantined);
            return replay;
        }

        public override void Dispose() => _journal.Dispose();

        private FileJournal Open(IJournalReplay replay)
        {
            FileJournal journal = FileJournal.Open(FileJournalTests.Options("/data/vhost"), _disk, replay);
            journal.Subscribe(Listener);
            return journal;
        }
    }
}

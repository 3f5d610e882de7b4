namespace AmqpBroker.Storage.Tests;

/// <summary>The contract over real files, stepped by hand.</summary>
public sealed class FileJournalTests : JournalContractTests
{
    [Fact]
    public void A_second_journal_in_the_same_directory_is_refused()
    {
        using TempDirectory directory = new();
        using FileJournal journal = Open(directory);
        DataDirectoryLockedException refusal = Assert.Throws<DataDirectoryLockedException>(() => Open(directory));
        Assert.Contains(directory.Path, refusal.Message);
    }

    [Fact]
    public void A_closed_journal_says_so_and_gives_the_directory_up()
    {
        using TempDirectory directory = new();
        using (FileJournal journal = Open(directory))
        {
            Assert.True(journal.Recovery.CleanStop);
            journal.AppendText("x");
        }

        RecordingReplay replay = new();
        using (FileJournal journal = Open(directory, replay))
        {
            Assert.True(journal.Recovery.CleanStop);
            Assert.Equal(["x"], replay.Texts);
            Assert.Equal(2, journal.Recovery.Epoch);
            journal.Kill();
        }

        using FileJournal last = Open(directory);
        Assert.False(last.Recovery.CleanStop);
    }

    [Fact]
    public void Many_segments_come_back_in_order()
    {
        using TempDirectory directory = new();
        List<byte[]> written = [];
        using (FileJournal journal = Open(directory))
        {
            for (int i = 0; i < 200; i++)
            {
                byte[] bytes = [.. Enumerable.Repeat((byte)i, 1 + (i * 37 % 3000))];
                JournalBatch batch = journal.Begin();
                batch.AddRecord(bytes);
                journal.Append(batch);
                written.Add(bytes);
                if (i % 7 == 0)
                {
                    journal.RunOneGroup();
                    journal.RunBackground();
                }
            }
        }

        RecordingReplay replay = new();
        using FileJournal again = Open(directory, replay);
        Assert.Equal(written, replay.Records.Select(r => r.Bytes));
        Assert.Empty(again.Recovery.Quarantined);
        byte[] last = new byte[written[^1].Length];
        again.ReadAt(replay.Records[^1].Position, last);
        Assert.Equal(written[^1], last);
    }

    [Fact]
    public async Task On_its_threads_every_append_is_committed()
    {
        using TempDirectory directory = new();
        RecordingListener listener = new();
        using (FileJournal journal = Open(directory, manual: false))
        {
            journal.Subscribe(listener);
            for (int i = 0; i < 500; i++)
            {
                journal.AppendText($"record {i}");
            }

            await listener.WhenCommitted(journal.NextPosition);
            JournalBatch lazy = journal.Begin();
            lazy.Lazy = true;
            lazy.AddRecord("lazy"u8);
            journal.Append(lazy);
            await listener.WhenCommitted(journal.NextPosition);
        }

        RecordingReplay replay = new();
        using FileJournal again = Open(directory, replay);
        Assert.Equal([.. Enumerable.Range(0, 500).Select(i => $"record {i}"), "lazy"], replay.Texts);
        Assert.Null(listener.Failure);
    }

    [Fact]
    public void After_an_opening_nothing_is_reused_before_it_is_said_what_lives()
    {
        using TempDirectory directory = new();
        long position;
        using (FileJournal journal = Open(directory))
        {
            position = journal.AppendText("body");
            journal.AddLive(position, 4);
            for (int i = 0; i < 100; i++)
            {
                journal.AppendText(new string('x', 1000));
            }

            journal.BeginCheckpoint().Complete();
            journal.RunOneGroup();
            journal.RunBackground();
        }

        using FileJournal again = Open(directory);
        again.RunBackground();
        byte[] read = new byte[4];
        again.ReadAt(position, read);
        Assert.Equal("body"u8, read);
    }

    [Fact]
    public void A_lazy_batch_is_written_at_once_and_synced_with_the_next()
    {
        using TempDirectory directory = new();
        using FileJournal journal = Open(directory);
        RecordingListener listener = new();
        journal.Subscribe(listener);
        JournalBatch lazy = journal.Begin();
        lazy.Lazy = true;
        lazy.AddRecord("lazy"u8);
        journal.Append(lazy);
        Assert.True(journal.RunOneGroup(syncLazy: false));
        Assert.Equal(0, listener.Position);
        journal.AppendText("eager");
        Assert.True(journal.RunOneGroup(syncLazy: false));
        Assert.Equal(journal.NextPosition, listener.Position);
    }

    [Fact]
    public void There_is_no_room_beyond_the_limit_until_it_is_written()
    {
        using TempDirectory directory = new();
        using FileJournal journal = Open(directory);
        RecordingListener listener = new();
        journal.Subscribe(listener);
        Assert.True(journal.HasRoom);
        JournalBatch batch = journal.Begin();
        batch.AddRecord(new byte[200_000]);
        journal.Append(batch);
        Assert.False(journal.HasRoom);
        Assert.Equal(0, listener.RoomCalls);
        journal.RunOneGroup();
        Assert.True(journal.HasRoom);
        Assert.Equal(1, listener.RoomCalls);
    }

    internal static FileJournal Open(TempDirectory directory, IJournalReplay? replay = null, bool manual = true) =>
        FileJournal.Open(Options(directory.Path, manual), FileSystems.Machine, replay ?? new RecordingReplay());

    internal static FileJournalOptions Options(string directory, bool manual = true, JournalSync sync = JournalSync.Fsync) => new()
    {
        Directory = directory,
        ManualStepping = manual,
        Sync = sync,
        FirstSegmentBytes = 16 * 1024,
        MaxSegmentBytes = 64 * 1024,
        MaxUnwrittenBytes = 100_000,
    };

    private protected override StepJournal Create() => new Stepped();

    private sealed class Stepped : StepJournal
    {
        private readonly TempDirectory _directory = new();
        private FileJournal _journal;

        public Stepped()
        {
            _journal = Open(_directory);
            _journal.Subscribe(Listener);
        }

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
            _journal.Kill();
            RecordingReplay replay = new();
            _journal = Open(_directory, replay);
            Assert.Empty(_journal.Recovery.Quarantined);
            Listener = new RecordingListener();
            _journal.Subscribe(Listener);
            return replay;
        }

        public override void Dispose()
        {
            _journal.Dispose();
            _directory.Dispose();
        }
    }
}

/// <summary>A directory that goes with the test.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("amqpbroker-store-").FullName;

    /// <summary>The path of a file or folder in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

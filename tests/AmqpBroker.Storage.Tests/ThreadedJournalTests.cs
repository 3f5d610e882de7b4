namespace AmqpBroker.Storage.Tests;

/// <summary>Several journals on the disk threads at once, with checkpoints and reuse of segments under way.</summary>
public sealed class ThreadedJournalTests
{
    private const int Records = 20_000;

    [Fact]
    public async Task Journals_on_the_same_threads_keep_to_a_fixed_size_and_lose_nothing()
    {
        using TempDirectory directory = new();
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => Task.Run(() => Traffic(Path.Combine(directory.Path, $"vhost{i}")))));
    }

    private static async Task Traffic(string path)
    {
        FileJournalOptions options = new() { Directory = path, FirstSegmentBytes = 64 * 1024, MaxSegmentBytes = 256 * 1024, Sync = JournalSync.Os };
        RecordingListener listener = new();
        long kept;
        long from = 0;
        byte[] body = new byte[3000];
        Random.Shared.NextBytes(body);
        CountedBytes shared = new(body);
        using (FileJournal journal = FileJournal.Open(options, FileSystems.Machine, new RecordingReplay()))
        {
            journal.Subscribe(listener);
            kept = journal.AppendText("kept for ever");
            journal.AddLive(kept, 4);
            long largest = 0;
            for (int i = 0; i < Records; i++)
            {
                JournalBatch batch = journal.Begin();
                batch.BeginRecord();
                batch.Write("head"u8);
                long position = batch.Position;
                batch.WriteShared(body, shared);
                batch.EndRecord();
                journal.AddLive(position, body.Length);
                journal.Append(batch);
                journal.RemoveLive(position, body.Length);
                if (i % 1000 == 999)
                {
                    listener.CheckpointEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    ICheckpointWriter checkpoint = journal.BeginCheckpoint();
                    checkpoint.Add(journal.NextPosition, "image"u8);
                    from = journal.NextPosition;
                    checkpoint.Complete();
                    await listener.CheckpointEnded.Task.WaitAsync(TimeSpan.FromSeconds(60));
                    largest = Math.Max(largest, journal.DiskBytes);
                }
            }

            await listener.WhenCommitted(journal.NextPosition);
            Assert.Equal(0, shared.References);
            Assert.Null(listener.Failure);
            Assert.Empty(listener.CheckpointFailures);

            // 60 MB went through; two rounds of 3 MB, the spare files and the segment that is kept may be there at a time.
            Assert.InRange(largest, 1, 12 << 20);
        }

        RecordingReplay replay = new();
        using FileJournal again = FileJournal.Open(options, FileSystems.Machine, replay);
        Assert.True(again.Recovery.CleanStop);
        Assert.Equal(from, again.Recovery.ReplayedFrom);
        Assert.Empty(again.Recovery.Quarantined);
        Assert.Empty(replay.Records);
        byte[] read = new byte[4];
        again.ReadAt(kept, read);
        Assert.Equal("kept"u8, read);
    }
}

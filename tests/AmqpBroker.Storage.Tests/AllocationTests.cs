namespace AmqpBroker.Storage.Tests;

/// <summary>A batch in steady state costs no memory: neither on the lane nor on the disk thread.</summary>
public sealed class AllocationTests
{
    [Fact]
    public void Appending_and_committing_allocate_nothing_per_batch()
    {
        const int Batches = 1000;
        const int Rounds = 5;
        using TempDirectory directory = new();
        FileJournalOptions options = new() { Directory = directory.Path, ManualStepping = true, Sync = JournalSync.Os };
        using FileJournal journal = FileJournal.Open(options, FileSystems.Machine, new RecordingReplay());
        CountedBytes body = new(new byte[4096]);
        byte[] small = new byte[100];
        Write(journal, body, small, Batches / 10);
        long perBatch = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            // Pools give buffers back to a collection that others bring about: what is paid for each batch is paid in every round.
            long before = GC.GetAllocatedBytesForCurrentThread();
            Write(journal, body, small, Batches);
            perBatch = Math.Min(perBatch, (GC.GetAllocatedBytesForCurrentThread() - before) / Batches);
        }

        Assert.InRange(perBatch, 0, 20);
        Assert.Equal(0, body.References);
    }

    private static void Write(FileJournal journal, CountedBytes body, byte[] small, int batches)
    {
        for (int i = 0; i < batches; i++)
        {
            JournalBatch batch = journal.Begin();
            for (int j = 0; j < 3; j++)
            {
                batch.BeginRecord();
                small.CopyTo(batch.GetSpan(small.Length));
                batch.Advance(small.Length);
                long position = batch.Position;
                batch.WriteShared(body.Bytes, body);
                batch.EndRecord();
                journal.AddLive(position, body.Bytes.Length);
                journal.RemoveLive(position, body.Bytes.Length);
            }

            journal.Append(batch);
            journal.RunOneGroup();
        }
    }
}

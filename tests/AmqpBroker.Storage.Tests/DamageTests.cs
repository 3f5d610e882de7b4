using AmqpBroker.Testing;

namespace AmqpBroker.Storage.Tests;

/// <summary>Damage in files: the start succeeds, what is whole is given, the rest is reported and put aside.</summary>
public sealed class DamageTests
{
    private const string Directory = "/data/vhost";

    [Fact]
    public void A_bit_flipped_anywhere_loses_only_what_is_reported()
    {
        SimulatedFileSystem original = Build(out Dictionary<long, byte[]> records, out Dictionary<string, byte[]> images);
        Random random = new(7);
        int damaged = 0;
        foreach (string path in original.Paths)
        {
            int length = original.ReadAll(path).Length;
            for (int i = 0; i < 60; i++)
            {
                SimulatedFileSystem disk = original.Copy();
                byte[] bytes = disk.ReadAll(path);
                int used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
                int at = i < 50 ? random.Next(Math.Max(1, used)) : random.Next(length);
                bytes[at] ^= (byte)(1 << random.Next(8));
                disk.Replace(path, bytes);
                damaged += Check(disk, $"bit in byte {at} of {path}", records, images);
            }
        }

        Assert.True(damaged > 100, $"only {damaged} of the flips hit something");
    }

    [Fact]
    public void A_missing_file_loses_only_what_is_reported()
    {
        SimulatedFileSystem original = Build(out Dictionary<long, byte[]> records, out Dictionary<string, byte[]> images);
        // What the last segment held nobody else knows.
        string last = original.Paths.Where(p => SegmentHeader.TryRead(original.ReadAll(p), out _)).MaxBy(p => SegmentHeader.TryRead(original.ReadAll(p), out SegmentHeader header) ? header.Start : 0)!;
        foreach (string path in original.Paths.Where(p => p != last))
        {
            SimulatedFileSystem disk = original.Copy();
            disk.Remove(path);
            Check(disk, $"without {path}", records, images, atMost: 100);
        }
    }

    [Fact]
    public void A_bad_batch_below_what_was_durable_is_damage_and_what_follows_is_served()
    {
        SimulatedFileSystem disk = new(1);
        FileJournal journal = Open(disk, new RecordingReplay());
        long[] positions = [.. Enumerable.Range(0, 3).Select(i =>
        {
            long position = journal.AppendText($"record {i}");
            journal.RunOneGroup();
            return position;
        })];
        disk = disk.Copy();
        Flip(disk, positions[1]);

        RecordingReplay replay = new();
        FileJournal again = Open(disk, replay);
        Assert.Equal(["record 0", "record 2"], replay.Texts);
        QuarantinedRange range = Assert.Single(again.Recovery.Quarantined);
        Assert.InRange(positions[1], range.Position, range.Position + range.Length);
        Assert.Equal(0, again.Recovery.TruncatedTailBytes);
        Assert.Single(disk.Paths, p => p.Contains("/quarantine/", StringComparison.Ordinal));

        // The same damage is found again, and does not hide what came since.
        again.AppendText("record 3");
        again.RunOneGroup();
        RecordingReplay third = new();
        Open(disk.Crash(), third);
        Assert.Equal(["record 0", "record 2", "record 3"], third.Texts);
    }

    [Fact]
    public void A_bad_batch_at_the_end_is_a_torn_tail_and_is_cut_with_all_behind_it()
    {
        SimulatedFileSystem disk = new(1);
        FileJournal journal = Open(disk, new RecordingReplay());
        journal.AppendText("kept");
        journal.RunOneGroup();
        long torn = journal.AppendText("torn");
        journal.AppendText("behind it, in the same group");
        journal.RunOneGroup();
        disk = disk.Copy();
        Flip(disk, torn);

        RecordingReplay replay = new();
        FileJournal again = Open(disk, replay);
        Assert.Equal(["kept"], replay.Texts);
        Assert.Empty(again.Recovery.Quarantined);
        Assert.True(again.Recovery.TruncatedTailBytes > 0);
        again.AppendText("new");
        again.RunOneGroup();
        RecordingReplay third = new();
        FileJournal last = Open(disk.Crash(), third);
        Assert.Equal(["kept", "new"], third.Texts);
        Assert.Equal(0, last.Recovery.TruncatedTailBytes);
    }

    [Theory]
    [InlineData(JournalSync.Fsync)]
    [InlineData(JournalSync.Os)]
    public void After_an_orderly_close_even_the_last_batch_is_known_to_have_been_durable(JournalSync sync)
    {
        SimulatedFileSystem disk = new(1);
        FileJournal journal = FileJournal.Open(FileJournalTests.Options(Directory, sync: sync), disk, new RecordingReplay());
        long position = journal.AppendText("last");
        journal.Dispose();
        Flip(disk, position);
        RecordingReplay replay = new();
        FileJournal again = Open(disk, replay);
        Assert.Empty(replay.Records);
        Assert.Single(again.Recovery.Quarantined);
    }

    [Fact]
    public void A_body_that_looks_like_a_batch_is_not_taken_for_one()
    {
        SimulatedFileSystem disk = new(1);
        FileJournal journal = Open(disk, new RecordingReplay());
        JournalBatch batch = journal.Begin();
        batch.BeginRecord();
        long position = batch.Position;
        byte[] forged = new byte[256];
        new BatchHeader { Kind = BatchKind.Records, JournalId = 12345, Epoch = 99, Start = position, PayloadBytes = 64, Durable = position + 1000 }.WriteTo(forged);
        batch.Write(forged);
        batch.EndRecord();
        journal.Append(batch);
        journal.AppendText("next");
        journal.RunOneGroup();
        disk = disk.Copy();
        Flip(disk, position - 68);
        RecordingReplay replay = new();
        FileJournal again = Open(disk, replay);
        Assert.Empty(replay.Records);
        Assert.Empty(again.Recovery.Quarantined);
    }

    [Fact]
    public void A_reused_segment_never_gives_back_what_it_held_before()
    {
        SimulatedFileSystem disk = new(3);
        FileJournal journal = Open(disk, new RecordingReplay());
        RecordingListener listener = new();
        journal.Subscribe(listener);
        long atMost = 0;
        for (int round = 0; round < 40; round++)
        {
            List<string> texts = [];
            for (int i = 0; i < 60; i++)
            {
                texts.Add($"{round}/{i} {new string('y', 200)}");
                journal.AppendText(texts[^1]);
                journal.RunOneGroup();
                journal.RunBackground();
            }

            RecordingReplay replay = new();
            FileJournal look = Open(disk.Crash(), replay);
            Assert.Equal(texts, replay.Texts);
            Assert.Empty(look.Recovery.Quarantined);
            journal.BeginCheckpoint().Complete();
            journal.RunOneGroup();
            journal.RunBackground();
            atMost = Math.Max(atMost, journal.DiskBytes);
        }

        Assert.Equal(40, listener.Checkpoints.Count);
        Assert.InRange(atMost, 1, 8 * 64 * 1024);
    }

    /// <summary>Opens a damaged disk and compares; gives 1 when something is missing.</summary>
    private static int Check(SimulatedFileSystem disk, string what, Dictionary<long, byte[]> records, Dictionary<string, byte[]> images, int atMost = 25)
    {
        RecordingReplay replay = new();
        FileJournal journal = Open(disk, replay);
        long previous = -1;
        foreach ((long position, byte[] bytes) in replay.Records)
        {
            Assert.True(position > previous, $"order, {what}");
            previous = position;
            Assert.True(records.TryGetValue(position, out byte[]? original) && original.AsSpan().SequenceEqual(bytes), $"unknown record, {what}");
        }

        Assert.All(replay.Images, i => Assert.Contains(Convert.ToHexString(i.Bytes), images.Keys));
        long[] expected = [.. records.Keys.Where(p => p >= journal.Recovery.ReplayedFrom)];
        long[] missing = [.. expected.Except(replay.Records.Select(r => r.Position))];
        bool lost = missing.Length > 0 || replay.Images.Count < images.Count;
        Assert.True(!lost || journal.Recovery.Quarantined.Count > 0, $"{missing.Length} records and {images.Count - replay.Images.Count} images lost and not reported, {what}");
        Assert.True(missing.Length <= atMost, $"{missing.Length} records lost, {what}");

        // And it serves.
        RecordingListener listener = new();
        journal.Subscribe(listener);
        journal.AppendText("after the damage");
        journal.RunOneGroup();
        Assert.Equal(journal.NextPosition, listener.Position);
        return lost ? 1 : 0;
    }

    private static SimulatedFileSystem Build(out Dictionary<long, byte[]> records, out Dictionary<string, byte[]> images)
    {
        SimulatedFileSystem disk = new(11);
        FileJournal journal = Open(disk, new RecordingReplay());
        Random random = new(3);
        records = [];
        images = [];
        for (int i = 0; i < 120; i++)
        {
            if (i == 60)
            {
                ICheckpointWriter checkpoint = journal.BeginCheckpoint();
                for (int image = 0; image < 5; image++)
                {
                    byte[] bytes = new byte[random.Next(50, 900)];
                    random.NextBytes(bytes);
                    images[Convert.ToHexString(bytes)] = bytes;
                    checkpoint.Add(journal.NextPosition, bytes);
                }

                checkpoint.Complete();
            }

            JournalBatch batch = journal.Begin();
            for (int j = random.Next(1, 4); j > 0; j--)
            {
                byte[] bytes = new byte[random.Next(1, 800)];
                random.NextBytes(bytes);
                long position = batch.AddRecord(bytes);
                journal.AddLive(position, bytes.Length);
                records[position] = bytes;
            }

            journal.Append(batch);
            journal.RunOneGroup();
            journal.RunBackground();
        }

        journal.Dispose();
        return disk;
    }

    /// <summary>Flips a bit of the byte at a logical position, in whichever segment holds it.</summary>
    private static void Flip(SimulatedFileSystem disk, long position)
    {
        foreach (string path in disk.Paths.Where(p => p.EndsWith(".log", StringComparison.Ordinal)))
        {
            byte[] bytes = disk.ReadAll(path);
            if (SegmentHeader.TryRead(bytes, out SegmentHeader header) && header.Start <= position && position < header.Start + bytes.Length - 4096)
            {
                bytes[4096 + position - header.Start] ^= 4;
                disk.Replace(path, bytes);
                return;
            }
        }

        Assert.Fail($"no segment holds {position}");
    }

    private static FileJournal Open(SimulatedFileSystem disk, IJournalReplay replay) =>
        FileJournal.Open(FileJournalTests.Options(Directory), disk, replay);
}

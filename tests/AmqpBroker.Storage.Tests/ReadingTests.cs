using AmqpBroker.Testing;

namespace AmqpBroker.Storage.Tests;

/// <summary>Records are read back as they were written, or not at all.</summary>
public sealed class ReadingTests
{
    private const string Directory = "/data/vhost";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Parts_of_records_are_read_in_any_order_after_any_number_of_openings(int seed)
    {
        Random random = new(seed);
        SimulatedFileSystem disk = new(seed);
        List<(long Position, byte[] Bytes)> records = [];
        for (int opening = 0; opening < 4; opening++)
        {
            using FileJournal journal = Open(disk);

            foreach ((long position, byte[] bytes) in records)
            {
                journal.AddLive(position, bytes.Length);
            }

            Check(journal, records, random);
            for (int i = 0; i < 40; i++)
            {
                records.AddRange(AppendBatch(journal, random));
                if (random.Next(3) == 0)
                {
                    journal.RunOneGroup();
                    Check(journal, records[^1..], random);
                }
            }

            journal.RunOneGroup();
            Check(journal, records, random);
            if (random.Next(2) == 0)
            {
                // What lies below it is not read at the next opening.
                journal.BeginCheckpoint().Complete();
                journal.RunBackground();
            }
        }
    }

    [Fact]
    public void What_fails_its_checksum_is_not_given_and_hides_nothing_else()
    {
        Random random = new(5);
        SimulatedFileSystem original = new(5);
        List<(long Position, byte[] Bytes)> records = [];
        using (FileJournal journal = Open(original))
        {
            for (int i = 0; i < 30; i++)
            {
                records.AddRange(AppendBatch(journal, random, mostBytes: 20_000));
            }

            journal.RunOneGroup();
            journal.BeginCheckpoint().Complete();
            journal.RunBackground();
        }

        int refused = 0;
        string[] segments = [.. original.Paths.Where(p => SegmentHeader.TryRead(original.ReadAll(p), out _))];
        for (int flip = 0; flip < 100; flip++)
        {
            SimulatedFileSystem disk = original.Copy();
            string path = segments[random.Next(segments.Length)];
            byte[] bytes = disk.ReadAll(path);
            int used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            bytes[random.Next(SegmentHeader.Bytes, used)] ^= (byte)(1 << random.Next(8));
            disk.Replace(path, bytes);

            List<QuarantinedRange> found = [];
            using FileJournal journal = Open(disk, found.Add);
            int damaged = 0;
            HashSet<long> whole = [];
            foreach ((long position, byte[] expected) in records)
            {
                byte[] read = new byte[expected.Length];
                try
                {
                    journal.ReadAt(position, read);
                    Assert.Equal(expected, read);
                    whole.Add(position);
                }
                catch (JournalDamageException e)
                {
                    Assert.InRange(position, e.Range.Position, e.Range.Position + e.Range.Length);
                    damaged++;
                }
            }

            // Told once, and put aside byte for byte.
            Assert.Equal(damaged > 0 ? 1 : 0, found.Count);
            foreach (QuarantinedRange range in found)
            {
                byte[] aside = disk.ReadAll(Path.Combine(Directory, "quarantine", $"{range.File}-{range.Position}-{range.Length}"));
                Assert.Equal(range.Length, aside.Length);
                Assert.True(bytes.AsSpan().IndexOf(aside) > 0, "put aside as it stands in the file");
            }

            // Going through all of the log finds what reading one by one finds.
            HashSet<long> gone = [];
            journal.ReadRecords(0, long.MaxValue, (position, record) =>
            {
                Assert.Equal(records.First(r => r.Position == position).Bytes, record.ToArray());
                gone.Add(position);
            });
            Assert.Equal(whole.Order(), gone.Order());

            Assert.InRange(damaged, 0, 4); // the records of one batch
            refused += damaged > 0 ? 1 : 0;
        }

        Assert.True(refused > 50, $"only {refused} of the flips hit something");
    }

    [Fact]
    public void What_stands_behind_a_damaged_header_is_read_about_once()
    {
        SimulatedFileSystem disk = new(9);
        List<(long Position, byte[] Bytes)> records = [];
        Random random = new(9);
        using (FileJournal journal = Open(disk))
        {
            for (int i = 0; i < 400; i++)
            {
                records.AddRange(AppendBatch(journal, random, mostBytes: 3000));
            }

            journal.RunOneGroup();
            journal.BeginCheckpoint().Complete();
            journal.RunBackground();
        }

        string path = disk.Paths.Where(p => SegmentHeader.TryRead(disk.ReadAll(p), out _)).MaxBy(p => disk.ReadAll(p).Length)!;
        byte[] bytes = disk.ReadAll(path);
        bytes[SegmentHeader.Bytes + 1] ^= 1;
        disk.Replace(path, bytes);
        using FileJournal again = Open(disk);
        long before = disk.BytesRead;
        int damaged = 0;
        foreach ((long position, byte[] expected) in records)
        {
            byte[] read = new byte[expected.Length];
            try
            {
                again.ReadAt(position, read);
                Assert.Equal(expected, read);
            }
            catch (JournalDamageException)
            {
                damaged++;
            }
        }

        Assert.InRange(damaged, 1, 4);
        long stored = records.Sum(static r => (long)r.Bytes.Length);
        Assert.InRange(disk.BytesRead - before, stored, 8 * stored);
    }

    [Fact]
    public void A_range_over_two_batches_is_refused()
    {
        using FileJournal journal = Open(new SimulatedFileSystem(1));
        long position = journal.AppendText("first");
        journal.AppendText("second");
        journal.RunOneGroup();
        Assert.Throws<ArgumentOutOfRangeException>(() => journal.ReadAt(position, new byte[80]));
        Assert.Throws<ArgumentOutOfRangeException>(() => journal.ReadAt(position + 5, new byte[4]));
    }

    private static void Check(FileJournal journal, IEnumerable<(long Position, byte[] Bytes)> records, Random random)
    {
        (long Position, byte[] Bytes)[] shuffled = [.. records];
        if (random.Next(2) == 0)
        {
            random.Shuffle(shuffled);
        }

        foreach ((long position, byte[] bytes) in shuffled)
        {
            int from = random.Next(bytes.Length);
            byte[] read = new byte[random.Next(bytes.Length - from + 1)];
            journal.ReadAt(position + from, read);
            Assert.True(read.AsSpan().SequenceEqual(bytes.AsSpan(from, read.Length)), $"at {position + from}");
        }
    }

    /// <summary>One batch of one to four records; now and then a large one.</summary>
    private static List<(long Position, byte[] Bytes)> AppendBatch(FileJournal journal, Random random, int mostBytes = 6_000_000)
    {
        List<(long, byte[])> records = [];
        JournalBatch batch = journal.Begin();
        for (int count = random.Next(1, 5); count > 0; count--)
        {
            byte[] bytes = new byte[random.Next(30) == 0 ? random.Next(1, mostBytes) : random.Next(1, 3000)];
            random.NextBytes(bytes);
            long position = batch.AddRecord(bytes);
            journal.AddLive(position, bytes.Length);
            records.Add((position, bytes));
        }

        journal.Append(batch);
        return records;
    }

    private static FileJournal Open(SimulatedFileSystem disk, Action<QuarantinedRange>? damageFound = null) => FileJournal.Open(
        new FileJournalOptions
        {
            Directory = Directory,
            DamageFound = damageFound,
            FirstSegmentBytes = 64 * 1024,
            MaxSegmentBytes = 1024 * 1024,
            ManualStepping = true,
        },
        disk,
        new RecordingReplay());
}

using System.Diagnostics;
using System.Globalization;
using AmqpBroker.Storage;

namespace AmqpBroker.JournalDump;

/// <summary>
/// What the disk and the journal cost on the machine at hand: a bare sync after growing a file and after overwriting one, a
/// lone append, appends under load, checksums. The figures of decision 0002 come from here.
/// </summary>
internal static class Measure
{
    private const int RecordBytes = 1024;

    public static int Run(string[] args)
    {
        if (args is not [string directory])
        {
            Console.Error.WriteLine("usage: journaldump measure DIRECTORY");
            return 2;
        }

        Directory.CreateDirectory(directory);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"checksum, CRC-32C, 1 KB pieces: {ChecksumNanoseconds():F0} ns each"));
        Latencies(directory);
        for (int round = 0; round < 3; round++)
        {
            Console.WriteLine($"appends of 1 KB under load, fsync:         {UnderLoad(directory, JournalSync.Fsync, shared: false)}");
            Console.WriteLine($"appends of 4 KB shared under load, fsync:  {UnderLoad(directory, JournalSync.Fsync, shared: true)}");
            Console.WriteLine($"appends of 1 KB under load, os:            {UnderLoad(directory, JournalSync.Os, shared: false)}");
        }

        return 0;
    }

    private static double ChecksumNanoseconds()
    {
        byte[] bytes = new byte[RecordBytes];
        Random.Shared.NextBytes(bytes);
        uint sum = 0;
        const int Rounds = 2_000_000;
        for (int i = 0; i < Rounds / 10; i++)
        {
            sum += Crc32C.Of(bytes);
        }

        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Rounds; i++)
        {
            sum += Crc32C.Of(bytes);
        }

        double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Rounds;
        GC.KeepAlive(sum);
        return nanoseconds;
    }

    /// <summary>Three ways to make 1 KB durable, taken in turns so that whatever else the machine does hits all alike.</summary>
    private static void Latencies(string directory)
    {
        const int Rounds = 1000;
        string growing = Path.Combine(directory, "growing");
        string overwritten = Path.Combine(directory, "overwritten");
        byte[] bytes = new byte[RecordBytes];
        double[] grow = new double[Rounds];
        double[] overwrite = new double[Rounds];
        double[] append = new double[Rounds];
        using (Waiter waiter = new())
        using (IFile growingFile = FileSystems.Machine.Open(growing, create: true))
        using (IFile overwrittenFile = FileSystems.Machine.Open(overwritten, create: true))
        using (FileJournal journal = Open(Path.Combine(directory, "lone"), JournalSync.Fsync))
        {
            journal.Subscribe(waiter);
            overwrittenFile.Write(0, new byte[Rounds * RecordBytes]);
            overwrittenFile.Sync();
            for (int i = 0; i < Rounds; i++)
            {
                grow[i] = Microseconds(() => WriteAndSync(growingFile, i, bytes));
                overwrite[i] = Microseconds(() => WriteAndSync(overwrittenFile, i, bytes));
                append[i] = Microseconds(() =>
                {
                    Append(journal, bytes);
                    waiter.WaitFor(journal.NextPosition);
                });
            }
        }

        File.Delete(growing);
        File.Delete(overwritten);
        Console.WriteLine($"bare write and fdatasync of 1 KB, file grows:        {Spread(grow)}");
        Console.WriteLine($"bare write and fdatasync of 1 KB, file overwritten:  {Spread(overwrite)}");
        Console.WriteLine($"lone append of 1 KB until Committed:                 {Spread(append)}");
    }

    private static void WriteAndSync(IFile file, int index, byte[] bytes)
    {
        file.Write((long)index * RecordBytes, bytes);
        file.Sync();
    }

    private static double Microseconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    private static string Spread(double[] times)
    {
        Array.Sort(times);
        return string.Create(CultureInfo.InvariantCulture, $"p10 {times[times.Length / 10]:F0} us, p25 {times[times.Length / 4]:F0} us, median {times[times.Length / 2]:F0} us, p90 {times[times.Length * 9 / 10]:F0} us");
    }

    private static string UnderLoad(string directory, JournalSync sync, bool shared)
    {
        const int Records = 300_000;
        string path = Path.Combine(directory, $"load-{sync}");
        using Waiter waiter = new();
        using FileJournal journal = Open(path, sync);
        journal.Subscribe(waiter);
        byte[] bytes = new byte[shared ? 4 * RecordBytes : RecordBytes];
        int records = shared ? Records / 4 : Records;
        Fill(journal, waiter, bytes, records / 3, shared);
        journal.BeginCheckpoint().Complete();
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        long allocated = GC.GetTotalAllocatedBytes();
        long start = Stopwatch.GetTimestamp();
        waiter.Groups = 0;
        Fill(journal, waiter, bytes, records, shared);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double microseconds = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / records;
        return string.Create(CultureInfo.InvariantCulture, $"{microseconds:F2} us of CPU per record (kernel included), {records / seconds:N0}/s, {records / (double)waiter.Groups:F0} records per group, {(GC.GetTotalAllocatedBytes() - allocated) / (double)records:F1} bytes allocated per record");
    }

    private static void Fill(FileJournal journal, Waiter waiter, byte[] bytes, int records, bool shared)
    {
        NoOwner owner = new();
        JournalBatch batch = journal.Begin();
        for (int i = 0; i < records; i++)
        {
            batch.BeginRecord();
            if (shared)
            {
                batch.WriteShared(bytes, owner);
            }
            else
            {
                batch.Write(bytes);
            }

            batch.EndRecord();
            if (batch.IsFull)
            {
                journal.Append(batch);
                while (!journal.HasRoom)
                {
                    waiter.WaitForRoom();
                }

                batch = journal.Begin();
            }
        }

        journal.Append(batch);
        waiter.WaitFor(journal.NextPosition);
    }

    private static void Append(FileJournal journal, byte[] bytes)
    {
        JournalBatch batch = journal.Begin();
        batch.BeginRecord();
        batch.Write(bytes);
        batch.EndRecord();
        journal.Append(batch);
    }

    private static FileJournal Open(string path, JournalSync sync)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        return FileJournal.Open(new FileJournalOptions { Directory = path, Sync = sync }, FileSystems.Machine, new NoReplay());
    }

    private sealed class Waiter : ICommitListener, IDisposable
    {
        private readonly AutoResetEvent _changed = new(false);
        private readonly AutoResetEvent _room = new(false);
        private long _position;

        public int Groups { get; set; }

        public void WaitFor(long position)
        {
            while (Volatile.Read(ref _position) < position)
            {
                _changed.WaitOne();
            }
        }

        public void WaitForRoom() => _room.WaitOne();

        public void Committed(long position)
        {
            Groups++;
            Volatile.Write(ref _position, position);
            _changed.Set();
        }

        public void Failed(Exception exception) => Environment.FailFast(exception.Message);

        public void RoomAvailable() => _room.Set();

        public void DiskFull(bool full) => Console.WriteLine($"disk full: {full}");

        public void CheckpointCompleted(long replayFrom)
        {
        }

        public void CheckpointFailed(Exception exception) => Console.WriteLine(exception.Message);

        public void Dispose()
        {
            _changed.Dispose();
            _room.Dispose();
        }
    }

    private sealed class NoOwner : IJournalBytesOwner
    {
        public void Retain()
        {
        }

        public void Release()
        {
        }
    }

    private sealed class NoReplay : IJournalReplay
    {
        public void Image(long stamp, ReadOnlySpan<byte> image)
        {
        }

        public void Record(long position, ReadOnlySpan<byte> record)
        {
        }

        public void Progress(long bytesDone, long bytesTotal)
        {
        }
    }
}

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
        for (int round = 0; round < 3; round++)
        {
            Console.WriteLine($"bare fdatasync of 1 KB, file grows:        {BareSync(directory, overwrite: false)}");
            Console.WriteLine($"bare fdatasync of 1 KB, file overwritten:  {BareSync(directory, overwrite: true)}");
            Console.WriteLine($"lone append of 1 KB until Committed:       {LoneAppend(directory)}");
        }

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

    private static string BareSync(string directory, bool overwrite)
    {
        const int Rounds = 400;
        string path = Path.Combine(directory, "bare");
        using (IFile file = FileSystems.Machine.Open(path, create: true))
        {
            byte[] bytes = new byte[RecordBytes];
            if (overwrite)
            {
                file.Write(0, new byte[1 << 20]);
                file.Sync();
            }

            return Times(Rounds, i =>
            {
                file.Write((long)i * RecordBytes, bytes);
                file.Sync();
            }, () => File.Delete(path));
        }
    }

    private static string LoneAppend(string directory)
    {
        const int Rounds = 400;
        string path = Path.Combine(directory, "lone");
        using Waiter waiter = new();
        using FileJournal journal = Open(path, JournalSync.Fsync);
        journal.Subscribe(waiter);
        byte[] bytes = new byte[RecordBytes];
        return Times(Rounds, _ =>
        {
            Append(journal, bytes);
            waiter.WaitFor(journal.NextPosition);
        }, () => { });
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

    private static string Times(int rounds, Action<int> action, Action afterwards)
    {
        double[] times = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            action(i);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        Array.Sort(times);
        afterwards();
        return string.Create(CultureInfo.InvariantCulture, $"median {times[rounds / 2]:F0} us, p90 {times[rounds * 9 / 10]:F0} us, p99 {times[rounds * 99 / 100]:F0} us");
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
